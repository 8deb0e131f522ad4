"""Splitting a person's full name. No word is lost but a form of address such as `Mrs.`"""

from typing import Final

from leadcrm.lib.normalize.base import Clean, Unreadable
from leadcrm.lib.normalize.words import text

_ADDRESS: Final = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr"})
_SUFFIXES: Final = frozenset({"jr", "sr", "ii", "iii", "iv", "md", "phd", "esq"})
_PARTICLES: Final = frozenset({
    "da", "das", "de", "del", "della", "der", "den", "di", "do", "dos", "du", "el", "la", "las", "le", "los",
    "mac", "san", "santa", "st", "ten", "ter", "van", "von",
})  # fmt: skip


def full_name(raw: object) -> Clean[tuple[str, str]]:
    """(first names, last name); the last name is "" for a single word. "Smith, John" is read backwards.

    Particles and suffixes go with the last name: "Mary Ann van der Berg Jr" gives ("Mary Ann",
    "van der Berg Jr").
    """
    cleaned = text(raw, max_length=201)
    head, comma, tail = cleaned.value.partition(",")
    first = _without_address(tail.replace(",", " ").split())
    if comma and head.strip() and first and _bare(tail) not in _SUFFIXES:
        return Clean((" ".join(first), head.strip()), cleaned.note)
    words = _without_address(cleaned.value.replace(",", " ").split())
    if not words:
        raise Unreadable("blank", "Is empty.")
    start = _start_of_last(words)
    return Clean((" ".join(words[:start]), " ".join(words[start:])), cleaned.note)


def _bare(word: str) -> str:
    return word.strip().rstrip(".").replace(".", "").lower()


def _without_address(words: list[str]) -> list[str]:
    while len(words) > 1 and _bare(words[0]) in _ADDRESS:
        words = words[1:]
    return words


def _start_of_last(words: list[str]) -> int:
    """Index of the first word of the last name; at least one word stays for the first names."""
    start = len(words) - 1
    while start > 1 and _bare(words[start]) in _SUFFIXES:
        start -= 1
    while start > 1 and words[start - 1].lower() in _PARTICLES:
        start -= 1
    return max(start, 1)
