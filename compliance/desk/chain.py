"""The chain over the evidence: how far it reaches, and whether anything waits too long to be sealed."""

from django.utils import timezone

from compliance.desk.section import Section, Span
from compliance.evidence.verify import PATIENCE
from compliance.models import EvidenceBatch, EvidencePending


def chain(span: Span) -> Section:
    """The newest batch, and since when the oldest row waits. Whether all agrees only a verification can tell."""
    newest = EvidenceBatch.objects.order_by("-number").first()
    waits = EvidencePending.objects.order_by("pk").values_list("noted_at", flat=True).first()
    late = waits is not None and span.now - waits > PATIENCE
    sealed = (
        f"sealed, the newest at {timezone.localtime(newest.sealed_at):%b %d, %H:%M}."
        if newest
        else "sealed yet."
    )
    waiting = (
        f" Rows wait since {timezone.localtime(waits):%b %d, %H:%M}: do beat and a worker run?"
        if late
        else ""
    )
    return Section(
        key="chain",
        title="Chain of evidence",
        figure=f"{newest.number:,}" if newest else "0",
        says=f"batches {sealed}{waiting}",
        level="bad" if late else "good" if newest else "plain",
    )
