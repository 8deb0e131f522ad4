"""Make a pack and keep the record that it was made."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from itertools import chain
from typing import IO, Final

from django.core.exceptions import ValidationError

from compliance.dnc.numbers import ten_digits
from compliance.evidence.pack.archive import CHUNK, README, VERIFY, Archive, document, lines, table
from compliance.evidence.pack.collect import Evidence, NothingKept, bodies, collect
from compliance.evidence.pack.gaps import gaps
from compliance.evidence.pack.proving import Proofs
from compliance.evidence.pack.report import About, write_report
from compliance.evidence.pack.timeline import HEAD, as_table
from compliance.evidence.sealing import seal_pending
from compliance.evidence.snapshot import one_snapshot
from compliance.models import EvidencePack
from compliance.models.evidence_pack import REASON_LENGTH
from leadcrm.models import User

# Batches that are sealed first, so that the rows of the last half minute are proved too.
SEALED_BEFORE: Final = 3


@dataclass(frozen=True, slots=True)
class Made:
    """The record of a pack and its file, open at the beginning; whoever takes it closes it."""

    record: EvidencePack
    file: IO[bytes]

    def chunks(self) -> Iterator[bytes]:
        """The file in pieces; closed at the end."""
        with self.file as file:
            while chunk := file.read(CHUNK):
                yield chunk


def make_pack(*, phone: str, reason: str, by: User | None, by_name: str, now: datetime) -> Made:
    """Everything kept about `phone` (any US notation) as a ZIP, and an EvidencePack row that says who took it and why.

    Raises ValidationError by field: no number, nothing kept about it, no reason, nobody.
    """
    digits = ten_digits(phone)
    wrong = {}
    if digits is None:
        wrong["phone"] = "This is not a US phone number of ten digits."
    if not reason.strip():
        wrong["reason"] = "Say what the pack is for: it is kept with its record."
    elif len(reason.strip()) > REASON_LENGTH:
        wrong["reason"] = f"Say it in {REASON_LENGTH} letters."
    if not by_name.strip():
        wrong["by"] = "Say who asks for it."
    if wrong:
        raise ValidationError(wrong)
    seal_pending(now=now, most=SEALED_BEFORE)
    about, made = About(by_name.strip(), reason.strip()), Archive(now)
    try:
        evidence = _write_rows(made, about, f"+1{digits}", now)
        _write_for_people(made, about, evidence)
        digest, size = made.close()
        record = EvidencePack.objects.create(
            made_at=now, made_by=by, made_by_name=about.made_by[:150], reason=about.reason,
            leads=[int(row.id) for row in evidence.sections["leads"]], head=about.head, size=size, sha256=digest,
            evidence_sha256=about.evidence_sha256,
            name=f"evidence-pack-{now.astimezone(UTC):%Y%m%d-%H%M%S}.zip",
        )  # fmt: skip
    except BaseException:
        made.discard()
        raise
    return Made(record, made.file)


def _write_for_people(made: Archive, about: About, evidence: Evidence) -> None:
    made.add("timeline.csv", table(HEAD, as_table(evidence)))
    report = BytesIO()
    write_report(report, evidence=evidence, about=about)
    made.add("report.pdf", [report.getvalue()])
    made.add("verify.py", [VERIFY.read_bytes()])


def _write_rows(made: Archive, about: About, phone: str, now: datetime) -> Evidence:
    """All that is read from the database, as it is at one moment. Raises ValidationError."""
    with one_snapshot():
        try:
            evidence = collect(phone, now=now)
        except NothingKept:
            raise ValidationError({"phone": "Nothing is kept about this number."}) from None
        made.add("README.txt", [README.read_bytes()])
        about.evidence_sha256 = made.add(
            "evidence.json", document(chain(evidence.parts(), [("gaps", gaps(evidence))]))
        )
        made.add("rules.json", document(evidence.rules()))
        proofs = Proofs(evidence)
        made.add("chain.json", document(proofs.parts()))
        made.add("batches.jsonl", lines(proofs.batches()))
        for submission, body in bodies(evidence.posts):
            if isinstance(body, bytes):
                made.add(f"posts/{submission.pk.hex}.txt", [body])
    about.head = proofs.head.hash if proofs.head else ""
    about.proved, about.unsealed = proofs.proved, len(proofs.unsealed)
    return evidence
