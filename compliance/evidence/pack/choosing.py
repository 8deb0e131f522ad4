"""How much the report shows: all of what there is little of, the most telling of what there is much of. Pure."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final, TypeVar

from compliance.dnc.spans import Span

T = TypeVar("T")
# A report of thousands of pages is read by nobody and takes minutes; timeline.csv and evidence.json have the rest.
CONTACTS: Final = 100
LEADS: Final = 40
LINES: Final = 300
SENTENCES: Final = 60
NAMED: Final = 8
LEAD: Final = re.compile(r"A-\d+")


def most_telling(
    rows: Sequence[T], most: int, telling: Callable[[T], bool] = lambda _: False
) -> tuple[list[T], str]:
    """At most `most` of `rows` (oldest first), in their order: what is `telling` before the rest, newest before older.

    With a sentence about those left out, empty where none are.
    """
    if len(rows) <= most:
        return list(rows), ""
    by_weight = sorted(range(len(rows)), key=lambda at: (not telling(rows[at]), -at))
    shown = [rows[at] for at in sorted(by_weight[:most])]
    return shown, (
        f"There are {len(rows):,}. {len(shown):,} of them are shown: what speaks against the agency first, then the "
        "newest. All of them are in timeline.csv and evidence.json."
    )


def together(sentences: Sequence[str]) -> list[str]:
    """What is said of several leads (“A-1: ...”) as one sentence, in the place of the first."""
    found: dict[str, list[str]] = {}
    for sentence in sentences:
        lead, _, said = sentence.partition(": ")
        if LEAD.fullmatch(lead):
            found.setdefault(said, []).append(lead)
        else:
            found[sentence] = []
    return [f"{_listed(leads)}: {said}" if leads else said for said, leads in found.items()]


def _listed(leads: Sequence[str]) -> str:
    more = f" and {len(leads) - NAMED:,} more" if len(leads) > NAMED else ""
    return ", ".join(leads[:NAMED]) + more


def joined(spans: Sequence[Span]) -> Iterator[tuple[Span, str]]:
    """Versions that follow one another and said the same of the number as one span, with their numbers in words."""
    for _, group in groupby(spans, key=lambda span: (span.list_code, span.state, span.why)):
        same = list(group)
        first, last = same[0], same[-1]
        words = f"{first.number}, dated {first.effective_on}"
        if first is not last:
            words = f"{first.number} to {last.number}, dated {first.effective_on} to {last.effective_on}"
        yield replace(first, until=last.until), words
