"""How many parts a text is sent, and paid for, as. Source: 3GPP TS 23.038 (GSM 7-bit alphabet), TS 23.040."""

from dataclasses import dataclass
from typing import Final

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
# Each takes the place of two.
_EXTENDED: Final = frozenset("\f^{}\\[~]|€")
# The longest that Twilio takes (Messages resource, Body).
LONGEST: Final = 1_600


@dataclass(frozen=True, slots=True)
class Segments:
    """`parts`, `plain` (the 7-bit alphabet is enough), `odd`: the first sign for which it is not."""

    parts: int
    plain: bool
    odd: str = ""


def segments(text: str) -> Segments:
    """160 signs in one part or 153 in each of several; 70 and 67 as soon as one sign is outside the alphabet."""
    odd = next((sign for sign in text if sign not in _BASIC and sign not in _EXTENDED), "")
    if odd:
        units, one, many = len(text.encode("utf-16-le")) // 2, 70, 67
    else:
        units, one, many = sum(2 if sign in _EXTENDED else 1 for sign in text), 160, 153
    return Segments(1 if units <= one else -(-units // many), not odd, odd)
