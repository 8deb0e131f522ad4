"""Asking a service about a certificate, and what is kept of the exchange. No transaction may be open meanwhile."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings

from compliance.clients import jornaya, trustedform
from compliance.clients.certificate import Found, Question, interpret
from compliance.models import AnswerOutcome, CertificateAnswer, Provider, Purpose
from leadcrm.lib.http import Limits

# A certificate's age and match do not change within this time; a vendor's retry costs no second look-up.
MATCH_HELD: Final = timedelta(minutes=15)
# A LeadiD's life, in which it can be looked up a hundred times: the first answer is the only one we ask for.
TOKEN_HELD: Final = timedelta(days=365)


def match(provider: Provider, question: Question, *, seconds: float) -> Found:
    """Ask whether the certificate fits, in `seconds` at most. Network only: no database, so any thread may."""
    limits = Limits(connect=seconds, read=seconds, total=seconds)
    if provider == Provider.JORNAYA:
        return jornaya.ask(question, limits=limits)
    return trustedform.match(question, limits=limits)


def retain(provider: Provider, question: Question) -> list[Found]:
    """Have the certificate kept; every exchange it took, the last one being the outcome. Network only.

    An account without a contract for insights or the wording still gets the certificate itself.
    """
    limits = Limits(
        connect=3.0, read=float(settings.CERTIFICATE_TIMEOUT), total=float(settings.CERTIFICATE_TIMEOUT)
    )
    if provider == Provider.JORNAYA:
        return [jornaya.ask(question, limits=limits)]
    found = [trustedform.retain(question, limits=limits)]
    if found[0].reason == "not_contracted":
        found.append(trustedform.retain(question, limits=limits, plain=True))
    return found


def held(provider: Provider, token: str, phone: str, now: datetime) -> Found | None:
    """An answer we have already for this certificate and phone, read anew; None if there is none to be used."""
    kept = TOKEN_HELD if provider == Provider.JORNAYA else MATCH_HELD
    row = (
        CertificateAnswer.objects.filter(
            token=token, provider=provider, phone=phone, asked_at__gt=now - kept, asked_at__lte=now,
            outcome__in=(AnswerOutcome.OK, AnswerOutcome.GONE),
        )
        .order_by("-asked_at")
        .first()
    )  # fmt: skip
    return None if row is None else read_again(row, now)


def read_again(row: CertificateAnswer, now: datetime) -> Found:
    """What a stored answer said, as it is true at `now`: a certificate has grown older since it was asked about."""
    provider = Provider(row.provider)
    base = Found(provider, AnswerOutcome.UNKNOWN, asked=row.asked, raw=row.raw, http_status=row.http_status)
    if row.http_status is None or row.reason == "unreadable":  # there is nothing to be read again
        return replace(base, outcome=AnswerOutcome(row.outcome), reason=row.reason)
    found = interpret(jornaya.read if provider == Provider.JORNAYA else trustedform.read, row.raw, base)
    if found.age_seconds is None:
        return found
    return replace(found, age_seconds=found.age_seconds + int((now - row.asked_at).total_seconds()))


def record(
    found: Found, *, question: Question, purpose: Purpose, asked_at: datetime,
    lead_id: int | None = None, submission_id: UUID | None = None,
) -> CertificateAnswer:  # fmt: skip
    """The row of one exchange, unsaved."""
    return CertificateAnswer(
        provider=found.provider, token=question.token, purpose=purpose, phone=question.phone,
        asked=found.asked, asked_at=asked_at, ms=round(found.ms, 2), http_status=found.http_status,
        outcome=found.outcome, reason=found.reason[:40], raw=found.raw, lead_id=lead_id, submission_id=submission_id,
    )  # fmt: skip
