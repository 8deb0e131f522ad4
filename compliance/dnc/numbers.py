"""North American numbers as the registry sees them: ten digits, split into a block and a line. Pure."""

import re

_KEEP_DIGITS = re.compile(r"[^0-9]")
_PHONE = re.compile(r"\s*(?:\+?1[\s.-]*)?\(?[2-9][0-9]{2}\)?[\s./-]*[2-9][0-9]{2}[\s./-]*[0-9]{4}\s*")


def ten_digits(phone: str) -> str | None:
    """The ten digits of a US number written in any usual way (E.164, with or without 1, punctuation).

    None if it is not one: too short, an extension, letters, an area code or exchange starting with 0 or 1.
    """
    if not _PHONE.fullmatch(phone):
        return None
    return _KEEP_DIGITS.sub("", phone)[-10:]


def unreadable_reason(phone: str) -> str:
    """Why `ten_digits` refused this text, in words for a report. Does not repeat the text."""
    digits = _KEEP_DIGITS.sub("", phone)
    if not phone.strip():
        return "empty"
    if len(digits) == 11 and digits[0] == "1":
        digits = digits[1:]
    if len(digits) != 10:
        return f"{len(digits)} digits instead of 10"
    if digits[0] in "01":
        return "no such area code"
    if digits[3] in "01":
        return "no such exchange"
    return "not written as a US number"


def block_and_line(digits: str) -> tuple[int, int]:
    """(NPA-NXX as six digits, line 0-9999) of ten digits."""
    return int(digits[:6]), int(digits[6:])
