"""TrustedForm's Certificate API, version 4.0: one POST to the certificate's address does all that is asked for."""

import base64
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote

from django.conf import settings

from compliance.clients.certificate import A_CENTURY, MOST_BYTES, Found, Odd, Question, exchange
from compliance.models import AnswerOutcome, Provider
from leadcrm.lib import http
from leadcrm.lib.foreign import branch, flag, moment, whole

# Only these: every property may cost.
PROPERTIES: Final = (
    "age_seconds", "created_at", "expires_at", "ip", "page_url", "parent_page_url", "domain", "approx_ip_geo",
    "browser", "os", "is_framed", "is_masked", "seconds_on_page", "form_input_method", "bot_detected",
)  # fmt: skip
# To decide whether to buy, this much is enough.
QUICK_PROPERTIES: Final = ("age_seconds", "created_at", "expires_at", "is_masked", "bot_detected")

# What a status means: for good, the account's trouble (somebody must act, so it is tried again), or unknown.
STATUSES: Final = {
    400: (AnswerOutcome.GONE, "malformed"),
    401: (AnswerOutcome.ACCOUNT, "key_refused"),
    402: (AnswerOutcome.ACCOUNT, "no_funds"),
    403: (AnswerOutcome.ACCOUNT, "not_contracted"),
    404: (AnswerOutcome.GONE, "not_found"),
    405: (AnswerOutcome.GONE, "sandbox"),
    422: (AnswerOutcome.GONE, "claimed_often"),
    429: (AnswerOutcome.UNKNOWN, "rate_limited"),
}  # fmt: skip


def is_on() -> bool:
    """True when there is a key."""
    return bool(settings.TRUSTEDFORM_API_KEY)


def match(question: Question, *, limits: http.Limits) -> Found:
    """Does the certificate hold this phone and e-mail, and how old is it? Nothing is retained."""
    return _post(question, {"insights": {"properties": list(QUICK_PROPERTIES)}}, limits)


def retain(question: Question, *, limits: http.Limits, plain: bool = False) -> Found:
    """Keep the certificate in our account, and read what it shows. Doing so twice does no harm.

    `plain` leaves out what an account may have no contract for: insights and the consent wording.
    """
    reference, vendor = question.reference[:255], question.vendor[:255]
    operations: dict[str, Any] = {"retain": {"reference": reference, "vendor": vendor}}
    if not plain:
        operations["insights"] = {"properties": list(PROPERTIES)}
        operations["verify"] = {"advertiser_name": settings.AGENCY_NAME}
    return _post(question, operations, limits)


def _post(question: Question, operations: dict[str, Any], limits: http.Limits) -> Found:
    lead = {"phone": question.digits, **({"email": question.email} if question.email else {})}
    asked = {"match_lead": lead, **operations}
    key = settings.TRUSTEDFORM_API_KEY
    url = f"{settings.TRUSTEDFORM_BASE_URL}/{quote(question.token, safe='')}"
    return exchange(
        Provider.TRUSTEDFORM,
        asked,
        lambda: http.call(
            "POST", url, auth=("API", key), json=asked, limits=replace(limits, size=MOST_BYTES),
            headers={"Api-Version": "4.0", "Accept": "application/json"},
        ),
        read,
        secrets=(key, base64.b64encode(f"API:{key}".encode()).decode()),
    )  # fmt: skip


def read(status: int, data: Any, base: Found) -> Found:
    """What an answer says. Raises Odd for one that is no success.

    The two operations with a result are documented under two names each, and both occur.
    """
    if status in STATUSES:
        raise Odd(*STATUSES[status])
    if not 200 <= status < 300:
        raise Odd(AnswerOutcome.UNKNOWN, f"http_{status}")
    if not isinstance(data, dict):
        raise Odd(AnswerOutcome.UNKNOWN, "unreadable")
    found = _facts(data, base)
    if "retain" in base.asked:
        return _retained(data, found)
    if found.phone_match is None and found.email_match is None:
        return replace(found, reason="no_match_result")
    return replace(found, outcome=AnswerOutcome.OK)


def _facts(data: dict[str, Any], base: Found) -> Found:
    matched, insights = _result(data, "match_lead"), branch(data, "insights", "properties")
    age = whole(insights.get("age_seconds"), -A_CENTURY, A_CENTURY)
    return replace(
        base,
        phone_match=flag(matched.get("phone_match")),
        email_match=flag(matched.get("email_match")),
        # The service's clock may be ahead of the browser's: a certificate of the future is a fresh one.
        age_seconds=None if age is None else max(age, 0),
        vanishes_at=moment(insights.get("expires_at")),
        wordings=tuple(_wordings(branch(data, "verify").get("languages"))),
        bot=flag(insights.get("bot_detected")),
        masked=flag(insights.get("is_masked")),
    )


def _retained(data: dict[str, Any], found: Found) -> Found:
    kept = _result(data, "retain")
    if kept and flag(kept.get("success")) is not False:
        expires_at = moment(kept.get("expires_at"))
        return replace(found, outcome=AnswerOutcome.OK, retained=True, expires_at=expires_at)
    if found.phone_match is False and found.email_match is not True:
        # It is kept only for the person it was made for, and asking again will not change whom that is.
        return replace(found, outcome=AnswerOutcome.GONE, reason="no_match")
    return replace(found, reason="not_retained")


def _result(data: dict[str, Any], operation: str) -> dict[str, Any]:
    return branch(data, operation, "result") or branch(data, operation, "results")


def _wordings(languages: Any) -> list[str]:
    listed = languages if isinstance(languages, list) else []
    texts = [each.get("text") for each in listed if isinstance(each, dict)]
    return [text for text in texts if isinstance(text, str) and text.strip()]
