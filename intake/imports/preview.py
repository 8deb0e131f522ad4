"""What a file says, before anything is done with it: each column as it is understood, its faults in the first lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from intake.field_rules import near_names
from intake.flatten import BodyRefused, flatten
from intake.imports.columns import Column, Plan, plan_of
from intake.imports.lines import Line, lines_of
from intake.imports.terms import file_terms, under_terms
from intake.models import LeadImport, Submission
from intake.post import Post
from intake.sample import in_words
from intake.sources import SourceConfig
from intake.understanding import understand
from leadcrm.lib.ids import uuid7

SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class ColumnSeen:
    """One column: what it means, its first values as sent and as understood, what is wrong in how many lines."""

    column: Column
    values: Sequence[tuple[int, str, str]]  # line, as sent, as understood
    filled: int
    faults: Sequence[tuple[str, str, int]]  # code, words, lines
    near: Sequence[str]


@dataclass(frozen=True, slots=True)
class Preview:
    """A file's first lines as they would be read now; `lines` of them were looked at."""

    columns: Sequence[ColumnSeen]
    lines: int
    wrong: Sequence[tuple[int, str, str]]  # line, column, why it cannot be read


def preview(*, row: LeadImport, source: SourceConfig, config_version: int, now: datetime) -> Preview:
    """Read the first block of an import under the source's rules. Raises sealing.CannotOpen; writes nothing."""
    block = row.blocks.order_by("number").first()
    lines = lines_of(block) if block else []
    plan = plan_of(row, source)
    read = {line.number: _read(line, row, source, plan, config_version, now) for line in lines}
    good = [(line, post) for line in lines if (post := read[line.number]) is not None]
    columns = [_seen(place, column, good, source) for place, column in enumerate(plan.columns)]
    return Preview(
        columns, len(lines), [(line.number, line.column, line.wrong) for line in lines if line.wrong]
    )


def _read(
    line: Line, row: LeadImport, source: SourceConfig, plan: Plan, version: int, now: datetime
) -> Post | None:
    if line.wrong or line.erased:
        return None
    try:
        payload = flatten(plan.payload(line))
    except BodyRefused:
        return None
    submission = Submission(id=uuid7(), source_id=source.id, received_at=now)
    post = understand(
        submission=submission, source=source, payload=payload, config_version=version, now=now, test=False
    )
    return under_terms(post, file_terms(row))


def _seen(place: int, column: Column, lines: Sequence[tuple[Line, Post]], source: SourceConfig) -> ColumnSeen:
    filled = [(line, post) for line, post in lines if place < len(line.cells) and line.cells[place].strip()]
    values = [
        (line.number, in_words(line.cells[place]), _clean(column, post)) for line, post in filled[:SHOWN]
    ]
    counts: dict[tuple[str, str], int] = {}
    for _, post in lines:
        for error in post.errors:
            if column.field and error.field == column.field:
                counts[error.code, error.message] = counts.get((error.code, error.message), 0) + 1
    near = () if column.field or not column.key else near_names(column.name, source)
    return ColumnSeen(column, values, len(filled), [(*fault, n) for fault, n in counts.items()], near)


def _clean(column: Column, post: Post) -> str:
    if column.field == "full_name":
        return f"{post.fields.get('first_name', '')} | {post.fields.get('last_name', '')}"
    value = post.fields.get(column.field, post.attributes.get(column.field))
    return "" if value is None else in_words(value)
