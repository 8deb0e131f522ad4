"""Jornaya's LeadiD queries. Every failure comes with status 200: only the body tells it from a success.

A token may be looked up 100 times in its life, by everybody together: whoever asks keeps the answer and does not
ask again.
"""

from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings

from compliance.clients.certificate import A_CENTURY, MOST_BYTES, Found, Odd, Question, exchange
from compliance.models import AnswerOutcome, Provider
from leadcrm.lib import http
from leadcrm.lib.foreign import branch, flag, whole, words

REASONS: Final = {
    1: (AnswerOutcome.GONE, "not_found"),  # older than a year, or unknown
    2: (AnswerOutcome.GONE, "lookup_cap"),
    3: (AnswerOutcome.GONE, "opted_out"),
    4: (AnswerOutcome.GONE, "not_theirs"),
}
# In an audit's lists of fields.
PHONE: Final = "phone1"
EMAIL: Final = "email"


def is_on() -> bool:
    """True when there is an account code. Without an audit key only the token's authenticity can be asked for."""
    return bool(settings.JORNAYA_LAC)


def ask(question: Question, *, limits: http.Limits) -> Found:
    """Is the token genuine; with an audit key also: does it fit the phone and e-mail, and what did the page show?"""
    return _audit(question, limits) if settings.JORNAYA_LAK else _authenticate(question, limits)


def _authenticate(question: Question, limits: http.Limits) -> Found:
    query = urlencode({"lac": settings.JORNAYA_LAC, "id": question.token})
    url = f"{settings.JORNAYA_BASE_URL}/Authenticate?{query}"
    return _exchange({"operation": "Authenticate"}, lambda: http.call("GET", url, limits=_sized(limits)))


def _audit(question: Question, limits: http.Limits) -> Found:
    """By POST, so that no address holds personal data."""
    values = {
        PHONE: question.digits, EMAIL: question.email,
        "f_name": question.first_name, "l_name": question.last_name,
    }  # fmt: skip
    data = "|".join(f"{label};{_plain(value)}" for label, value in values.items() if _plain(value))
    asked = {
        "id": question.token, "lpc": settings.JORNAYA_LPC or _plain(question.vendor)[:50] or "unknown", "data": data,
        "brand_names": _plain(settings.AGENCY_NAME), "recordid": question.reference, "format": "json",
    }  # fmt: skip
    form = {"lac": settings.JORNAYA_LAC, "lak": settings.JORNAYA_LAK, **asked}
    url = f"{settings.JORNAYA_BASE_URL}/SingleQuery"
    return _exchange(
        {"operation": "SingleQuery", **asked},
        lambda: http.call("POST", url, form=form, limits=_sized(limits)),
    )


def _exchange(asked: dict[str, Any], call: Any) -> Found:
    return exchange(Provider.JORNAYA, asked, call, read, secrets=(settings.JORNAYA_LAC, settings.JORNAYA_LAK))


def read(status: int, data: Any, base: Found) -> Found:
    """What an answer says. Raises Odd for one that is no success."""
    if status in (401, 403):
        raise Odd(AnswerOutcome.ACCOUNT, "key_refused")
    if not 200 <= status < 300:
        raise Odd(AnswerOutcome.UNKNOWN, f"http_{status}")
    if not isinstance(data, dict):
        raise Odd(AnswerOutcome.UNKNOWN, "unreadable")
    audit = branch(data, "audit") or branch(data, "authenticate")
    authentic = flag(audit.get("authentic"))
    if authentic is None:
        raise Odd(AnswerOutcome.UNKNOWN, "service_error" if "error" in data else "unreadable")
    if not authentic:
        return _not_authentic(audit, base)
    passed, failed = words(audit.get("data_integrity_passed")), words(audit.get("data_integrity_failed"))
    return replace(
        base,
        outcome=AnswerOutcome.OK,
        retained=True,  # the answer is the evidence, and it is kept here
        phone_match=_matched(PHONE, audit, passed, failed),
        email_match=_matched(EMAIL, audit, passed, failed),
        age_seconds=whole(audit.get("lead_age"), 0, A_CENTURY),
        wordings=tuple(_disclosures(audit)),
    )


def _not_authentic(audit: dict[str, Any], base: Found) -> Found:
    reason = whole(audit.get("reason"), 1, 4)
    if reason is None:
        return replace(base, outcome=AnswerOutcome.GONE, reason="not_authentic")
    outcome, word = REASONS[reason]
    return replace(base, outcome=outcome, reason=word, opted_out=word == "opted_out")


def _matched(label: str, audit: dict[str, Any], passed: list[str], failed: list[str]) -> bool | None:
    if label in failed:
        return False
    if label in passed:
        return True
    return flag(branch(audit, "fields").get(label))


def _disclosures(audit: dict[str, Any]) -> list[str]:
    """The consent wordings, wherever the account's product puts them; each branch may be missing."""
    found = []
    for product in ("tcpa", "tcpafirst"):
        listed = branch(audit, "market", "leadid", product, "raw_response").get("disclosures")
        for each in listed if isinstance(listed, list) else ():
            label = each.get("label") if isinstance(each, dict) else None
            if isinstance(label, str) and label.strip():
                found.append(label)
    return found


def _plain(value: str) -> str:
    """`|` and `;` separate the fields of `data`, so no value may hold one."""
    return " ".join(value.replace("|", " ").replace(";", " ").split())


def _sized(limits: http.Limits) -> http.Limits:
    return replace(limits, size=MOST_BYTES)
