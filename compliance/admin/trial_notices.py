"""Trials where a manager comes by anyway: what waits on the first page, and what they would have said of one post."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from compliance.admin.trial_words import rule_words
from compliance.models import Effect, Trial, TrialState, TrialVerdict
from compliance.models.trials import LIVE
from compliance.trials.report import CHANGED
from intake.admin import SubmissionDesk
from leadcrm.lib.admin.site import Notice, waits_for_a_person
from leadcrm.lib.admin.words import page_of

# An ended trial that nobody has decided about in this time is one that nobody asks for.
ASKED_FOR: Final = timedelta(days=14)
LIST: Final = "admin:compliance_trial_changelist"


@waits_for_a_person
def trials_that_wait(request: HttpRequest) -> Iterator[Notice]:
    """Running ones that broke within a day, and those that ended by themselves and want a word. Two queries."""
    user: Any = request.user
    if not user.has_perm("compliance.view_trial"):
        return
    now = timezone.now()
    broke = TrialVerdict.objects.filter(
        LIVE & CHANGED, trial=OuterRef("pk"), at__gte=now - timedelta(days=1),
        effect=Effect.BROKE,
    )  # fmt: skip
    running = Trial.objects.filter(Exists(broke), state=TrialState.RUNNING)
    if count := running.count():
        words = "trial of a rule breaks" if count == 1 else "trials of rules break"
        yield Notice(str(count), words, f"{reverse(LIST)}?state__exact=running", "bad")
    ended = Trial.objects.filter(state=TrialState.ENDED, closed_at__gte=now - ASKED_FOR)
    if count := ended.count():
        words = "trial has ended: adopt or drop it" if count == 1 else "trials have ended: adopt or drop them"
        yield Notice(str(count), words, f"{reverse(LIST)}?state__exact=ended", "info")


def verdicts_panel(request: HttpRequest, submission: Any) -> str:
    """What trials would have said of a post, on its page, for who may see trials. One query."""
    user: Any = request.user
    if not user.has_perm("compliance.view_trial"):
        return ""
    rows = TrialVerdict.objects.filter(submission=submission).order_by("pk")
    lines = [
        {"row": row, "rule": rule_words(row.trial), "url": page_of(row.trial)}
        for row in rows.select_related("trial__source__vendor")
    ]
    return (
        render_to_string("admin/compliance/trial_verdicts.html", {"lines": lines}, request) if lines else ""
    )


SubmissionDesk.panels = [*SubmissionDesk.panels, verdicts_panel]
