"""What became of leads that were left untouched: reminders, hand-ons, pauses; whether the manager was told."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from agents.admin.leads import AgentFilter
from agents.models import MailState, SlaEvent, SlaEventKind
from intake.admin.searching import ByLeadNumber
from intake.models import Lead
from leadcrm.lib.admin.desk import BigDesk, ReadOnlyMixin
from leadcrm.lib.admin.site import PEOPLE
from leadcrm.lib.admin.words import DASH, badge, link, moment

LEVELS = {
    SlaEventKind.NUDGE: "info", SlaEventKind.HAND_ON: "warn", SlaEventKind.CLAIM_POOL: "warn",
    SlaEventKind.MANAGER: "bad", SlaEventKind.PAUSE: "bad",
}  # fmt: skip


@admin.register(SlaEvent)
class SlaEventDesk(ByLeadNumber, ReadOnlyMixin, BigDesk):
    """Steps that untouched leads have passed. Written by the product."""

    group = PEOPLE
    noun = ("step taken", "steps taken")
    rank = 45
    title = "Leads left untouched"
    blurb = "Who was reminded, which leads were handed on or opened to all, which agents were paused for it."
    list_display = ("when", "kind_badge", "lead_link", "agent", "pool", "what", "mail")
    list_display_links = ("when",)
    list_select_related = ("agent__user", "pool", "mail_to")
    list_filter = ("kind", ("agent", AgentFilter), "pool", "mail_state")
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        ("when", "kind_badge"),
        ("lead_link", "agent"),
        "pool",
        "what",
        ("after_minutes", "began"),
        "mail",
    )
    readonly_fields = ("when", "kind_badge", "lead_link", "agent", "pool", "began", "mail")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SlaEvent]:
        """With names."""
        rows: QuerySet[SlaEvent] = super().get_queryset(request)
        return rows.select_related("agent__user", "pool", "mail_to")

    @admin.display(description="when")
    def when(self, event: SlaEvent) -> str:
        """Agency time."""
        return moment(event.at)

    @admin.display(description="what was done")
    def kind_badge(self, event: SlaEvent) -> str:
        """Reminder, hand-on ..."""
        kind = SlaEventKind(event.kind)
        return badge(kind.label, LEVELS[kind])

    @admin.display(description="lead")
    def lead_link(self, event: SlaEvent) -> str:
        """Its page."""
        return link(Lead(pk=event.lead_id), f"A-{event.lead_id}")

    @admin.display(description="the chain began")
    def began(self, event: SlaEvent) -> str:
        """Agency time."""
        return moment(event.chain_at)

    @admin.display(description="mail")
    def mail(self, event: SlaEvent) -> str:
        """To whom, and what became of it."""
        if event.mail_state == MailState.NONE:
            return DASH
        level = "good" if event.mail_state == MailState.SENT else "warn"
        why = f" ({event.mail_error})" if event.mail_error else ""
        return badge(f"{event.mail_to}: {event.get_mail_state_display().lower()}{why}", level)
