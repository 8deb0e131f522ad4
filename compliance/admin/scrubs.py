"""What outside scrub services answered. Evidence, shown and never edited."""

from django.contrib import admin

from compliance.models import ScrubAnswer, ScrubState
from intake.admin.searching import ByPhone
from leadcrm.lib.admin.desk import BigDesk, ReadOnlyMixin
from leadcrm.lib.admin.site import COMPLIANCE
from leadcrm.lib.admin.words import DASH, badge, link, milliseconds, moment

LEVELS = {ScrubState.LISTED: "bad", ScrubState.CLEAR: "good", ScrubState.UNKNOWN: "warn"}


@admin.register(ScrubAnswer)
class ScrubAnswerDesk(ByPhone, ReadOnlyMixin, BigDesk):
    """Answers, the newest first."""

    group = COMPLIANCE
    rank = 55
    title = "Scrub services"
    blurb = "Every answer of an outside scrub service: about which number, what it said, how long it may be used again."
    list_display = ("asked", "service", "phone_text", "state_badge", "codes_text", "valid", "took")
    list_display_links = ("asked",)
    list_filter = ("service", "state")
    list_defer = ("raw",)
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        ("service", "phone_text"), ("state_badge", "codes_text"), ("asked", "valid"), ("http_status", "took"),
        "lead_link", "raw",
    )  # fmt: skip
    readonly_fields = ("asked", "phone_text", "state_badge", "codes_text", "valid", "took", "lead_link")

    @admin.display(description="asked")
    def asked(self, row: ScrubAnswer) -> str:
        """Agency time."""
        return moment(row.asked_at)

    @admin.display(description="answer")
    def state_badge(self, row: ScrubAnswer) -> str:
        """Listed, clear, or unknown and why."""
        state = ScrubState(row.state)
        words = "known litigator" if row.litigator else state.label.lower()
        return badge(f"{words}: {row.why.replace('_', ' ')}" if row.why else words, LEVELS[state])

    @admin.display(description="codes")
    def codes_text(self, row: ScrubAnswer) -> str:
        """In the service's own words."""
        return ", ".join(row.codes) or DASH

    @admin.display(description="valid until")
    def valid(self, row: ScrubAnswer) -> str:
        """Agency time; an unknown answer is never used again."""
        return DASH if row.state == ScrubState.UNKNOWN else moment(row.valid_until)

    @admin.display(description="took")
    def took(self, row: ScrubAnswer) -> str:
        """The call."""
        return milliseconds(row.ms)

    @admin.display(description="lead")
    def lead_link(self, row: ScrubAnswer) -> str:
        """The lead it was asked for, if any."""
        return link(row.lead) if row.lead else DASH
