"""Phone numbers of the North American Numbering Plan, the only ones an agency here may be sold."""

import re
from dataclasses import dataclass
from typing import Final

from phonenumbers import PhoneNumber, PhoneNumberType, number_type, region_code_for_number

from leadcrm.lib.normalize.base import Clean, Unreadable, as_form

# Who would answer: a person's line. Toll-free, premium, shared cost, pager and voicemail numbers are not one.
_PERSONAL: Final = frozenset(
    {
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
        PhoneNumberType.VOIP,
    }
)
_EXTENSION: Final = re.compile(r"[\s,;(]*(?:extension|extn|ext|x|#)[.:=#\s]*([0-9]{1,7})\)?$", re.IGNORECASE)
_MARKER: Final = re.compile(
    r"(?<=[0-9)\s\-(\[.])[\s\-(\[]*(?:home|work|mobile|cell|h|w|m|c)[\s.)\]]*$", re.IGNORECASE
)
_SPREADSHEET: Final = re.compile(r"(1?[0-9]{10})\.0+")
_PUNCTUATION: Final = str.maketrans("", "", " \t\r\n\f\v().-/,_*'\"[]")


@dataclass(frozen=True, slots=True)
class Phone:
    """A NANP number: `e164` ("+12145550123"), `extension` (digits or ""), `region` (US, CA, JM ...)."""

    e164: str
    extension: str = ""
    region: str = "US"

    @property
    def national(self) -> str:
        """The ten digits, as hashes and do-not-call lists want them."""
        return self.e164[2:]


def phone(raw: object, *, live: bool = True) -> Clean[Phone]:
    """One dialable NANP number. `live=False` (a test post) lets the fictitious 555-0100 to 555-0199 through.

    Canadian and Caribbean numbers are numbers of the plan and stay (`region` says which). The number's plan
    data come from the `phonenumbers` library. Unreadable: `letters`, `wrong_characters`, `several_values`,
    `wrong_length`, `not_nanp`, `unassigned`, `toll_free`, `same_digit`, `fictitious`.
    """
    number, extension = _take_apart(raw.e164 if isinstance(raw, Phone) else raw)
    digits = _ten_digits(number)
    if digits == digits[0] * 10:
        raise Unreadable("same_digit", "Is one digit ten times.")
    region = _region(digits)
    if live and "5550100" <= digits[3:] <= "5550199":
        raise Unreadable("fictitious", "Is a 555-01xx number, which is kept for fiction and tests.")
    if isinstance(raw, Phone):
        extension = raw.extension
    return Clean(Phone("+1" + digits, extension, region))


def _take_apart(raw: object) -> tuple[str, str]:
    """The number proper and its extension; a home/work/mobile/cell marker at the end goes."""
    text = as_form(raw)
    if text[-1].isdecimal() and text.isascii() and not any(letter in text for letter in "xX#tT."):
        return text, ""
    spreadsheet = _SPREADSHEET.fullmatch(text)
    if spreadsheet:
        return spreadsheet[1], ""
    text = _MARKER.sub("", text)
    extension = _EXTENSION.search(text)
    if extension:
        return _MARKER.sub("", text[: extension.start()]), extension[1]
    return text, ""


def _ten_digits(number: str) -> str:
    bare = number.translate(_PUNCTUATION)
    international = bare.startswith("+")
    bare = bare.removeprefix("+")
    if not (bare.isascii() and bare.isdecimal()):
        raise Unreadable(*_why_not_digits(bare))
    if len(bare) == 11 and bare[0] == "1":
        return bare[1:]
    if international or (len(bare) > 10 and bare.startswith(("00", "011"))):
        raise Unreadable("not_nanp", "Is not a number of country code 1.")
    if len(bare) > 16:
        raise Unreadable("several_values", "Holds more than one number.")
    if len(bare) != 10:
        raise Unreadable("wrong_length", "Does not have ten digits.")
    return bare


def _why_not_digits(bare: str) -> tuple[str, str]:
    if sum(character.isdecimal() for character in bare) >= 14:
        return "several_values", "Holds more than one number."
    if any(character.isalpha() for character in bare):
        return "letters", "Contains letters."
    return "wrong_characters", "Contains characters that no phone number has."


def _region(digits: str) -> str:
    candidate = PhoneNumber(country_code=1, national_number=int(digits))
    region = region_code_for_number(candidate)
    kind = number_type(candidate)
    if region is None or kind == PhoneNumberType.UNKNOWN:
        raise Unreadable("unassigned", "Is not a number that is in use in the North American Numbering Plan.")
    if kind not in _PERSONAL:
        raise Unreadable("toll_free", "Is a toll-free, premium or other service number, not a person's line.")
    return str(region)
