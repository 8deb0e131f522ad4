"""Days of the week as people write them: “Mon-Fri, Sun”."""

import re
from typing import Any, Final

from django import forms

from leadcrm.lib.weekdays import WEEKDAYS

SHORT: Final = tuple(name[:3] for name in WEEKDAYS)


def read_weekdays(text: str) -> list[int]:
    """The days that `text` names, 0 for Monday, each once and in order. Raises ValueError with the odd word."""
    found: set[int] = set()
    for word in re.split(r"[\s,;]+", text.replace("\N{EN DASH}", "-").strip()):
        if word:
            first, _, last = word.partition("-")
            begin, end = _day(first, word), _day(last, word) if last else _day(first, word)
            found |= {day % 7 for day in range(begin, end + (8 if end < begin else 1))}
    return sorted(found)


def write_weekdays(days: list[int]) -> str:
    """The same in words; three and more in a row as a span."""
    spans: list[list[int]] = []
    for day in sorted(days):
        if spans and spans[-1][-1] == day - 1:
            spans[-1].append(day)
        else:
            spans.append([day])
    return ", ".join(
        f"{SHORT[span[0]]}-{SHORT[span[-1]]}" if len(span) > 2 else ", ".join(SHORT[d] for d in span)
        for span in spans
    )


def _day(text: str, word: str) -> int:
    short = text.strip().capitalize()[:3]
    if short not in SHORT or not text.isalpha():
        raise ValueError(word)
    return SHORT.index(short)


class WeekdaysField(forms.CharField):
    """One line of text; a list of numbers in the database."""

    def prepare_value(self, value: Any) -> Any:
        """A stored list as text."""
        return write_weekdays(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Numbers, 0 for Monday."""
        try:
            return read_weekdays(value or "")
        except ValueError as odd:
            raise forms.ValidationError(f"“{odd}” is no day. Write Mon-Fri, or Sat, Sun.") from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compared as lists; what cannot be read is a change."""
        try:
            return bool(sorted(initial or []) != read_weekdays(data or ""))
        except ValueError:
            return True
