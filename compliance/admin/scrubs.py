"""What outside scrub services answered. Evidence, shown and never edited."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from compliance.models import ScrubAnswer, ScrubState
from intake.admin.searching import phone_digits
from leadcrm.lib.admin.desk import BigDesk, ReadOnlyMixin
from leadcrm.lib.admin.site import COMPLIANCE
from leadcrm.lib.admin.words import DASH, badge, link, milliseconds, moment
from leadcrm.templatetags.ui import phone as phone_words

LEVELS = {ScrubState.LISTED: "bad", ScrubState.CLEAR: "good", ScrubState.UNKNOWN: "warn"}


@admin.register(ScrubAnswer)
class ScrubAnswerDesk(ReadOnlyMixin, BigDesk):
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
    search_fields = ("pk",)
    search_help_text = "Phone, whole."
    fields = (
        ("service", "phone_text"), ("state_badge", "codes_text"), ("asked", "valid"), ("http_status", "took"),
        "lead_link", "raw",
    )  # fmt: skip
    readonly_fields = ("asked", "phone_text", "state_badge", "codes_text", "valid", "took", "lead_link")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Exact, by the index of phones."""
        term = search_term.strip()
        if not term:
            return queryset, False
        digits = phone_digits(term)
        return queryset.filter(phone=f"+1{digits}") if digits else queryset.none(), False

    @admin.display(description="asked")
    def asked(self, row: ScrubAnswer) -> str:
        """Agency time."""
        return moment(row.asked_at)

    @admin.display(description="phone")
    def phone_text(self, row: ScrubAnswer) -> str:
        """For people."""
        return phone_words(row.phone)

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
