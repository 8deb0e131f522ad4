"""CSV that people open in a spreadsheet, which runs a cell that begins like a formula."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any, Final

from django.http import StreamingHttpResponse

# OWASP, “CSV Injection”.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(text: str) -> str:
    """`text`, behind an apostrophe where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def as_meant(text: str) -> str:
    """`text` without the apostrophe that `harmless` put before it: a file of ours that comes back says what it said."""
    return text[1:] if text[:1] == "'" and text[1:].startswith(_FORMULA) else text


def csv_lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """The lines of a CSV file, one for each of `rows`, as they come; words are made harmless, numbers stay."""
    writer: Any = csv.writer(_Line())
    for row in rows:
        yield writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])


def csv_answer(name: str, lines: Iterable[str]) -> StreamingHttpResponse:
    """The answer that a browser keeps as the file `name`, sent line by line as `lines` come."""
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


class _Line:
    """What csv.writer writes to: it keeps nothing and gives the line back."""

    def write(self, line: str) -> str:
        return line
