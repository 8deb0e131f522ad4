"""Licenses: where an agent may sell what, and which end soon."""

from datetime import date, timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from agents.models import License
from intake.models import Line, Vertical
from intake.queries import product_names
from leadcrm.lib.admin.choosing import WordedFilter
from leadcrm.lib.admin.desk import Desk, RowsInline
from leadcrm.lib.admin.site import PEOPLE, Notice, waits_for_a_person
from leadcrm.lib.admin.words import badge, day

# Carriers and states need that long to renew: within it a license is red, within the second one yellow.
RED_DAYS, YELLOW_DAYS = 30, 90


def with_product(rows: QuerySet[Any], field: str) -> QuerySet[Any]:
    """`rows` with what people call the product whose code stands in `field`, as `called` (None: no product's)."""
    names = Vertical.objects.filter(code=OuterRef(field)).values("name")[:1]
    found: QuerySet[Any] = rows.annotate(called=Subquery(names))
    return found


def valid_on(day: date, prefix: str = "") -> Q:
    """Licenses in force on `day`, as a condition; `prefix` for a relation to them."""
    begun = Q(**{f"{prefix}effective_on__lte": day})
    return begun & (Q(**{f"{prefix}expires_on__isnull": True}) | Q(**{f"{prefix}expires_on__gte": day}))


class Lines:
    """The line of a license is chosen, not typed."""

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Lines of authority, and single products."""
        if db_field.name == "line":
            products = list(Vertical.objects.values_list("code", "name"))
            groups = [("Lines of authority", Line.choices), ("One product only", products)]
            return forms.ChoiceField(choices=[("", "---------"), *groups])
        return super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]

    @admin.display(description="line", ordering="line")
    def line_name(self, row: Any) -> str:
        """A line of authority, or the one product."""
        return str(Line(row.line).label) if row.line in Line.values else row.called or row.line

    @admin.display(description="validity", ordering="expires_on")
    def validity(self, row: License) -> str:
        """In force, ending, over, or not begun, as a badge."""
        return validity(row, timezone.localdate())


def validity(row: Any, today: date) -> str:
    """How long the license still holds; red within thirty days, since carriers need that long."""
    if row.pk is None:
        return ""
    if row.effective_on > today:
        return badge(f"from {day(row.effective_on)}", "info")
    if row.expires_on is None:
        return badge("no end", "good")
    left = (row.expires_on - today).days
    if left < 0:
        return badge(f"expired {day(row.expires_on)}", "bad")
    days = "today is its last day" if left == 0 else f"{left} day{'s' if left > 1 else ''} left"
    return badge(days, "bad" if left <= RED_DAYS else "warn" if left <= YELLOW_DAYS else "good")


class LicensesOfAgent(Lines, RowsInline):
    """Where the agent may sell what."""

    model = License
    fields = ("state", "line", "number", "effective_on", "expires_on", "validity")
    readonly_fields = ("validity",)


class ExpiryFilter(admin.SimpleListFilter):
    """What needs renewing."""

    title = "validity"
    parameter_name = "validity"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Urgent ones first."""
        return [
            ("30", "Ends within 30 days"), ("90", "Ends within 90 days"), ("over", "Expired"),
            ("valid", "Valid today"),
        ]  # fmt: skip

    def queryset(self, request: HttpRequest, queryset: QuerySet[License]) -> QuerySet[License]:
        """By the agency's day."""
        today, word = timezone.localdate(), self.value()
        if word in ("30", "90"):
            return queryset.filter(expires_on__gte=today, expires_on__lte=today + timedelta(days=int(word)))
        if word == "over":
            return queryset.filter(expires_on__lt=today)
        return queryset.filter(valid_on(today)) if word == "valid" else queryset


class LineFilter(WordedFilter):
    """By line of authority or product."""

    def said(self, code: str) -> str:
        """As the list says it."""
        return self.known.get(code, code)

    @cached_property
    def known(self) -> dict[str, str]:
        """Both, by code."""
        return {**product_names(), **{value: str(label) for value, label in Line.choices}}


@admin.register(License)
class LicenseDesk(Lines, Desk):
    """All licenses."""

    group = PEOPLE
    rank = 30
    blurb = "Which agent may sell what in which state, until when. Leads go to licensed agents only."
    list_display = ("agent", "state", "line_name", "number", "effective_on", "expires_on", "validity")
    list_select_related = ("agent__user",)
    list_filter = (ExpiryFilter, ("line", LineFilter), "state")
    search_fields = ("agent__user__email", "agent__user__first_name", "agent__user__last_name", "number")
    search_help_text = "Name or e-mail address of the agent, or the license's number."
    fields = ("agent", ("state", "line"), "number", ("effective_on", "expires_on"), "validity")
    readonly_fields = ("validity",)
    choice_joins: ClassVar[dict[str, tuple[str, ...]]] = {"agent": ("user",)}
    autocomplete_fields = ("agent",)
    ordering = ("agent__user__last_name", "state", "line")

    def get_queryset(self, request: HttpRequest) -> QuerySet[License]:
        """With the names of products."""
        return with_product(super().get_queryset(request), "line")


@waits_for_a_person
def ending_licenses(request: HttpRequest) -> list[Notice]:
    """Licenses of working agents that end soon."""
    user: Any = request.user
    if not user.has_perm("agents.view_license"):
        return []
    today = timezone.localdate()
    ending = (
        License.objects.of_people_at_work()
        .ending(first=today, last=today + timedelta(days=RED_DAYS), today=today)
        .count()
    )
    address = f"{reverse('admin:agents_license_changelist')}?validity={RED_DAYS}"
    what = f"license{'' if ending == 1 else 's'} ending within {RED_DAYS} days"
    return [Notice(str(ending), what, address)] if ending else []
