"""What every normaliser answers (`Clean`, `Unreadable`) and how it takes text from any plain value."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)

# Longest text a phone, date, number or code is looked for in; anything longer is not one of them.
FORM_LIMIT: Final = 500
# What copied cells bring along and nobody sees: soft hyphen, zero-width and direction marks, BOM.
_UNSEEN: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_DASHES: Final = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-")
)


@dataclass(frozen=True, slots=True)
class Clean(Generic[T_co]):
    """A value that was understood. `note` is "" or a warning code: `repaired`, `unlisted`, `day_first` ..."""

    value: T_co
    note: str = ""


class Unreadable(ValueError):
    """A value that was not understood: a stable `code` and a `message` for the vendor's engineer.

    Neither ever quotes the value, and neither contains a word that senders search answers for
    (wire contract, section 5), so both may be shown in an answer and in a log.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


def as_text(raw: object) -> str:
    """`raw` as text without blanks around it. Numbers keep their digits, true and false become words.

    Unreadable: `blank`, `not_text` (list, object, null), `nul_character`, `broken_character` (not UTF-8).
    """
    text = raw if type(raw) is str else _to_text(raw)
    if "\x00" in text:
        raise Unreadable("nul_character", "Contains a NUL character.")
    if not text.isascii():
        _refuse_broken(text)
    text = text.strip()
    if not text:
        raise Unreadable("blank", "Is empty.")
    return text


def as_form(raw: object) -> str:
    """`as_text` for values made of plain characters: wide digits, odd dashes, unseen marks become plain.

    Unreadable also with `too_long` above 500 characters.
    """
    text = as_text(raw)
    if len(text) > FORM_LIMIT:
        raise Unreadable("too_long", "Is far too long for this kind of value.")
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", _UNSEEN.sub("", text).translate(_DASHES)).strip()
    if not text:
        raise Unreadable("blank", "Is empty.")
    return text


def drop_unseen(text: str) -> str:
    """`text` without direction overrides, BOMs, zero-width blanks; joiners, which scripts need, stay."""
    return _UNSEEN.sub(lambda mark: mark[0] if mark[0] in "\u200c\u200d" else "", text)


def _to_text(raw: object) -> str:
    if isinstance(raw, str):
        return str(raw)
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, (bytes, bytearray)):
        try:
            return raw.decode()
        except UnicodeDecodeError:
            raise Unreadable("broken_character", "Is not valid UTF-8.") from None
    if isinstance(raw, float):
        return plain_float(raw)
    if isinstance(raw, int):
        try:
            return str(raw)
        except ValueError:  # Python prints no integer above 4,300 digits
            raise Unreadable("too_long", "Is far too long for this kind of value.") from None
    if isinstance(raw, Decimal):
        return f"{raw:f}" if raw.is_finite() and abs(raw.adjusted()) < FORM_LIMIT else "NaN"
    if isinstance(raw, (date, datetime)):
        return raw.isoformat()
    raise Unreadable("not_text", "Give one value here, not a list, an object or null.")


def plain_float(number: float) -> str:
    """A number without exponent: 2145550123.0 is "2145550123", 1e3 is "1000", 0.1 is "0.1"."""
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    return f"{Decimal(repr(number)):f}" if number == number and abs(number) < 1e300 else str(number)


def _refuse_broken(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unreadable("broken_character", "Contains half of a surrogate pair, no character.") from None
