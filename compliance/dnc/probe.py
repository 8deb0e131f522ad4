"""The probe: all do-not-call lists asked about one person's numbers, as a part of a larger statement."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from compliance.dnc.answers import Answer, HeldVersion
from compliance.dnc.numbers import block_and_line

# One text value: a JSON array with a row per list asked. The pointer, the version and the bit are read in one
# statement, so a reader sees a list before or after an import, never in between. The bit is a scalar
# sub-select, which leaves the planner no choice but the primary key; where there is no second number its
# sub-select is never run. `national` is reported even if the table is empty: a registry that was never set up must
# not read as clear.
_PROBE = """(SELECT json_agg(asked.said)::text FROM (
  SELECT json_build_array(l.id, l.code, l.kind, v.id, v.effective_on, l.stale_after_days,
    coalesce((SELECT get_bit(b.bits, %(dnc_line)s::int) FROM compliance_dncblock b
              WHERE b.id = v.generation * 1000000 + %(dnc_block)s::int), 0),
    NOT l.by_area_code OR v.covers_all OR %(dnc_block)s::int / 1000 = ANY (v.area_codes),
    CASE WHEN %(dnc_block_2)s::int IS NOT NULL THEN
      coalesce((SELECT get_bit(b.bits, %(dnc_line_2)s::int) FROM compliance_dncblock b
                WHERE b.id = v.generation * 1000000 + %(dnc_block_2)s::int), 0) END,
    NOT l.by_area_code OR v.covers_all OR %(dnc_block_2)s::int / 1000 = ANY (v.area_codes)) AS said
  FROM compliance_dnclist l LEFT JOIN compliance_dncversion v ON v.id = l.current_id
  WHERE CASE WHEN %(dnc_lists)s::bigint[] IS NOT NULL THEN l.id = ANY (%(dnc_lists)s::bigint[])
        ELSE l.active AND (l.state = '' OR l.state = ANY (%(dnc_states)s::text[])) END
  UNION ALL
  SELECT json_build_array(NULL, 'national', 'national', NULL, NULL, NULL, 0, false,
    CASE WHEN %(dnc_block_2)s::int IS NOT NULL THEN 0 END, false)
  WHERE %(dnc_lists)s::bigint[] IS NULL
    AND NOT EXISTS (SELECT 1 FROM compliance_dnclist n WHERE n.code = 'national')
) AS asked)"""


def probe_sql() -> str:
    """A scalar SQL expression (text) with named parameters, for the select list of any statement.

    Its parameters are those of `probe_params`, its value is read by `read_probe`.
    """
    return _PROBE


def probe_params(
    digits: str, *, second: str | None = None, states: Iterable[str] = (), lists: Iterable[int] | None = None
) -> dict[str, Any]:
    """Parameters of `probe_sql` for ten digits (see `numbers.ten_digits`), and the ten of a `second` number.

    Asks the active lists without a state and those of `states` (two-letter codes); with `lists` exactly
    these (ids), active or not.
    """
    block, line = block_and_line(digits)
    block_2, line_2 = block_and_line(second) if second else (None, None)
    return {
        "dnc_block": block,
        "dnc_line": line,
        "dnc_block_2": block_2,
        "dnc_line_2": line_2,
        "dnc_states": sorted(states),
        "dnc_lists": None if lists is None else sorted(lists),
    }


def read_probe(value: str | None, *, today: date) -> tuple[Answer, ...]:
    """The answers in the value of `probe_sql`, by list code, each list's answer about the first number first.

    `today`: agency time, for staleness. Pure.
    """
    answers = (answer for row in json.loads(value or "[]") for answer in _read_row(row, today))
    return tuple(sorted(answers, key=lambda answer: (answer.list_code, answer.phone)))


def _read_row(row: list[Any], today: date) -> Iterator[Answer]:
    list_id, code, kind, version_id, effective, stale_after, bit, covered, bit_2, covered_2 = row
    effective_on = date.fromisoformat(effective) if effective else None
    held = HeldVersion(list_id, code, version_id, effective_on, stale_after, kind=kind)
    yield held.answer(bit=bool(bit), covered=bool(covered), today=today)
    if bit_2 is not None:
        yield held.answer(bit=bool(bit_2), covered=bool(covered_2), today=today, phone=2)
