"""Texts with macros in braces, for receivers that cannot be changed: `https://vendor.example/?id={vendor_lead_id}`."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote, quote_plus, urlsplit
from xml.sax.saxutils import escape

# A brace that does not hold a name is a text's own: JSON is full of them.
MACRO: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")

ABOUT_THE_LEAD: Final = (
    "event", "event_id", "timestamp", "lead_id", "submission_id", "vendor_lead_id", "source", "status",
    "previous_status", "reason", "price", "currency", "campaign", "sub_id_1", "sub_id_2", "sub_id_3", "sub_id_4",
    "sub_id_5", "return_id", "return_state", "credit",
)  # fmt: skip
ABOUT_PEOPLE: Final = (
    "first_name", "last_name", "phone", "phone_2", "email", "state", "zip", "interest", "agent_name", "agent_email",
)  # fmt: skip


class BadTemplate(ValueError):
    """The text cannot be used; the message says why, for people."""


def _in_json(value: str) -> str:
    return json.dumps(value)[1:-1]


def _in_xml(value: str) -> str:
    return escape(value, {'"': "&quot;", "'": "&apos;"})


def _as_is(value: str) -> str:
    return value


def encoding_of(content_type: str) -> Callable[[str], str]:
    """How a value is written into a body of that type, so that it can end neither a string nor a field."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json" or kind.endswith("+json"):
        return _in_json
    if kind == "application/x-www-form-urlencoded":
        return quote_plus
    return _in_xml if kind.endswith(("/xml", "+xml")) else _as_is


def fill(text: str, values: Mapping[str, str], encode: Callable[[str], str]) -> str:
    """`text` with each macro replaced by its value, encoded. An unknown one becomes nothing."""
    return MACRO.sub(lambda found: encode(values.get(found[1], "")), text)


def fill_url(url: str, values: Mapping[str, str]) -> str:
    """The address with its macros replaced; each value is one component, whatever it holds."""
    return fill(url, values, lambda value: quote(value, safe=""))


def check_text(text: str, *, people: bool) -> None:
    """Raises BadTemplate for a macro that does not exist, or is about people where `people` is not given."""
    known = {*ABOUT_THE_LEAD, *(ABOUT_PEOPLE if people else ())}
    unknown = sorted({found[1] for found in MACRO.finditer(text)} - known)
    if not unknown:
        return
    if set(unknown) & set(ABOUT_PEOPLE):
        raise BadTemplate(f"{{{unknown[0]}}} is about people, which this endpoint is not told of.")
    raise BadTemplate(f"{{{unknown[0]}}} is no macro; known are {', '.join(sorted(known))}.")


def host_of(url: str) -> str:
    """The host's name in lower case; "" where there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def check_url(url: str, *, insecure: bool) -> None:
    """Raises BadTemplate for what is no web address, or has a macro in its host; `insecure` lets http pass."""
    schemes = ("https", "http") if insecure else ("https",)
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise BadTemplate("This is no address: its host or port cannot be read.") from None
    if parts.scheme not in schemes or not host:
        raise BadTemplate(f"Give a whole address that begins with {schemes[0]}://.")
    if "{" in parts.netloc:
        raise BadTemplate("The host must stand as it is: macros belong behind it.")
    if parts.username or parts.password:
        raise BadTemplate(
            "A user and a password in the address would stand in logs; receivers check the signature."
        )
    if any(ord(letter) <= 32 for letter in url):
        raise BadTemplate("An address holds no blanks.")
