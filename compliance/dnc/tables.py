"""Scrub a CSV table: its own columns, and what the lists say of each row's number. Streams, keeps a batch."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import TextIO

from compliance.dnc.answers import Answer, Listed, Why, worst
from compliance.dnc.numbers import unreadable_reason
from compliance.dnc.scrubbing import Scrubbed, scrub

ADDED = ("dnc_state", "dnc_list", "dnc_version", "dnc_date", "dnc_reason")


class TableError(ValueError):
    """The table cannot be read. Names line and column, never a value."""


def scrub_table(
    stream: TextIO, *, column: str, lists: Sequence[int] | None = None, on: date | datetime | None = None
) -> Iterator[list[str]]:
    """The header with ADDED, then every row with its answer. `lists` and `on` as in `scrub`.

    Raises TableError.

    Rows are read ahead by a batch, so an error may come after good rows were given out.
    """
    rows = _rows(stream)
    header = next(rows, None)
    if header is None:
        raise TableError("line 1: the file is empty; a header with the column names is needed")
    place = _place(header, column)
    yield [*header, *ADDED]
    ahead: deque[list[str]] = deque()

    def phones() -> Iterator[str]:
        for row in rows:
            ahead.append(row)
            yield row[place]

    for scrubbed in scrub(phones(), lists=lists, on=on):
        yield [*ahead.popleft(), *_cells(scrubbed)]


def _rows(stream: TextIO) -> Iterator[list[str]]:
    """The rows, all as long as the first; empty lines are dropped."""
    reader = csv.reader(stream, strict=True)
    width = None
    try:
        for row in reader:
            if not row:
                continue
            width = width or len(row)
            if len(row) != width:
                raise TableError(f"line {reader.line_num}: {len(row)} columns instead of {width}")
            yield row
    except (csv.Error, UnicodeDecodeError) as error:
        what = "not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)
        raise TableError(f"line {reader.line_num + 1}: {what}") from error


def _place(header: list[str], column: str) -> int:
    names = [name.strip().lower() for name in header]
    taken = [name for name in ADDED if name in names]
    if taken:
        raise TableError(f"line 1: there is a column {taken[0]!r} already; was the file scrubbed before?")
    if names.count(column.strip().lower()) != 1:
        how = "two columns" if column.strip().lower() in names else "no column"
        raise TableError(f"line 1: {how} {column!r}; the columns are: {', '.join(header)}")
    return names.index(column.strip().lower())


def _cells(scrubbed: Scrubbed) -> Sequence[str]:
    if scrubbed.digits is None:
        reason = f"{Why.NOT_A_NUMBER}: {unreadable_reason(scrubbed.phone)}"
        return (Listed.UNKNOWN.value, "", "", "", reason)
    return _told(scrubbed.answers)


# A million rows have but a few different answers.
@lru_cache(maxsize=1024)
def _told(answers: tuple[Answer, ...]) -> tuple[str, ...]:
    if not answers:
        return (Listed.UNKNOWN.value, "", "", "", Why.NO_LIST.value)
    state = worst(answers)
    telling = [answer for answer in answers if answer.state == state]
    return (
        state.value,
        _joined(answer.list_code for answer in telling),
        _joined(str(answer.version_id or "") for answer in telling),
        _joined(str(answer.effective_on or "") for answer in telling),
        "; ".join(filter(None, map(_reason, answers))),
    )


def _joined(values: Iterable[str]) -> str:
    return ";".join(values)


def _reason(answer: Answer) -> str:
    notes = [note for note in (answer.why.value, "stale" if answer.stale else "") if note]
    return f"{answer.list_code}: {', '.join(notes)}" if notes else ""
