"""What became listed after it was bought, and the record of every re-scrub."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from compliance.models import ListedLead, RescrubRun
from intake.admin.searching import PhoneColumn, lead_number, phone_digits
from leadcrm.lib.admin.desk import BigDesk, ReadOnlyMixin
from leadcrm.lib.admin.site import COMPLIANCE
from leadcrm.lib.admin.words import badge, day, link, milliseconds, moment


class StillListed(admin.SimpleListFilter):
    """Entries that hold a lead back now."""

    title = "state"
    parameter_name = "held"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """One question, which has an index of its own."""
        return [("yes", "Open: the lead is out of the queue")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ListedLead]) -> QuerySet[ListedLead]:
        """Worded as the index is."""
        return queryset.filter(cleared_at__isnull=True) if self.value() == "yes" else queryset


@admin.register(ListedLead)
class ListedLeadDesk(ReadOnlyMixin, PhoneColumn, BigDesk):
    """Leads that became listed. Written by re-scrubs only."""

    group = COMPLIANCE
    rank = 44
    title = "Became listed"
    blurb = "Open leads whose phone stands on a do-not-call list since they were bought; they are out of the queue."
    list_display = ("lead_link", "phone_text", "list_name", "dated", "found", "state")
    list_display_links = ("phone_text",)
    list_select_related = ("lead", "dnc_list", "version")
    list_filter = (StillListed, "dnc_list")
    ordering = ("-id",)
    sortable_by = ()
    search_fields = ("pk",)
    search_help_text = "Lead number (A-123), or a phone, whole."
    fields = (("lead_link", "phone_text"), ("list_name", "dated"), ("found", "state"))
    readonly_fields = ("lead_link", "phone_text", "list_name", "dated", "found", "state")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """By lead, or by the leads that have the phone."""
        if not search_term.strip():
            return queryset, False
        if digits := phone_digits(search_term):
            return queryset.filter(lead__phone=f"+1{digits}") | queryset.filter(
                lead__phone_2=f"+1{digits}"
            ), False
        return queryset.filter(lead=lead_number(search_term)), False

    @admin.display(description="lead")
    def lead_link(self, row: ListedLead) -> str:
        """As the vendor knows it."""
        return link(row.lead)

    @admin.display(description="list")
    def list_name(self, row: ListedLead) -> str:
        """Its name."""
        return str(row.dnc_list)

    @admin.display(description="version")
    def dated(self, row: ListedLead) -> str:
        """The version that named it first."""
        return link(row.version, f"version {row.version.number} of {day(row.version.effective_on)}")

    @admin.display(description="found")
    def found(self, row: ListedLead) -> str:
        """Agency time."""
        return moment(row.found_at)

    @admin.display(description="state")
    def state(self, row: ListedLead) -> str:
        """Open, or why and when it was closed."""
        if row.cleared_at is None:
            return badge("open", "bad")
        return badge(f"{row.get_cleared_why_display()}, {moment(row.cleared_at)}", "plain")


@admin.register(RescrubRun)
class RescrubRunDesk(ReadOnlyMixin, BigDesk):
    """Every re-scrub of the open leads."""

    group = COMPLIANCE
    rank = 46
    title = "Re-scrubs"
    blurb = "When open leads were asked about again: with which versions of the lists, and what came of it."
    list_display = ("started", "leads_text", "listed_text", "cleared_text", "took", "outcome")
    list_defer = ("not_asked",)
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        ("started", "outcome"), ("leads_text", "took"), ("listed_text", "cleared_text"), "versions", "not_asked",
    )  # fmt: skip
    readonly_fields = ("started", "leads_text", "listed_text", "cleared_text", "took", "outcome")

    @admin.display(description="started")
    def started(self, run: RescrubRun) -> str:
        """Agency time."""
        return moment(run.started_at)

    @admin.display(description="open leads asked")
    def leads_text(self, run: RescrubRun) -> str:
        """With thousands apart."""
        return f"{run.leads:,}"

    @admin.display(description="became listed")
    def listed_text(self, run: RescrubRun) -> str:
        """Entries: a lead, a number, a list."""
        return f"{run.listed:,}"

    @admin.display(description="closed")
    def cleared_text(self, run: RescrubRun) -> str:
        """Entries closed."""
        return f"{run.cleared:,}"

    @admin.display(description="took")
    def took(self, run: RescrubRun) -> str:
        """All of it."""
        return milliseconds(run.ms)

    @admin.display(description="outcome")
    def outcome(self, run: RescrubRun) -> str:
        """Through, or what broke."""
        return badge(f"broke: {run.error}", "bad") if run.error else badge("through", "good")
