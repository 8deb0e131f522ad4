"""Posts that compliance refused, and posts that wait for a person."""

from typing import Final

from django.db.models import Count
from django.urls import reverse

from compliance.desk.section import ROWS, Section, Span, bar
from intake.models import Submission, SubmissionState
from leadcrm.lib.admin.words import link
from leadcrm.lib.counts import counted, up_to
from leadcrm.templatetags.ui import span as how_long

# The refusals that are about consent and about people who must not be called; the rest is business.
WORDS: Final = {
    "consent_missing": "Consent missing",
    "consent_invalid": "Consent unusable",
    "consent_expired": "Consent too old",
    "suppressed_dnc": "On a do-not-call list",
    "suppressed_litigator": "Known litigator",
    "suppressed_internal": "Asked us not to call",
    "check_unavailable": "Could not be checked",
}
LIMIT: Final = 1000


def refused(span: Span) -> Section:
    """How many posts each compliance reason refused. One indexed count."""
    posts = Submission.objects.filter(reason__in=WORDS, received_at__gt=span.since, test=False)
    counts = dict(posts.order_by().values_list("reason").annotate(n=Count("pk")).values_list("reason", "n"))
    total = sum(counts.values())
    found = sorted(counts.items(), key=lambda item: -item[1])
    log = reverse("admin:intake_submission_changelist")
    return Section(
        key="refused",
        title="Posts refused",
        figure=f"{total:,}",
        says=f"refused for consent or do-not-call {span.words}"
        if total
        else f"Nothing was refused {span.words}.",
        head=("Reason", "", "Posts"),
        rows=[(WORDS[code], bar(count, found[0][1]), f"{count:,}") for code, count in found[:ROWS]],
        url=f"{log}?state=rejected",
        link="Intake log",
        counts=True,
    )


def held(span: Span) -> Section:
    """Posts that wait for a person: the oldest first, for the vendor waits as well."""
    waiting = Submission.objects.filter(state=SubmissionState.HELD, test=False)
    count = counted(waiting, LIMIT)
    oldest = waiting.select_related("source__vendor").defer("body", "query", "headers", "answer")
    rows = [
        (link(row, str(row.source)), how_long(row.received_at))
        for row in oldest.order_by("received_at")[:ROWS]
    ]
    return Section(
        key="held",
        title="Held for review",
        figure=up_to(LIMIT, count),
        says="wait for approval or refusal; their vendors were answered “pending”"
        if count
        else "Nobody waits.",
        level="warn" if count else "good",
        head=("Source", "Waits for"),
        rows=rows,
        url=reverse("admin:compliance_heldpost_changelist"),
        link="Approve or refuse them",
        counts=True,
    )
