"""Calls, contacts, moves and follow-ups as lists: what stands behind the figures of people. Nobody edits them here."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from agents.admin.counted import CountedFilter, is_counted
from agents.admin.leads import AssignmentDesk
from agents.admin.policies import PolicyDesk
from agents.admin.sla import SlaEventDesk
from agents.models import Communication, FollowUp
from compliance.models import ContactAttempt
from intake.admin import LeadDesk, ReturnDesk, SubmissionDesk
from intake.admin.searching import ByLeadNumber
from intake.models import Lead, LeadEvent
from leadcrm.lib.admin.desk import BigDesk, ReadOnlyMixin
from leadcrm.lib.admin.site import FIGURES
from leadcrm.lib.admin.words import DASH, badge, link, moment, to_minute

for listing in (AssignmentDesk, LeadDesk, PolicyDesk, ReturnDesk, SlaEventDesk, SubmissionDesk):
    listing.list_filter = (CountedFilter, *listing.list_filter)


class RecordDesk(ByLeadNumber, ReadOnlyMixin, BigDesk):
    """Rows about leads: newest first by key, and where a figure is asked for by time, as its index lies."""

    group = FIGURES
    ordering = ("-id",)
    # Whose names a row shows.
    names: ClassVar[tuple[str, ...]] = ()
    timely: ClassVar[tuple[str, ...]] = ("-at", "-id")
    sortable_by = ()
    list_filter = (CountedFilter,)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """By time for the rows of a figure."""
        return self.timely if is_counted(request) else self.ordering

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With names."""
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related(*self.names)

    @admin.display(description="when")
    def when(self, row: Any) -> str:
        """Agency time."""
        return moment(row.at)

    @admin.display(description="lead")
    def lead_link(self, row: Any) -> str:
        """Its page."""
        return link(Lead(pk=row.lead_id), f"A-{row.lead_id}")


@admin.register(ContactAttempt)
class CallDesk(RecordDesk):
    """Every dial and text to a number of a lead."""

    rank = 71
    noun = ("call or text begun", "calls and texts begun")
    title = "Calls and texts begun"
    blurb = "Every dial and every text to a lead: who, when, which lead. Counted as calls and first calls."
    list_display = ("when", "lead_link", "how", "user")
    list_display_links = ("when",)
    names = ("user",)
    fields = (("when", "lead_link"), ("how", "user"))
    readonly_fields = ("when", "lead_link", "how", "user")

    @admin.display(description="how")
    def how(self, row: ContactAttempt) -> str:
        """A call or a text."""
        return badge(row.get_channel_display(), "plain")


@admin.register(Communication)
class ContactDesk(RecordDesk):
    """Contacts. What was said stands on the lead's page, for those who may see the lead."""

    rank = 72
    noun = ("contact", "contacts")
    title = "Contacts"
    blurb = "Calls with their outcome, texts, e-mails, notes: who, when. The words stand on the lead's page."
    list_display = ("when", "lead_link", "how", "author", "came_of_it")
    list_display_links = ("when",)
    names = ("author",)
    list_defer = ("body", "subject")
    fields = (("when", "lead_link"), ("how", "author"), "came_of_it")
    readonly_fields = ("when", "lead_link", "how", "author", "came_of_it")

    @admin.display(description="how")
    def how(self, row: Communication) -> str:
        """“Call, out”."""
        return badge(f"{row.get_channel_display()}, {row.get_direction_display().lower()}", "plain")

    @admin.display(description="outcome")
    def came_of_it(self, row: Communication) -> str:
        """Its code in words."""
        return row.outcome.replace("_", " ") or DASH


@admin.register(LeadEvent)
class LeadEventDesk(RecordDesk):
    """What happened to leads: arrival, owner, stage."""

    rank = 73
    noun = ("move of a lead", "moves of leads")
    title = "Moves of leads"
    blurb = "Each change of a lead's stage or owner: who, when, from what to what. Counted as quoted."
    list_display = ("when", "lead_link", "kind", "change", "actor")
    list_display_links = ("when",)
    names = ("actor",)
    fields = (("when", "lead_link"), ("kind", "actor"), "change")
    readonly_fields = ("when", "lead_link", "kind", "change", "actor")

    @admin.display(description="from … to …")
    def change(self, row: LeadEvent) -> str:
        """Of stages only: other changes may hold what is a person's own."""
        return f"{row.old or DASH} → {row.new or DASH}" if row.kind == "status" else DASH


@admin.register(FollowUp)
class FollowUpDesk(RecordDesk):
    """Promises and plans. Their words stand on the lead's page."""

    rank = 74
    noun = ("follow-up", "follow-ups")
    title = "Follow-ups"
    blurb = "What was promised or planned for which lead, when it was due and when it was done."
    timely = ("-due_at", "-id")
    list_display = ("due", "lead_link", "kind", "owner", "done")
    list_display_links = ("due",)
    names = ("owner",)
    fields = (("due", "done"), ("lead_link", "kind"), "owner")
    readonly_fields = ("due", "done", "lead_link", "kind", "owner")

    @admin.display(description="due")
    def due(self, row: FollowUp) -> str:
        """Agency time."""
        return to_minute(row.due_at)

    @admin.display(description="done")
    def done(self, row: FollowUp) -> str:
        """Agency time; a dash while it is open."""
        return to_minute(row.done_at)
