"""Addresses written a hundred times on one page: worked out once, then filled in."""

from functools import lru_cache
from typing import Final

from django.urls import reverse

# Numbers that stand in a pattern until they are replaced; no other part of an address looks like them.
_MARKS: Final = (970_000_000_000_000_001, 970_000_000_000_000_002)


def address(name: str, *numbers: int) -> str:
    """As `reverse(name, args=numbers)` for one or two numbers, many times faster."""
    text = _pattern(name, len(numbers))
    for mark, number in zip(_MARKS, numbers, strict=False):
        text = text.replace(str(mark), str(number))
    return text


@lru_cache(maxsize=64)
def _pattern(name: str, numbers: int) -> str:
    return reverse(name, args=_MARKS[:numbers])
