"""What goes into a pack: one entry per kind of row. A new kind of evidence is one more entry."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Model, Q

from compliance.evidence.kinds import KINDS
from compliance.evidence.subject import Subject, find_subject, receipts_of
from compliance.models import (
    BusinessRelationship,
    Certificate,
    CertificateAnswer,
    ContactAttempt,
    ContactDecision,
    Decision,
    EvidenceVault,
    LegalHold,
    ListedLead,
    Review,
    Revocation,
    ScrubAnswer,
    Suppression,
    ZoneConfirmation,
)
from intake.models import ConsentRecord, LeadEvent, Submission
from intake.queries import has_number
from leadcrm.lib.lookup import all_keyed
from leadcrm.lib.pipeline import step


@dataclass(frozen=True, slots=True)
class Whom:
    """Whose rows are read. `kept`: of a person who was erased, the keys of rows whose personal half is in the vault.

    `digests`: of the numbers and addresses, by which what is left of an erased person is found.
    """

    subject: Subject
    kept: Mapping[type[Model], frozenset[str]]
    digests: tuple[str, ...]

    def keys(self, model: type[Model]) -> list[str]:
        """Of the rows of `model` that the vault keeps the half of."""
        return sorted(self.kept.get(model, ()))


def find_whom(phone: str) -> Whom:
    """Everything that hangs on `phone` (E.164), also what is kept of it sealed."""
    subject = find_subject(phone)
    kept: dict[type[Model], set[str]] = {}
    rows = EvidenceVault.objects.filter(phone_hashes__overlap=all_keyed(subject.numbers))
    for name, row_id in rows.values_list("kind", "row_id"):
        if name in KINDS:
            kept.setdefault(KINDS[name].model, set()).add(row_id)
    return Whom(
        subject,
        {model: frozenset(keys) for model, keys in kept.items()},
        tuple(all_keyed([*subject.numbers, *subject.emails])),
    )


@dataclass(frozen=True, slots=True)
class Section:
    """One list of evidence.json. `rows` reads it in one query, oldest first."""

    key: str
    rows: Callable[[Whom], Iterable[Model]]
    # Columns that are not for the pack: sealed (they come opened, in files of their own) or the product's own.
    without: tuple[str, ...] = ()


Rows = Callable[[Whom], Iterable[Model]]


def _of_lead(model: Any) -> Rows:
    return lambda whom: model.objects.filter(lead__in=whom.subject.lead_ids).order_by("pk")


def _of_either(model: Any, order: str = "pk") -> Rows:
    """Of the leads, or of the number whatever lead it was then."""

    def rows(whom: Whom) -> Iterable[Model]:
        theirs = Q(lead__in=whom.subject.lead_ids) | Q(phone=whom.subject.phone)
        found: Iterable[Model] = model.objects.filter(theirs | Q(pk__in=whom.keys(model))).order_by(
            order, "pk"
        )
        return found

    return rows


def _scrubs(whom: Whom) -> Iterable[Model]:
    theirs = Q(phone__in=whom.subject.numbers) | Q(pk__in=whom.keys(ScrubAnswer))
    return ScrubAnswer.objects.filter(theirs).order_by("pk")


def _of_post(model: Any) -> Rows:
    return lambda whom: model.objects.filter(submission__in=whom.subject.posts).order_by("pk")


def _requests(whom: Whom) -> Iterable[Model]:
    """By number, address or digest, in force and released; an index has each."""
    digests = list(whom.digests)
    named = [
        Q(phone__in=whom.subject.numbers) & ~Q(phone=""), Q(email__in=whom.subject.emails) & ~Q(email=""),
        Q(phone_hash__in=digests) & ~Q(phone_hash=""), Q(email_hash__in=digests) & ~Q(email_hash=""),
    ]  # fmt: skip
    asked = Q(pk__in=whom.keys(Suppression))
    for name in named:
        asked |= (name & Q(released_at__isnull=True)) | (name & Q(released_at__isnull=False))
    return Suppression.objects.filter(asked).order_by("pk")


def _revocations(whom: Whom) -> Iterable[Model]:
    """What was asked, in whose words: by number, other number, address or digest."""
    numbers = whom.subject.numbers
    named = has_number(*numbers)
    named |= Q(email__in=whom.subject.emails) & ~Q(email="")
    named |= Q(person_hash__in=list(whom.digests)) & ~Q(person_hash="")
    named |= Q(lead__in=whom.subject.lead_ids) | Q(pk__in=whom.keys(Revocation))
    return Revocation.objects.filter(named).order_by("pk")


SECTIONS: Final[tuple[Section, ...]] = (
    Section("leads", lambda whom: whom.subject.leads),
    Section("consents", _of_lead(ConsentRecord)),
    Section(
        "posts",
        lambda whom: Submission.objects.filter(pk__in=whom.subject.posts).order_by("received_at"),
        without=("body", "query"),
    ),
    Section("decisions", _of_post(Decision)),
    Section("reviews", _of_post(Review)),
    Section("lead_events", _of_lead(LeadEvent)),
    Section("certificates", _of_lead(Certificate)),
    Section("certificate_answers", _of_either(CertificateAnswer)),
    Section("scrub_answers", _scrubs),
    Section("business_relationships", _of_either(BusinessRelationship)),
    Section("became_listed", _of_either(ListedLead)),
    Section("zone_confirmations", _of_lead(ZoneConfirmation)),
    Section("contact_decisions", _of_either(ContactDecision, "at")),
    Section("contact_attempts", _of_either(ContactAttempt, "at")),
    Section("communications", lambda whom: step("communications")(leads=whom.subject.lead_ids)),
    Section("deliveries", lambda whom: step("deliveries")(leads=whom.subject.lead_ids)),
    Section(
        "bridged_calls",
        lambda whom: step("bridged_calls")(leads=whom.subject.lead_ids),
        without=("to",),  # the agent's own phone
    ),
    Section(
        "texts_received",
        lambda whom: step("inbound_texts")(leads=whom.subject.lead_ids, phones=whom.subject.numbers),
    ),
    Section("revocations", _revocations),
    Section("requests_to_stop", _requests),
    Section("erasures", lambda whom: receipts_of(whom.subject.numbers)),
    Section(
        "legal_holds", lambda whom: LegalHold.objects.filter(phone__in=whom.subject.numbers).order_by("pk")
    ),
)
