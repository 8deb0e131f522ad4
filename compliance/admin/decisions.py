"""Decisions: append-only, with every check's outcome; as a table on the post's page too."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from compliance.admin.replays import REPLAY
from compliance.models import Decision, Outcome
from compliance.registry import CHECKS
from intake.admin import SubmissionDesk
from intake.admin.searching import find_submissions
from intake.admin.words import reason_words
from intake.models import Submission
from leadcrm.lib.admin.desk import BigDesk, ReadOnlyMixin
from leadcrm.lib.admin.site import COMPLIANCE
from leadcrm.lib.admin.words import badge, link, milliseconds, moment, page_of

LEVELS = {Outcome.ACCEPTED: "good", Outcome.REJECTED: "plain", Outcome.HELD: "warn"}
# What a check found: the word, and its colour.
FOUND = {
    "pass": ("passed", "good"), "stop": ("objects", "bad"), "unknown": ("cannot know", "warn"), "off": ("off", "plain"),
}  # fmt: skip
LABELS = {**{check.name: check.label for check in CHECKS}, "agent": "Agent", "review": "A manager's review"}


def as_table(request: HttpRequest, decision: Decision) -> SafeString:
    """The checks of one decision, in order."""
    checks = decision.checks if isinstance(decision.checks, list) else []
    rows = [
        {
            **check, "label": LABELS.get(check.get("check", ""), check.get("check", "")),
            "badge": _found(check.get("outcome", "")),
        }
        for check in checks
        if isinstance(check, dict)
    ]  # fmt: skip
    context = {"decision": decision, "rows": rows, "took": milliseconds(decision.ms)}
    return render_to_string("admin/compliance/decision.html", context, request)


def _found(outcome: str) -> SafeString:
    word, level = FOUND.get(outcome, (outcome, "plain"))
    return badge(word, level)


def decisions_panel(request: HttpRequest, submission: Any) -> str:
    """Every decision on a post, the newest first."""
    decisions = list(Decision.objects.filter(submission=submission).select_related("decided_by"))
    user: Any = request.user
    may_open = user.has_perm("compliance.view_decision")
    context = {
        "decisions": [
            {
                "row": each, "badge": outcome_badge(each), "table": as_table(request, each),
                "url": page_of(each) if may_open else "",
            }
            for each in decisions
        ]
    }  # fmt: skip
    return render_to_string("admin/compliance/decisions.html", context, request)


def outcome_badge(decision: Decision) -> SafeString:
    """Accepted, rejected, held."""
    return badge(decision.get_outcome_display(), LEVELS[Outcome(decision.outcome)])


SubmissionDesk.panels = [decisions_panel, *SubmissionDesk.panels]


@admin.register(Decision)
class DecisionDesk(ReadOnlyMixin, BigDesk):
    """All decisions. The intake log is the way in; this is for looking one up."""

    group = COMPLIANCE
    rank = 60
    blurb = "The record of every decision: checks, reasons, data versions, milliseconds. Never edited."
    list_display = ("at", "outcome_badge", "reason_text", "post", "who", "took")
    list_select_related = ("decided_by",)
    list_defer = ("checks", "data_versions")
    # The key grows with time and has an index.
    ordering = ("-id",)
    sortable_by = ()
    search_fields = ("pk",)
    search_help_text = "Submission id, lead number (A-123) or the vendor's lead id, whole."
    fields = (("at", "outcome_badge"), ("reason_text", "post"), ("who", "took"), "data_versions")
    readonly_fields = ("at", "outcome_badge", "reason_text", "post", "who", "took", "data_versions")
    panels = [as_table]
    acts = [REPLAY]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """By post, exactly."""
        if not search_term.strip():
            return queryset, False
        posts: QuerySet[Submission] = find_submissions(Submission.objects.order_by(), search_term)
        return queryset.filter(submission__in=list(posts.values_list("pk", flat=True)[:1000])), False

    @admin.display(description="decided")
    def at(self, decision: Decision) -> str:
        """Agency time."""
        return moment(decision.decided_at)

    @admin.display(description="outcome")
    def outcome_badge(self, decision: Decision) -> str:
        """Accepted, rejected, held."""
        return outcome_badge(decision)

    @admin.display(description="reason")
    def reason_text(self, decision: Decision) -> str:
        """In words, with the code that the vendor was told."""
        return reason_words(decision.reason)

    @admin.display(description="post")
    def post(self, decision: Decision) -> str:
        """The post it is about."""
        return link(Submission(pk=decision.submission_id), decision.submission_id.hex)

    @admin.display(description="by")
    def who(self, decision: Decision) -> str:
        """A person who ran it again, or the product."""
        return str(decision.decided_by or "the product")

    @admin.display(description="took")
    def took(self, decision: Decision) -> str:
        """All checks together."""
        return milliseconds(decision.ms)
