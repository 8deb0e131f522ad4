"""The intake log: every authenticated post as it came, what was answered, and why. Nobody edits it."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from intake.admin.filters import ReasonFilter, ReceivedFilter, SourceFilter
from intake.admin.searching import find_submissions
from intake.admin.words import reason_words
from intake.models import Lead, Submission, SubmissionState
from intake.originals import body_of, query_of, why_withheld
from intake.reasons import said
from intake.redecide import RERUN, CannotRedecide, redecide
from leadcrm.bulk.desk import Bulk
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.admin.desk import BigDesk, ReadOnlyMixin
from leadcrm.lib.admin.site import LEADS
from leadcrm.lib.admin.words import DASH, badge, dollars, milliseconds, moment
from leadcrm.lib.sealing import CannotOpen
from leadcrm.models import User

LEVELS = {
    SubmissionState.ACCEPTED: "good",
    SubmissionState.REJECTED: "plain",
    SubmissionState.HELD: "warn",
    SubmissionState.WAITING: "info",
    SubmissionState.FAILED: "bad",
    SubmissionState.UNREADABLE: "bad",
}
# What a page shows of one body at most; longer ones are rare and end in a remark.
LONGEST_SHOWN = 64 * 1024


def run_again(request: HttpRequest, submission: Any) -> None:
    """Decide the post again for the person who asks."""
    actor = request.user if isinstance(request.user, User) else None
    try:
        row = redecide(submission=submission, actor=actor, now=timezone.now())
    except CannotRedecide as refusal:
        messages.error(request, f"{refusal}.")
        return
    desk: Any = admin.site.get_model_admin(Submission)
    outcome = f"{row.get_state_display()}{f': {said(row.reason).lower()}' if row.reason else ''}"
    desk.log_change(request, row, f"Run again: {outcome}")
    level = messages.ERROR if row.state == SubmissionState.FAILED else messages.SUCCESS
    messages.add_message(request, level, f"Run again. {outcome}.")


RUN_AGAIN = Act(
    name="run-again", label="Run again", run=run_again, permission="intake.change_submission",
    style="default", when=lambda submission: submission.state in RERUN,
)  # fmt: skip


@admin.register(Submission)
class SubmissionDesk(Bulk, ReadOnlyMixin, BigDesk):
    """The intake log."""

    group = LEADS
    noun = ("post", "posts")
    rank = 20
    title = "Intake log"
    blurb = "Every post as it came, its answer, reasons and milliseconds. Failed ones are run again here."
    list_display = (
        "received", "state_badge", "reason_text", "source", "lead_link", "ms", "is_test", "vendor_lead_id",
    )  # fmt: skip
    list_display_links = ("received",)
    list_select_related = ("source__vendor",)
    list_filter = ("state", ReasonFilter, ReceivedFilter, ("source", SourceFilter), "test")
    list_defer = ("body", "query", "headers", "answer", "error")
    ordering = ("-received_at",)
    sortable_by = ("received",)
    search_fields = ("pk",)
    search_help_text = "Submission id, lead number (A-123) or the vendor's lead id, whole."
    actions: Any = ()
    acts = [RUN_AGAIN]
    fieldsets = (
        (
            "Post",
            {
                "fields": (
                    ("received", "source"), ("state_badge", "reason_text"), ("lead_link", "vendor_lead_id"),
                    ("price_text", "ms"), ("is_test", "api_key"), ("remote_ip", "id"),
                )
            },
        ),
        ("Answer", {"fields": ("answer_line", "answer_text")}),
        ("As it came", {"fields": ("content_type", "query_text", "headers_table", "body_text")}),
        ("Work", {"fields": (("attempts", "due_at"), "error")}),
    )  # fmt: skip
    readonly_fields = (
        "received", "state_badge", "reason_text", "lead_link", "price_text", "ms", "is_test", "answer_line",
        "answer_text", "headers_table", "query_text", "body_text",
    )  # fmt: skip

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Exact, by what has an index."""
        found = find_submissions(queryset, search_term) if search_term.strip() else queryset
        return found, False

    @admin.display(description="received", ordering="received_at")
    def received(self, submission: Submission) -> str:
        """Agency time."""
        return moment(submission.received_at)

    @admin.display(description="state")
    def state_badge(self, submission: Submission) -> str:
        """Where it stands."""
        state = SubmissionState(submission.state)
        return badge(state.label.partition(":")[0], LEVELS[state])

    @admin.display(description="reason")
    def reason_text(self, submission: Submission) -> str:
        """In words, with the code that the vendor was told."""
        return reason_words(submission.reason)

    @admin.display(description="lead")
    def lead_link(self, submission: Submission) -> str:
        """The lead that came of it; a test post has a number and no lead."""
        if submission.lead_number is None:
            return DASH
        number = f"A-{submission.lead_number}"
        if submission.test:
            return number
        desk: Any = admin.site.get_model_admin(Lead)
        return format_html('<a href="{}">{}</a>', desk.url_of(Lead(pk=submission.lead_number)), number)

    @admin.display(description="took")
    def ms(self, submission: Submission) -> str:
        """From the first byte read to the answer made."""
        return milliseconds(submission.processed_ms)

    @admin.display(description="test")
    def is_test(self, submission: Submission) -> str:
        """Marked, since nothing was bought."""
        return badge("test", "info") if submission.test else ""

    @admin.display(description="price")
    def price_text(self, submission: Submission) -> str:
        """US dollars."""
        return dollars(submission.price)

    @admin.display(description="answer")
    def answer_line(self, submission: Submission) -> str:
        """Status and type."""
        return f"{submission.answer_status} {submission.answer_type}" if submission.answer_status else DASH

    @admin.display(description="text")
    def answer_text(self, submission: Submission) -> str:
        """The answer as it was sent."""
        return _text(submission.answer)

    @admin.display(description="headers")
    def headers_table(self, submission: Submission) -> str:
        """Those that are kept; never the key."""
        headers = submission.headers if isinstance(submission.headers, dict) else {}
        lines = format_html_join("\n", "{}: {}", sorted(headers.items()))
        return format_html("<pre>{}</pre>", lines) if headers else DASH

    @admin.display(description="query")
    def query_text(self, submission: Submission) -> str:
        """As it came, less the key."""
        if erased := why_withheld(submission):
            return erased
        try:
            return query_of(submission) or DASH
        except CannotOpen as reason:
            return str(reason)

    @admin.display(description="body")
    def body_text(self, submission: Submission) -> str:
        """As it came, byte for byte where its bytes are text."""
        if erased := why_withheld(submission):
            return erased
        try:
            body = body_of(submission)
        except CannotOpen as reason:
            return str(reason)
        text = body[:LONGEST_SHOWN].decode(_charset(submission.content_type), "replace")
        more = f"\n… {len(body) - LONGEST_SHOWN:,} bytes more" if len(body) > LONGEST_SHOWN else ""
        return _text(text + more)


def _charset(content_type: str) -> str:
    name = content_type.lower().partition("charset=")[2].partition(";")[0].strip(" \"'")
    try:
        return name if name and "\x00" not in name and b"a".decode(name) == "a" else "utf-8"
    except (LookupError, UnicodeError, ValueError):
        return "utf-8"


def _text(text: str) -> SafeString | str:
    """Foreign text in a box, as it is."""
    return format_html('<pre dir="auto">{}</pre>', text) if text else DASH
