"""Everything that hangs on one number: the leads that have it, and what else leads to their rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from compliance.models import (
    CertificateAnswer,
    ContactAttempt,
    ContactDecision,
    Erasure,
    EvidenceVault,
    ListedLead,
    ScrubAnswer,
)
from intake.models import PHONE_FIELDS, Lead, LeadEvent, LeadEventKind, Submission
from intake.queries import has_number
from leadcrm.lib.lookup import all_keyed


@dataclass(frozen=True, slots=True)
class Subject:
    """The number (E.164), its leads, oldest first, and the posts: those that were bought, and others that named it.

    `numbers` begins with the number asked for; the others are those leads' other numbers. `emails` are theirs.
    """

    phone: str
    leads: tuple[Lead, ...]
    posts: tuple[UUID, ...]

    @property
    def lead_ids(self) -> list[int]:
        """The leads' keys."""
        return [lead.pk for lead in self.leads]

    @property
    def numbers(self) -> list[str]:
        """Each once."""
        others = [phone for lead in self.leads for phone in (lead.phone, lead.phone_2) if phone]
        return list(dict.fromkeys([self.phone, *others]))

    @property
    def emails(self) -> list[str]:
        """Each once, in lower case as lists of requests keep them."""
        return list(dict.fromkeys(lead.email.lower() for lead in self.leads if lead.email))


def find_subject(phone: str) -> Subject:
    """Everything that leads on from `phone` (E.164). Nine queries.

    A lead belongs if it has the number, or had it before it was edited or erased, or was contacted or found listed
    under it, or is another lead of that person: the one it was merged into, or one that was merged into it.
    Refused posts have no lead and are sealed: those of them are found that an outside service was asked about.
    """
    others: set[int] = set()
    for model in (ContactDecision, ContactAttempt, ListedLead):
        others |= set(model.objects.filter(phone=phone).values_list("lead", flat=True))
    edits = LeadEvent.objects.filter(kind=LeadEventKind.EDITED, field__in=PHONE_FIELDS, old=phone)
    others |= set(edits.values_list("lead", flat=True))
    others |= {int(name.removeprefix("A-")) for what in _receipts(phone) for name in what.get("leads", ())}
    theirs = has_number(phone) | Q(pk__in=others)
    others |= {kept or pk for pk, kept in Lead.objects.filter(theirs).values_list("pk", "merged_into")}
    leads = (
        Lead.objects.filter(theirs | Q(pk__in=others) | Q(merged_into__in=others))
        .select_related("source__vendor")
        .order_by("received_at", "pk")
    )
    found = tuple(leads)
    posts = {lead.submission_id for lead in found}
    for asked in (ScrubAnswer, CertificateAnswer):
        rows = asked.objects.filter(phone=phone, submission__isnull=False)
        posts |= set(rows.values_list("submission_id", flat=True))
    kept = Submission.objects.filter(pk__in=posts).order_by("received_at").values_list("pk", flat=True)
    return Subject(phone, found, tuple(kept))


def _receipts(phone: str) -> list[dict[str, Any]]:
    """What the receipts say of a person who had the number, as their first or another one, and was erased."""
    return list(receipts_of([phone]).values_list("what", flat=True))


def receipts_of(phones: Sequence[str]) -> QuerySet[Erasure]:
    """The receipts of erasures of whoever had one of `phones` (E.164), oldest first."""
    digests = all_keyed(list(phones))
    kept = EvidenceVault.objects.filter(phone_hashes__overlap=digests).values("erasure")
    return Erasure.objects.filter(Q(phone_hash__in=digests) | Q(pk__in=kept)).order_by("pk")
