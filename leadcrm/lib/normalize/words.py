"""Words: free text, yes and no, gender, codes, and the names of people."""

import re
import unicodedata
from types import MappingProxyType
from typing import Final

from leadcrm.lib.normalize.base import Clean, Unreadable, as_form, as_text, drop_unseen

_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")  # others are blanks
_VENDOR_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_NOT_WORD: Final = re.compile(r"[^a-z0-9]+")
_YES: Final = ("yes", "y", "true", "t", "1", "on", "checked")
_NO: Final = ("no", "n", "false", "f", "0", "off", "unchecked")
_BOOLEANS: Final = MappingProxyType(dict.fromkeys(_YES, True) | dict.fromkeys(_NO, False))
_GENDERS: Final = MappingProxyType(
    dict.fromkeys(("male", "m", "man"), "male")
    | dict.fromkeys(("female", "f", "woman", "w"), "female")
    | dict.fromkeys(("other", "o", "x", "nonbinary", "nb"), "other")
)


def text(raw: object, *, max_length: int = 255) -> Clean[str]:
    """One line of text: NFC, no control or direction characters, runs of blanks and line ends one blank.

    Nothing is cut: above `max_length` characters it is Unreadable `too_long`. Removed characters are noted
    `repaired`.
    """
    given = as_text(raw)
    if given.isascii() and given.isprintable() and "  " not in given:
        value, note = given, ""
    else:
        kept = _CONTROL.sub("", given if given.isascii() else drop_unseen(given))
        value = " ".join(unicodedata.normalize("NFC", kept).split())
        note = "" if len(kept) == len(given) else "repaired"
    if not value:
        raise Unreadable("blank", "Is empty.")
    if len(value) > max_length:
        raise Unreadable("too_long", f"Is longer than {max_length} characters.")
    return Clean(value, note)


def verbatim(raw: object, *, max_length: int = 20_000) -> Clean[str]:
    """Text as sent, to the last blank: what a consumer was shown is evidence. Unreadable: `too_long`."""
    as_text(raw)
    if not isinstance(raw, str):
        return verbatim(as_text(raw), max_length=max_length)
    if len(raw) > max_length:
        raise Unreadable("too_long", f"Is longer than {max_length} characters.")
    return Clean(raw)


def boolean(raw: object) -> Clean[bool]:
    """yes/no, y/n, true/false, t/f, 1/0, on/off, checked/unchecked, any case. Unreadable: `not_a_boolean`."""
    if isinstance(raw, bool):
        return Clean(raw)
    value = _BOOLEANS.get(as_form(raw).lower())
    if value is None:
        raise Unreadable("not_a_boolean", "Is neither yes nor no.")
    return Clean(value)


def gender(raw: object) -> Clean[str]:
    """`male`, `female` or `other`. "Unknown" is no gender: Unreadable `not_a_gender`."""
    value = _GENDERS.get(as_form(raw).lower().replace("-", "").replace(" ", "").rstrip("."))
    if value is None:
        raise Unreadable("not_a_gender", "Is not male, female or other.")
    return Clean(value)


def word(raw: object, *, max_length: int = 60) -> Clean[str]:
    """A word as lists of words write it: "Final Expense" is `final_expense`. Unreadable: `not_a_word`."""
    value = _NOT_WORD.sub("_", as_form(raw).lower()).strip("_")
    if not value or len(value) > max_length:
        raise Unreadable("not_a_word", "Is not one of the words that are known.")
    return Clean(value)


def vendor_lead_id(raw: object) -> Clean[str]:
    """The vendor's own id of the lead, unchanged in case. Unreadable: `not_an_id`."""
    value = as_text(raw)
    if _VENDOR_ID.fullmatch(value) is None:
        raise Unreadable("not_an_id", "May hold 1 to 128 letters, digits and any of . _ : - only.")
    return Clean(value)
