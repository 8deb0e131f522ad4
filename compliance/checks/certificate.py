"""Does the service that issued the certificate say that it fits this person, before the lead is accepted?

Off unless a source asks for it: each look-up costs money and time. It is made by compliance.consult before the
decision's transaction; this check only reads what was answered.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from compliance.check import Check, CheckInput, Verdict, setting
from compliance.clients.certificate import Found
from compliance.models import AnswerOutcome, Provider
from intake.post import Post, Reason
from leadcrm.lib.certificates import BadCertificate, read_leadid, read_trustedform_url

NAME: Final = "certificate"
FIELDS: Final = {Provider.TRUSTEDFORM: "trustedform_cert_url", Provider.JORNAYA: "jornaya_leadid"}


@dataclass(frozen=True, slots=True)
class CertificateParams:
    """Whether the service is asked before acceptance, and what its answer must be."""

    require_match: bool = setting(
        False,
        "Ask the certificate's service before a lead is accepted",
        "Each post costs a look-up and time.",
    )
    trustedform: bool = setting(True, "Ask TrustedForm")
    jornaya: bool = setting(False, "Ask Jornaya")
    phone_must_match: bool = setting(True, "The phone must match", "Else a matching e-mail address will do.")
    budget_ms: int = setting(
        2000, "Milliseconds it may take", "After that there is no answer. 10000 at most."
    )
    max_age_days: int | None = setting(None, "Oldest certificate in days")


class CertificateMatch(Check):
    """Refuse a certificate of somebody else, one that is gone, and one that is too old."""

    name = NAME
    label = "Match of the certificate"
    Params = CertificateParams

    def run(self, given: CheckInput[CertificateParams]) -> Verdict:
        """Any answer against the lead stops it; else any match passes; else it is unknown."""
        post, params = given.post, given.params
        if not params.require_match:
            return Verdict.passed()
        if post.test:
            return Verdict.passed("not asked for a test post")
        if not tokens_of(post, params):
            return Verdict.stopped(_missing(params))
        answers: Sequence[Found] = post.consulted.get(NAME, ())
        if not answers:
            return Verdict.unknown("no service was asked")
        verdicts = [_judge(found, params) for found in answers]
        return replace(
            _together(verdicts), detail=_say(answers, verdicts), record={"answers": _records(answers)}
        )


def _together(verdicts: Sequence[Verdict]) -> Verdict:
    reasons = [reason for verdict in verdicts if verdict.outcome == "stop" for reason in verdict.reasons]
    if reasons:
        return Verdict.stopped(*reasons)
    if any(verdict.outcome == "pass" for verdict in verdicts):
        return Verdict.passed()
    return Verdict.unknown("")


def _say(answers: Sequence[Found], verdicts: Sequence[Verdict]) -> str:
    pairs = zip(answers, verdicts, strict=True)
    return "; ".join(f"{found.provider.label}: {verdict.detail}" for found, verdict in pairs)


def _records(answers: Sequence[Found]) -> list[dict[str, Any]]:
    """What was answered, for the decision's record; the whole answers are rows of their own."""
    return [
        {
            "provider": str(found.provider), "outcome": str(found.outcome), "reason": found.reason,
            "phone_match": found.phone_match, "email_match": found.email_match, "age_seconds": found.age_seconds,
        }
        for found in answers
    ]  # fmt: skip


def tokens_of(post: Post, params: CertificateParams) -> dict[Provider, str]:
    """The well-formed certificates that the post carries, of the services to be asked."""
    found: dict[Provider, str] = {}
    url, leadid = (post.fields.get(FIELDS[provider]) for provider in (Provider.TRUSTEDFORM, Provider.JORNAYA))
    try:
        if params.trustedform and url:
            found[Provider.TRUSTEDFORM] = read_trustedform_url(url).id
        if params.jornaya and leadid:
            found[Provider.JORNAYA] = read_leadid(leadid)
    except BadCertificate:
        return found
    return found


def _missing(params: CertificateParams) -> Reason:
    field = FIELDS[Provider.TRUSTEDFORM if params.trustedform else Provider.JORNAYA]
    return Reason("consent_missing", "Is required as proof of consent.", field)


def _judge(found: Found, params: CertificateParams) -> Verdict:
    field = FIELDS[found.provider]
    if found.outcome == AnswerOutcome.GONE:
        message = "The certificate is not one that can be used."
        return Verdict.stopped(
            Reason("consent_invalid", message, field), detail=found.reason.replace("_", " ")
        )
    if not found.is_ok:
        return Verdict.unknown(found.reason.replace("_", " "))
    matches = found.phone_match if params.phone_must_match else _either(found)
    if matches is False:
        message = "The certificate was made for another person."
        return Verdict.stopped(Reason("consent_invalid", message, field), detail="no match")
    return _judge_age(found, params, field) or (
        Verdict.passed("matches") if matches else Verdict.unknown("does not say whether it matches")
    )


def _either(found: Found) -> bool | None:
    told = [each for each in (found.phone_match, found.email_match) if each is not None]
    return any(told) if told else None


def _judge_age(found: Found, params: CertificateParams, field: str) -> Verdict | None:
    """What its age says against it; None when nothing."""
    if params.max_age_days is None:
        return None
    if found.age_seconds is None:
        return Verdict.unknown("does not say how old it is")
    if timedelta(seconds=found.age_seconds) > timedelta(days=params.max_age_days):
        message = f"The certificate is older than {params.max_age_days} days."
        return Verdict.stopped(Reason("consent_expired", message, field), detail="too old")
    return None


check = CertificateMatch()
