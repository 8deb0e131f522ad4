"""What came of each line, as files: the results, and the lines that were not taken, to be mended."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from intake.imports.columns import WHY
from intake.imports.lines import lines_of
from intake.models import ImportLine, ImportOutcome, LeadImport, SubmissionState
from leadcrm.lib.spreadsheets import csv_lines

_PAGE: Final = 1_000
HEADER: Final = ("line", "decision", "reasons", "lead", "faults", "post")
_NOT_TAKEN: Final = frozenset({ImportOutcome.REJECTED, ImportOutcome.UNREADABLE, ImportOutcome.CANCELLED})
_WAITS: Final = (SubmissionState.FAILED, SubmissionState.WAITING)


def result_rows(row: LeadImport, *, dry: bool) -> Iterator[ImportLine]:
    """The results in the order of the lines, read in pages; with the submissions as they are now."""
    after = 0
    while True:
        page = row.results.filter(dry=dry, line__gt=after).order_by("line").select_related("submission")
        page = page.only(
            "of", "dry", "line", "outcome", "reasons", "faults", "submission__state", "submission__lead_number",
            "submission__reason",
        )  # fmt: skip
        rows = list(page[:_PAGE])
        yield from rows
        if len(rows) < _PAGE:
            return
        after = rows[-1].line


def decision_of(result: ImportLine) -> str:
    """The decision as it stands now: a post that was held or failed may have been decided since."""
    if result.submission is None:
        return str(result.outcome)
    state = result.submission.state
    return str(ImportOutcome.FAILED) if state in _WAITS else str(state)


def results_csv(row: LeadImport, *, dry: bool) -> Iterator[str]:
    """The result file's lines of text: line, decision, reasons, lead, faults by column, post. Holds no value."""
    yield from csv_lines([HEADER])
    yield from csv_lines(_told(result) for result in result_rows(row, dry=dry))


def _told(result: ImportLine) -> Sequence[Any]:
    post = result.submission
    number = post.lead_number if post else None
    codes = result.reasons or ([post.reason] if post and post.reason else [])
    return (
        result.line, decision_of(result), " ".join(codes), f"A-{number}" if number else "",
        faults_in_words(result), post.pk.hex if post else "",
    )  # fmt: skip


def faults_in_words(result: ImportLine) -> str:
    """“phone: Is no phone number.” for each column."""
    return " | ".join(f"{column}: {words}" if column else words for column, _, words in result.faults)


def untaken_csv(row: LeadImport, *, dry: bool) -> Iterator[str]:
    """The lines that were refused, not read or not gone through, as they came, with why: to be uploaded again.

    Not those of persons who were erased. Holds personal data. Raises sealing.CannotOpen. Nothing is left of a file
    that was forgotten.
    """
    yield from csv_lines([(*row.header, WHY)])
    for block in row.blocks.order_by("number").iterator(chunk_size=20):
        lines = {line.number: line for line in lines_of(block)}
        for result in _untaken(row, lines, dry=dry):
            line = lines[result.line]
            if line.erased:
                continue
            why = faults_in_words(result) or ", ".join(result.reasons) or result.get_outcome_display()
            cells = [*line.cells, *[""] * (len(row.header) - len(line.cells))]
            yield from csv_lines([(*cells, f"Line {result.line}: {why}")])


def _untaken(row: LeadImport, lines: Mapping[int, Any], *, dry: bool) -> list[ImportLine]:
    found = row.results.filter(dry=dry, line__in=list(lines), outcome__in=_NOT_TAKEN)
    return list(found.order_by("line"))
