"""Caps and how far they are used: on a source's page, and all together."""

from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin
from django.db.models import Case, DateTimeField, DecimalField, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from compliance.caps import period_of
from compliance.models import Cap, CapPeriod, CapUnit, CapUse
from intake.admin import SourceDesk
from intake.admin.standing import ANCHORS
from leadcrm.lib.admin.desk import Desk, ReadOnlyInline, RowsInline
from leadcrm.lib.admin.site import COMPLIANCE
from leadcrm.lib.admin.words import amount, dollars, to_minute


def with_use(caps: QuerySet[Cap]) -> QuerySet[Cap]:
    """`caps` with what the running period has used of each (`used_now`), in the same query."""
    local = timezone.now().astimezone(settings.AGENCY_ZONE)
    starts = [When(period=period, then=Value(period_of(period, local)[0])) for period in CapPeriod.values]
    used = CapUse.objects.filter(cap=OuterRef("pk"), period_start=OuterRef("running_since")).values("used")
    caps = caps.annotate(running_since=Case(*starts, output_field=DateTimeField()))
    return caps.annotate(used_now=Coalesce(Subquery(used), Value(0), output_field=DecimalField()))


class _Usage:
    """Columns about the running period."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Cap]:
        """With the use of the running period and the source's name."""
        return with_use(super().get_queryset(request)).select_related("source__vendor")  # type: ignore[misc]

    @admin.display(description="used")
    def used(self, cap: Any) -> str:
        """As a bar and in figures; the bar is red from nine tenths on."""
        if getattr(cap, "used_now", None) is None:
            return ""
        said = amount if cap.unit == CapUnit.LEADS else dollars
        unit = " leads" if cap.unit == CapUnit.LEADS else ""
        return format_html(
            '<meter class="meter" min="0" max="{}" high="{}" optimum="0" value="{}"></meter>{} of {}{}',
            cap.limit, cap.limit * 9 / 10, cap.used_now, said(cap.used_now), said(cap.limit), unit,
        )  # fmt: skip

    @admin.display(description="opens again")
    def next_start(self, cap: Any) -> str:
        """When the next period begins, agency time."""
        if cap.pk is None:
            return ""
        local = timezone.now().astimezone(settings.AGENCY_ZONE)
        return to_minute(period_of(cap.period, local)[1])


class CapsOfSource(_Usage, RowsInline):
    """A source's caps, with what is used."""

    model = Cap
    fields = ("period", "unit", "limit", "used", "next_start")
    readonly_fields = ("used", "next_start")
    verbose_name_plural = "caps, in the agency's time zone (none: no limit)"


SourceDesk.inlines = [*SourceDesk.inlines, CapsOfSource]
ANCHORS["caps"] = "#caps-group"


class UsesOfCap(ReadOnlyInline):
    """The last periods."""

    model = CapUse
    fields = ("begins", "counted")
    readonly_fields = fields
    verbose_name_plural = "use by period"
    max_shown = 31

    @admin.display(description="since")
    def begins(self, use: CapUse) -> str:
        """Agency time."""
        return to_minute(use.period_start)

    @admin.display(description="used")
    def counted(self, use: CapUse) -> str:
        """Leads or dollars."""
        return amount(use.used)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CapUse]:
        """The newest only: an hourly cap makes 8,760 rows a year."""
        rows: QuerySet[CapUse] = super().get_queryset(request)
        return rows.filter(period_start__gte=timezone.now() - timedelta(days=self.max_shown))


@admin.register(Cap)
class CapDesk(_Usage, Desk):
    """All caps."""

    group = COMPLIANCE
    rank = 20
    blurb = "How many leads, or dollars, a source may deliver per hour, day, month; and how far that is used."
    list_display = ("source", "period", "used", "next_start")
    list_filter = ("period", "unit")
    search_fields = ("source__name", "source__vendor__name")
    fields = ("source", ("period", "unit"), "limit", "used")
    readonly_fields = ("used",)
    choice_joins: ClassVar[dict[str, tuple[str, ...]]] = {"source": ("vendor",)}
    autocomplete_fields = ("source",)
    inlines = (UsesOfCap,)
    ordering = ("source__vendor__name", "source__name", "period")
