"""Every night all evidence is verified, and what was found is kept for whoever asks in the morning."""

from datetime import datetime
from itertools import islice
from typing import Final

import structlog
from django.utils import timezone

from compliance.evidence.chain import Head
from compliance.evidence.verify import Progress, verify_evidence
from compliance.models import EvidenceBatch, EvidenceCheck
from leadcrm.lib.alone import alone

log = structlog.get_logger(__name__)

_LOCK: Final = 0x766572696679  # "verify"
# Findings that a check names; a wholesale change would fill the table with what its first lines say already.
NAMED: Final = 50


def check_evidence(*, now: datetime) -> EvidenceCheck | None:
    """Verify the whole chain against the head of the last check, and record what came of it; None if one runs already.

    The row is written when all was read, or reading broke: then with the error's name, and the error is raised.
    The head kept here catches a chain written anew by somebody who overlooks this table; one kept elsewhere
    (`export_evidence_head`) catches the others.
    """
    with alone(_LOCK) as mine:
        return _check(now) if mine else None


def _check(now: datetime) -> EvidenceCheck:
    heads = _last_head()
    newest = EvidenceBatch.objects.order_by("-number").first()
    row = EvidenceCheck(started_at=now)
    if newest:
        row.head_number, row.head_hash = newest.number, bytes(newest.hash).hex()
    done = Progress()

    def follow(progress: Progress) -> None:
        nonlocal done
        done = progress

    try:
        found = verify_evidence(now=now, heads=heads, report=follow)
        row.findings = [str(finding) for finding in islice(found, NAMED)]
        row.found = len(row.findings) + sum(1 for _ in found)
    except Exception as error:
        row.error = type(error).__name__[:80]
        raise
    finally:
        row.batches, row.rows, row.finished_at = done.batches, done.rows, timezone.now()
        row.save(force_insert=True)
    if row.found:
        log.error("evidence.does_not_agree", found=row.found, check=row.pk)
    return row


def _last_head() -> list[Head]:
    """What the chain's end was when all agreed for the last time."""
    last = EvidenceCheck.objects.filter(found=0, error="", head_number__gt=0).first()
    return [Head(last.head_number, last.head_hash)] if last else []
