"""A person asks to be deleted: gone from all that people and searches see, kept sealed where the law wants proof.

What happens, in one transaction: the profile, notes and promises are blanked; what evidence says of the person goes
into the vault with a day on which it is destroyed; requests to stop stay in force, known by a keyed digest; a receipt
is kept.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, Q, QuerySet

from compliance.dedupe import lock_reached_by
from compliance.dnc.numbers import ten_digits
from compliance.evidence.forgetting import put_away
from compliance.evidence.kinds import KINDS
from compliance.evidence.subject import Subject, find_subject
from compliance.holds import standing_hold
from compliance.keeping import YEARS, keep_until, years_after
from compliance.models import (
    BusinessRelationship,
    Certificate,
    CertificateAnswer,
    CertificateState,
    ContactAttempt,
    ContactDecision,
    Erasure,
    ErasureKind,
    EvidenceVault,
    LegalHold,
    ListedLead,
    Review,
    Revocation,
    RevocationChannel,
    RevocationOrigin,
    ScrubAnswer,
    Suppression,
    ZoneConfirmation,
)
from compliance.review import refuse_held
from compliance.revocation import requests_of, revoke
from compliance.suppression import in_force
from intake.forgetting import erase_posts, erase_profiles
from intake.imports.forgetting import erase_lines
from intake.models import ConsentRecord, Submission, SubmissionState
from intake.originals import unbought_that_name
from leadcrm.lib.db import fetch_together
from leadcrm.lib.hashed import keyed_hashes
from leadcrm.lib.lookup import all_keyed, keyed
from leadcrm.lib.pipeline import step
from leadcrm.models import User

_REASON: Final = "Erased: the person asked us to"
Rows = Callable[[Subject], QuerySet[Any]]


def _of_lead(model: Any) -> Rows:
    return lambda subject: model.objects.filter(lead__in=subject.lead_ids)


def _of_phone(model: Any) -> Rows:
    return lambda subject: model.objects.filter(phone__in=subject.numbers)


def _of_either(model: Any) -> Rows:
    return lambda subject: model.objects.filter(Q(lead__in=subject.lead_ids) | Q(phone__in=subject.numbers))


def _requests(subject: Subject) -> QuerySet[Revocation]:
    keys = set(requests_of(phones=subject.numbers, email="").values_list("pk", flat=True))
    for email in subject.emails:
        keys |= set(requests_of(phones=[], email=email).values_list("pk", flat=True))
    return Revocation.objects.filter(pk__in=keys, person_hash="")


def _listed(subject: Subject) -> QuerySet[Suppression]:
    return Suppression.objects.filter(Q(phone__in=subject.numbers) | Q(email__in=subject.emails))


# Whose rows of evidence name a person, and how to find those of one. A test says which kind was forgotten.
REACH: Final[Mapping[type[Model], Rows]] = {
    ConsentRecord: _of_lead(ConsentRecord),
    ContactDecision: _of_either(ContactDecision),
    ContactAttempt: _of_either(ContactAttempt),
    ZoneConfirmation: _of_lead(ZoneConfirmation),
    ListedLead: _of_either(ListedLead),
    CertificateAnswer: _of_either(CertificateAnswer),
    ScrubAnswer: _of_phone(ScrubAnswer),
    BusinessRelationship: _of_phone(BusinessRelationship),
    Review: lambda subject: Review.objects.filter(submission__in=subject.posts),
    Revocation: _requests,
    Suppression: _listed,
    LegalHold: _of_phone(LegalHold),  # lifted ones: no person is erased under one that stands
}


def erase_person(
    *, phone: str, asked_at: datetime, channel: RevocationChannel, by: User, now: datetime, stop: bool = True
) -> Erasure:
    """Erase whoever has `phone` (any US notation), as they asked at `asked_at` (aware); the receipt.

    With `stop` they are not contacted or bought again either. Posts of theirs that are held are refused first; refused
    ones are blank at once. Raises ValidationError by field: no number, a legal hold, nothing kept about it, a moment
    to come, a post that is still being decided, a file of leads that is being read or taken, no LOOKUP_KEY. Safe to
    repeat: what is erased already is not found any more. All or nothing, but for the held posts.
    """
    number = _number(phone, asked_at, now)
    _refuse_hold(find_subject(number))
    for post in _unbought(number):
        if post.state == SubmissionState.HELD:
            refuse_held(submission_id=post.pk, by=by, reason="suppressed_internal", note=_REASON, now=now)
    with transaction.atomic():
        # A post or a request of this person that is being written ends first.
        fetch_together(lock_reached_by([number], ""))
        posts = [post.pk for post in _unbought(number)]
        subject = find_subject(number)
        _refuse_hold(subject)
        rows = {kind: keys for kind, keys in _rows(subject, posts).items() if keys}
        texts = step("texts_from")(phones=subject.numbers)
        if not (rows or posts or texts or any(lead.erased_at is None for lead in subject.leads)):
            raise ValidationError({"phone": "Nothing is kept about this number."})
        if stop:
            _stop(subject, asked_at=asked_at, channel=channel, by=by, now=now)
            rows = {kind: keys for kind, keys in _rows(subject, posts).items() if keys}
        receipt = _write_receipt(subject, rows, posts, asked_at=asked_at, channel=channel, by=by, now=now)
        _keep_digests(suppressions=rows.get("suppression", []), revocations=rows.get("revocation", []))
        assert receipt.keep_until is not None
        put_away(
            rows=rows, erasure=receipt, phone_hashes=all_keyed(subject.numbers), expires_at=receipt.keep_until,
            now=now,
        )  # fmt: skip
        give_up_certificates(subject.lead_ids)
        step("erase_conversations")(leads=subject.lead_ids, phones=subject.numbers, now=now)
        erase_profiles(leads=subject.lead_ids, reason=_REASON, by=by, now=now)
        erase_posts(posts)
        erase_lines(phones=subject.numbers, now=now)
    return receipt


def _refuse_hold(subject: Subject) -> None:
    if hold := standing_hold(subject.numbers):
        why = f"{hold} stands over this number: nothing may be erased until it is lifted."
        raise ValidationError({"phone": why})


def _unbought(number: str) -> list[Submission]:
    """Posts of the person that made no lead. ValidationError while one of them is being decided."""
    posts = list(unbought_that_name([number]))
    if any(post.state in (SubmissionState.WAITING, SubmissionState.FAILED) for post in posts):
        why = "A post of this person is still being decided: try again in a minute."
        raise ValidationError({"phone": why})
    return posts


def _stop(
    subject: Subject, *, asked_at: datetime, channel: RevocationChannel, by: User, now: datetime
) -> None:
    """They asked to be deleted: they do not want to hear from us either."""
    second = next((phone for phone in subject.numbers[1:]), "")
    revoke(
        phone=subject.phone, phone_2=second, email=subject.emails[0] if subject.emails else "", channel=channel,
        words=_REASON, received_at=asked_at, by=by, lead=None, origin=RevocationOrigin.ADMIN, external_id="", now=now,
    )  # fmt: skip


def give_up_certificates(leads: Sequence[int]) -> None:
    """Blank the certificates' ids and wordings of `leads`; those still to be retained are not asked for any more."""
    theirs = Certificate.objects.filter(lead__in=leads)
    theirs.filter(state=CertificateState.WAITING).update(state=CertificateState.LOST, error="erased")
    theirs.update(token="", wording="", due_at=None)


