"""Every word a refusal, a warning or an HTTP error is told by, why it comes, and what the vendor does about it.

The one table: the posting instructions show it, and docs/vendors.md is tested against it. Codes are stable.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Told:
    """One code: why it is told, and what to do. Plain sentences, `words` in backticks are code."""

    why: str
    do: str


_NEW_ID: Final = "post it again under a new lead id"
_ELSEWHERE: Final = "Final: offer the lead elsewhere."

# Codes in the body of a rejection (wire contract, section 5). Our own failure (`internal`) is told as pending.
REASONS: Final = MappingProxyType({
    "missing_field": Told("a required field is missing", f"Add the field that is named and {_NEW_ID}."),
    "invalid_field": Told("a field cannot be read", f"Correct the field that is named and {_NEW_ID}."),
    "invalid_phone": Told(
        "no dialable number of a person's line in the North American Numbering Plan",
        "Final for that number: check it in your form, before you sell the lead.",
    ),
    "invalid_email": Told("no possible e-mail address, where the source requires one", f"Correct it and {_NEW_ID}."),
    "duplicate": Told(
        "we have this person already; or your lead id was posted before with other data (field `vendor_lead_id`)",
        "Final: offer the lead elsewhere. Named `vendor_lead_id`: give every lead an id of its own.",
    ),
    "filter_mismatch": Told(
        "outside what the source buys: kind, state, ZIP, age, an attribute (the field says which)",
        "Final: offer the lead elsewhere, and filter on your side.",
    ),
    "suppressed_dnc": Told(
        "on a do-not-call registry; here and for a litigator the field says which phone, `phone` or `phone_2`",
        "Final: do not send this person again.",
    ),
    "suppressed_litigator": Told("a known litigator", "Final: do not send this person again."),
    "suppressed_internal": Told("asked this agency not to be contacted", "Final: do not send this person again."),
    "consent_missing": Told(
        "a required proof of consent is missing, or consent was not given",
        f"Send the proof that is named: {_NEW_ID}. Without consent the lead cannot be sold here.",
    ),
    "consent_invalid": Told(
        "a proof of consent is malformed; or its issuer says that it is unknown, expired, or another person's; or "
        "the wording (`consent_text`) leaves out what the source wants said",
        "Send the certificate exactly as its issuer gave it to your form; for a wording, mend the form.",
    ),
    "consent_expired": Told("consent is older than the source takes", "Final: send leads sooner."),
    "lead_too_old": Told("the lead is older than the source buys", "Final: send leads sooner."),
    "cap_reached": Told(
        "the source has delivered what it may in this hour, day or month",
        "Send no more before `retry_after` seconds have passed. This lead: offer it elsewhere.",
    ),
    "closed": Told("outside the hours of the source", "Post inside the hours. This lead: offer it elsewhere."),
    "source_paused": Told("the source is paused", "Stop posting until the agency says that it goes on."),
    "price_too_high": Told("the price asked is above the contract's", f"Ask no more than is agreed, and {_NEW_ID}."),
    "no_agent": Told("no licensed agent is free for this lead", _ELSEWHERE),
    "ping_unknown": Told(
        "no accepted ping of yours has this `ping_id`; or one of the two is a test and the other is not",
        "Ping again, and post with the id you are given.",
    ),
    "ping_expired": Told(
        "the post came after the ping's `expires_at`", "Ping again, and post with the new id in time."
    ),
    "ping_mismatch": Told(
        "a field does not say what it said in the ping, or another person is posted (the field says which)",
        "Post what you pinged, or ping again with the lead's data.",
    ),
    "check_unavailable": Told(
        "a check cannot be made at the moment (`retry` is true)", "Post the same again in a few minutes."
    ),
})  # fmt: skip
# Of sources that take pings.
PING_REASONS: Final = frozenset({"ping_unknown", "ping_expired", "ping_mismatch"})
PING_WARNINGS: Final = frozenset({"not_kept"})

# Codes under `warnings` of an accepted answer: what was noticed, and nothing is lost by.
WARNINGS: Final = MappingProxyType({
    "unknown_field": "stored, but not understood",
    "repaired": "mended",
    "filled": "the state, from the ZIP",
    "unreadable": "an e-mail that is no address, left out",
    "zip_in_other_state": "the ZIP lies in another state than the one given",
    "unlisted": "a ZIP we do not know",
    "day_first": "only day before month made sense",
    "date_only": "a moment without a time",
    "not_kept": "contact data in a ping, left out",
    "repeated_key": "a name came twice, the first counts",
    "json_sent_as_form": "JSON under the content type of a form",
    "attributes_left_out": "attributes of XML elements",
    "file_left_out": "a file in a multipart body",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class HttpError:
    """One answer that is no decision: nothing was bought."""

    status: int
    code: str
    when: str
    do: str


_SAME_AGAIN: Final = "Wait as `Retry-After` says, then send the same again."
HTTP_ERRORS: Final = (
    HttpError(400, "bad_request", "the body cannot be read: broken JSON or XML, not UTF-8, nested too deep, too many "
              "fields", "Mend what the message names."),
    HttpError(401, "unauthorized", "no key, or one we do not know", "Send the key as described above."),
    HttpError(403, "forbidden", "the key was revoked or has expired; posts may not come from this address; "
              "the source takes no pings", "Ask the agency for a key, to allow your address, or to take pings."),
    HttpError(404, "not_found", "reading back: nothing of yours has that id", "Check the id."),
    HttpError(405, "method_not_allowed", "neither POST nor GET", "Use POST."),
    HttpError(409, "in_progress", "the same `Idempotency-Key` is being processed; `Retry-After: 1`",
              "Wait a second, then send the same again."),
    HttpError(409, "key_reused", "the `Idempotency-Key` was used for another payload", "Use a new key for each lead."),
    HttpError(413, "too_large", "above the limits", "Send fewer fields, or shorter values."),
    HttpError(415, "unsupported_media_type", "neither JSON, form nor XML; compressed; another charset",
              "Send JSON or a form in UTF-8, uncompressed."),
    HttpError(429, "rate_limited", "too many posts in this minute; `Retry-After`", _SAME_AGAIN),
    HttpError(500, "internal", "something broke; `Retry-After`", _SAME_AGAIN),
    HttpError(503, "unavailable", "we cannot decide now, nothing was stored; `Retry-After`", _SAME_AGAIN),
)  # fmt: skip

# What managers read in columns and rows.
SAID: Final = {
    "missing_field": "A required field is missing", "invalid_field": "A field cannot be read",
    "invalid_phone": "No dialable number", "invalid_email": "No possible e-mail address",
    "duplicate": "We had the person", "filter_mismatch": "Outside what the source buys",
    "suppressed_dnc": "On a do-not-call list", "suppressed_litigator": "Known litigator",
    "suppressed_internal": "Asked us not to call", "consent_missing": "Consent missing",
    "consent_invalid": "Consent unusable", "consent_expired": "Consent too old", "lead_too_old": "Lead too old",
    "cap_reached": "Cap reached", "closed": "Outside hours", "source_paused": "Source paused",
    "price_too_high": "Price too high", "no_agent": "No licensed agent free", "not_wanted": "Refused by a reviewer",
    "check_unavailable": "Could not be checked", "ping_unknown": "No such ping", "ping_expired": "Ping too old",
    "ping_mismatch": "Not what was pinged",
}  # fmt: skip


def said(code: str) -> str:
    """The reason in few words, for people of the agency; a code we have no words for as words."""
    return SAID.get(code) or code.replace("_", " ").capitalize()
