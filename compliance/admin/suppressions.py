"""The agency's own list of people not to be bought or contacted: put on by a form, released by a button."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from compliance.models import RevocationScope, Suppression
from compliance.suppression import release, suppress
from intake.admin.searching import PhoneColumn, phone_digits
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.admin.bases import AnyForm
from leadcrm.lib.admin.desk import BigDesk, KeptMixin
from leadcrm.lib.admin.site import COMPLIANCE
from leadcrm.lib.admin.words import DASH, badge, link, to_minute
from leadcrm.models import User


class SuppressionForm(AnyForm):
    """Whom, why, and how the request came in. The phone in any notation."""

    phone = forms.CharField(required=False, max_length=30, help_text="In any notation.")
    scope = forms.ChoiceField(
        choices=RevocationScope.choices,
        required=False,
        initial=RevocationScope.ALL,
        help_text="What must not be done.",
    )

    class Meta:
        model = Suppression
        fields = ("kind", "scope", "phone", "email", "reason", "channel")

    def clean_phone(self) -> str:
        """E.164."""
        text = str(self.cleaned_data["phone"]).strip()
        digits = phone_digits(text) if text else ""
        if digits is None:
            raise forms.ValidationError("This is not a US phone number of ten digits.")
        return f"+1{digits}" if digits else ""

    def clean_scope(self) -> str:
        """Everything, where nothing less was said."""
        return str(self.cleaned_data["scope"] or RevocationScope.ALL)

    def clean(self) -> dict[str, Any]:
        """Somebody must be named."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not values.get("phone") and not values.get("email"):
            raise forms.ValidationError("Give a phone number or an e-mail address.")
        return values

    def validate_constraints(self) -> None:
        """Whoever is listed already stays as listed: asking again is no mistake."""


def let_go(request: HttpRequest, suppression: Any) -> None:
    """Release one entry, in the name of the person who asks."""
    if not isinstance(request.user, User):
        return
    desk: Any = admin.site.get_model_admin(Suppression)
    with transaction.atomic():
        if release(suppression=suppression, by=request.user, now=timezone.now()):
            desk.log_change(request, suppression, "Released")
    messages.success(request, "Released: this person may be bought and contacted again from now on.")


@admin.register(Suppression)
class SuppressionDesk(KeptMixin, PhoneColumn, BigDesk):
    """Do-not-contact entries. Never deleted, never edited; released by a named person."""

    group = COMPLIANCE
    noun = ("entry", "entries")
    rank = 30
    title = "Do not contact"
    blurb = "People who asked not to be called, and known litigators. Effective at once; never expires."
    form = SuppressionForm
    list_display = ("phone_text", "email", "kind", "scope", "state", "reason", "channel", "added", "added_by")
    list_display_links = ("phone_text", "email")
    list_select_related = ("added_by",)
    list_filter = ("kind", "scope")
    ordering = ("-id",)
    sortable_by = ()
    search_fields = ("pk",)
    search_help_text = "Phone or e-mail address, whole."
    fields = (("phone", "email"), ("kind", "scope"), "reason", "channel")
    acts = [
        Act(
            name="release", label="Release", run=let_go, permission="compliance.change_suppression",
            style="danger", when=lambda row: row.released_at is None,
            ask="This person asked not to be contacted. Release them only with a newer written consent.",
        ),
    ]  # fmt: skip

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A short form for a new entry; all that is known of an old one."""
        if obj is None:
            return [(None, {"fields": self.fields})]
        shown = (("phone_text", "email"), ("kind", "scope", "state"), ("reason", "channel"), "request")
        since = (("added", "added_by"), ("released", "released_by", "reopened_by"))
        return [(None, {"fields": (*shown, *since)})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything of an entry that is on the list."""
        own = ("phone_text", "state", "request", "added", "released")
        kept = ("email", "kind", "scope", "reason", "channel", "added_by", "released_by", "reopened_by")
        return () if obj is None else (*own, *kept)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Put the person on the list; one row for the phone and one for the address."""
        rows = suppress(
            phone=obj.phone, email=obj.email, kind=obj.kind, scope=RevocationScope(obj.scope), reason=obj.reason,
            channel=obj.channel or "manager", now=timezone.now(),
            by=request.user if isinstance(request.user, User) else None,
        )  # fmt: skip
        obj.pk, obj.added_at = rows[0].pk, rows[0].added_at

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Exact; in force and released have an index each."""
        term = search_term.strip()
        if not term:
            return queryset, False
        digits = phone_digits(term)
        field, value = ("email", term.lower()) if digits is None else ("phone", f"+1{digits}")
        return _of(queryset, field, value), False

    @admin.display(description="state")
    def state(self, row: Suppression) -> str:
        """In force or released."""
        return badge("released", "plain") if row.released_at else badge("in force", "bad")

    @admin.display(description="request")
    def request(self, row: Suppression) -> str:
        """The request to stop it follows from."""
        return link(row.revocation, str(row.revocation)) if row.revocation else DASH

    @admin.display(description="since")
    def added(self, row: Suppression) -> str:
        """Agency time."""
        return to_minute(row.added_at)

    @admin.display(description="released")
    def released(self, row: Suppression) -> str:
        """Agency time."""
        return to_minute(row.released_at)


def _of(rows: QuerySet[Suppression], field: str, value: str) -> QuerySet[Suppression]:
    listed = Q(**{field: value}) & ~Q(**{field: ""})
    return rows.filter((listed & Q(released_at__isnull=True)) | (listed & Q(released_at__isnull=False)))
