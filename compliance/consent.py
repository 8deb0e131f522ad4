"""What a consent wording says and what it leaves out: five points, read from the text by plain rules.

The points are what prior express written consent needs on its face (47 CFR 64.1200(f)(9): the seller, marketing
calls or texts, the technology, no condition of purchase, the number). A rule of words cannot tell good law from bad:
what is found here is a hint to people, or a ground to refuse where a source's consent check says so.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.conf import settings
from django.db.models import TextChoices


class Point(TextChoices):
    """One thing the wording should say."""

    SELLER = "seller", "names the seller"
    MARKETING = "marketing", "agrees to marketing calls or texts"
    AUTOMATED = "automated", "mentions automated or prerecorded technology"
    NO_CONDITION = "no_condition", "says that consent is no condition of purchase"
    PHONE = "phone", "shows the phone number"


@dataclass(frozen=True, slots=True)
class Wording:
    """What was found in one text. `said` in the order of Point; `agency_named` also where another seller was asked."""

    said: tuple[Point, ...]
    agency_named: bool

    @property
    def missing(self) -> tuple[Point, ...]:
        """The points that the text does not make."""
        return tuple(point for point in Point if point not in self.said)

    @property
    def points(self) -> tuple[tuple[Point, bool], ...]:
        """Every point, and whether the text makes it."""
        return tuple((point, point in self.said) for point in Point)


# Some screens of small print. Whoever sends more must not make the front door wait.
LONGEST: Final = 8_000
_AGREES: Final = r"(?:consent|agree|authori[sz]|permission|permit|opt(?:ing)?[ -]?in|request)"
_REACHES: Final = (
    r"(?:call(?:s|ed|ing)?|contact(?:s|ed|ing)?|texts?|texted|text messages?|sms|mms|phone|telephone)"
)
_SELLS: Final = (
    r"(?:(?:tele)?marketing|telemarket\w*|advertis\w*|promotion\w*|solicit\w*|sales|offers?|quotes?|insurance)"
)  # fmt: skip
# After the word of agreement, what is sold and how one is reached stand near each other, whichever is first.
_MARKETING: Final = (
    rf"\b{_AGREES}.{{0,300}}?\b(?:{_REACHES}\b.{{0,120}}?\b{_SELLS}|{_SELLS}\b.{{0,120}}?\b{_REACHES})\b"
)
_AUTOMATED: Final = (
    r"\b(?:auto[ -]?dial\w*|auto(?:matic|mated|matically)\b.{0,60}?(?:dial\w*|system\w*|technolog\w*|call\w*|"
    r"text\w*|equipment|means)|pre[ -]?record\w*|artificial\b.{0,30}?voices?|atds\b|robo ?(?:call|text)\w*)"
)
_NO_CONDITION: Final = (
    r"\b(?:not|no|without|never|nor)\b.{0,60}?\b(?:condition|requir\w*|need\w*|necessary|obligat\w*|ha(?:ve|s) to)"
    r"\b.{0,80}?\b(?:purchas\w*|buy\w*|services?|goods|quotes?|enroll\w*|policy|policies)"
)
_PATTERNS: Final = {
    point: re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for point, pattern in (
        (Point.MARKETING, _MARKETING),
        (Point.AUTOMATED, _AUTOMATED),
        (Point.NO_CONDITION, _NO_CONDITION),
    )
}
_NUMBER: Final = re.compile(r"(?<!\d)(?:\+?1[\s.\-]*)?\(?\d{3}\)?[\s.\-]*\d{3}[\s.\-]*\d{4}(?!\d)")
_NO_DIGIT: Final = re.compile(r"\D")
_WORD: Final = re.compile(r"[^\W_]+")
_LEGAL_FORMS: Final = frozenset({"inc", "llc", "ltd", "corp", "co", "lp", "llp", "pllc", "pc", "the"})


def read_wording(text: str, *, seller: str = "", phone: str = "") -> Wording:
    """What `text` says for a lead of the number `phone` (E.164), sold to `seller` ("" stands for the agency).

    A point counts wherever in the text it stands. A text that only speaks of “the number above” shows no number.
    No more than its first LONGEST characters are read.
    """
    text = text[:LONGEST]
    words = _words(text)
    ours = any(_names(words, name) for name in agency_names())
    said = {point for point, pattern in _PATTERNS.items() if pattern.search(text)}
    if _names(words, seller) if seller.strip() else ours:
        said.add(Point.SELLER)
    if phone and any(_NO_DIGIT.sub("", found)[-10:] == phone[-10:] for found in _NUMBER.findall(text)):
        said.add(Point.PHONE)
    return Wording(tuple(point for point in Point if point in said), ours)


def agency_names() -> tuple[str, ...]:
    """The names by which a wording may name the agency: AGENCY_NAME, AGENCY_ALSO_NAMED."""
    return (settings.AGENCY_NAME, *settings.AGENCY_ALSO_NAMED)


def in_words(points: Iterable[Point]) -> str:
    """The points as part of a sentence: “names the seller; shows the phone number”."""
    return "; ".join(str(point.label) for point in points)


def _names(words: str, name: str) -> bool:
    wanted = _words(name)
    return bool(wanted.strip()) and wanted in words


@lru_cache(maxsize=256)
def _words(text: str) -> str:
    """The words between blanks, with one at each end: “Acme & Sons, LLC” and “ACME and Sons” are one name."""
    found = (word.casefold() for word in _WORD.findall(text.replace("&", " and ")))
    return f" {' '.join(word for word in found if word not in _LEGAL_FORMS)} "