def erasures_of(phone: str) -> QuerySet[Erasure]:
    """The receipts of a number (E.164), newest first."""
    return Erasure.objects.filter(phone_hash=keyed(phone)).exclude(phone_hash="")


def _number(phone: str, asked_at: datetime, now: datetime) -> str:
    """E.164, or ValidationError."""
    digits = ten_digits(phone)
    wrong = {}
    if digits is None:
        wrong["phone"] = "This is not a US phone number of ten digits."
    elif not keyed(f"+1{digits}"):
        wrong["phone"] = "LOOKUP_KEY is not set: an erased person could not be kept from being called."
    if asked_at > now:
        wrong["asked_at"] = "This time is still to come. Say when they asked."
    if wrong:
        raise ValidationError(wrong)
    return f"+1{digits}"


def _rows(subject: Subject, posts: Sequence[UUID]) -> dict[str, list[Any]]:
    """Primary keys of all evidence that names the person and is not put away yet, by kind."""
    subject = replace(subject, posts=(*subject.posts, *posts))
    keys = {model: list(find(subject).values_list("pk", flat=True)) for model, find in REACH.items()}
    found = {kind.name: keys[kind.model] for kind in KINDS.values() if kind.blanks and kind.model in keys}
    kept = EvidenceVault.objects.filter(kind__in=found, phone_hashes__contains=[keyed(subject.phone)])
    gone = set(kept.values_list("kind", "row_id"))
    return {kind: [key for key in keys if (kind, str(key)) not in gone] for kind, keys in found.items()}


def _write_receipt(
    subject: Subject,
    rows: Mapping[str, Sequence[Any]],
    posts: Sequence[UUID],
    *,
    asked_at: datetime,
    channel: RevocationChannel,
    by: User,
    now: datetime,
) -> Erasure:
    """What is done, in numbers that name nobody."""
    what = {
        "leads": [f"A-{pk}" for pk in subject.lead_ids],
        "posts kept sealed": len(set(subject.posts) - set(posts)),
        "refused posts erased": len(posts),
        "evidence kept sealed": {kind: len(keys) for kind, keys in rows.items()},
        "still not to be contacted": in_force(phone=subject.phone).exists(),
    }
    return Erasure.objects.create(
        kind=ErasureKind.REQUEST, phone_hash=keyed(subject.phone), asked_at=asked_at, channel=channel, by=by,
        at=now, what=what, keep_until=max([*keep_until(subject.leads).values(), years_after(now, YEARS)]),
    )  # fmt: skip


def _keep_digests(*, suppressions: Sequence[int], revocations: Sequence[int]) -> None:
    """Put keyed digests beside the numbers and addresses that are about to go."""
    for request in Revocation.objects.filter(pk__in=revocations, person_hash=""):
        digest = keyed(request.phone or request.email)
        Revocation.objects.filter(pk=request.pk).update(person_hash=digest)
    for row in Suppression.objects.filter(pk__in=suppressions):
        hashes = {"phone_hash": keyed(row.phone), "email_hash": keyed(row.email)}
        Suppression.objects.filter(pk=row.pk).update(
            **{name: value for name, value in hashes.items() if value},
            hash_codes=[], hash_digests=keyed_hashes(row.phone, row.email),
        )  # fmt: skip
