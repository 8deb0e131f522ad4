"""The chain over the evidence: how far it reaches, whether anything waits too long, and what the last check found."""

from datetime import timedelta
from typing import Final

from django.urls import reverse

from compliance.desk.section import Level, Section, Span, plural
from compliance.evidence.verify import PATIENCE
from compliance.models import EvidenceBatch, EvidenceCheck, EvidencePending
from leadcrm.lib.admin.words import WHOM_TO_TELL, to_minute

# A check a night: one that is missing for longer was not begun, or broke.
CHECKED_WITHIN: Final = timedelta(hours=26)


def chain(span: Span) -> Section:
    """The newest batch, since when the oldest row waits, and whether all agreed when it was last verified."""
    newest = EvidenceBatch.objects.order_by("-number").first()
    waits = EvidencePending.objects.order_by("pk").values_list("noted_at", flat=True).first()
    late = waits is not None and span.now - waits > PATIENCE
    sealed = f"sealed, the newest on {to_minute(newest.sealed_at)}." if newest else "sealed yet."
    waiting = (
        f" Entries wait since {to_minute(waits)}: the work in the background seems to stand still. {WHOM_TO_TELL}"
        if waits and late
        else ""
    )
    last = EvidenceCheck.objects.first()
    level, checked = _checked(last, span)
    return Section(
        key="chain",
        title="Chain of evidence",
        figure=f"{newest.number:,}" if newest else "0",
        says=f"batches {sealed}{waiting} {checked}",
        level="bad" if late else level,
        head=("What does not agree",) if last and last.findings else (),
        rows=[(finding,) for finding in last.findings[:12]] if last else (),
        url=reverse("admin:compliance_evidencecheck_changelist"),
        link="All verifications",
    )


def _checked(last: EvidenceCheck | None, span: Span) -> tuple[Level, str]:
    """What the last verification says of the chain, as a colour and as a sentence."""
    if last is None:
        return "plain", "Not verified yet: that happens every night at 4:15."
    when = to_minute(last.started_at)
    if last.found:
        return "bad", f"{last.found:,} {plural(last.found, 'thing does', 'things do')} not agree ({when})."
    if last.error:
        return "bad", f"The verification of {when} broke: {last.error}."
    if span.now - last.started_at > CHECKED_WITHIN:
        return "warn", f"Last verified {when}, all agreed: the nightly check is missing. {WHOM_TO_TELL}"
    return "good", f"Verified {when}: all {last.rows:,} rows agree."
