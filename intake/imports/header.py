"""The first line of a file: the names of its columns, or why there is nothing to go by."""

import re
from collections.abc import Sequence
from typing import Final

from intake.canonical import loose
from intake.flatten import MAX_FIELDS, MAX_NAME
from intake.imports.lines import Line
from intake.imports.refusal import FileRefused

# What stands in no column's name: an address, or the digits of a phone number.
_DATA: Final = re.compile(r"\S@\S+\.\S|^\W*(?:\d\W*){7,}$")


def read_header(line: Line) -> list[str]:
    """The names of the columns; one without a name in between is “column 3”. Raises FileRefused."""
    if line.wrong:
        raise FileRefused(f"Line {line.number}: the names of the columns cannot be read. {line.wrong}")
    names = [" ".join(cell.split()) for cell in line.cells]
    while names and not names[-1]:
        names.pop()
    if len(names) > MAX_FIELDS:
        raise FileRefused(f"Line {line.number} names more than {MAX_FIELDS} columns.")
    if len(names) < 2:
        raise FileRefused(f"Line {line.number} names one column only.")
    for place, name in enumerate(names, 1):
        if _DATA.search(name):
            raise FileRefused(
                f"Line {line.number}, column {place} holds data where the column's name should stand: the first "
                "line must name the columns, such as first name, phone, state."
            )
        if len(name) > MAX_NAME:
            raise FileRefused(
                f"Line {line.number}, column {place}: the name is longer than {MAX_NAME} characters."
            )
    names = [name or f"column {place}" for place, name in enumerate(names, 1)]
    _refuse_twice(names, line.number)
    return names


def _refuse_twice(names: Sequence[str], number: int) -> None:
    seen: dict[str, int] = {}
    for place, name in enumerate(names, 1):
        first = seen.setdefault(loose(name), place)
        if first != place:
            raise FileRefused(
                f"Line {number}: columns {first} and {place} are both called “{name}”. Name one of them otherwise."
            )
