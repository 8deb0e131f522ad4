"""Ask the lists about many numbers: set-based, in batches, in bounded memory."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db import connection
from django.utils import timezone

from compliance.dnc.answers import Answer, HeldVersion
from compliance.dnc.bitmaps import Flips
from compliance.dnc.history import Past, flips_between, version_held
from compliance.dnc.lists import active_lists
from compliance.dnc.numbers import block_and_line, ten_digits
from compliance.models.dnc import DncVersion

BATCH = 50_000

# A row per list, its bits as one text of 0s and 1s in the order asked: a batch of 50,000 comes back as 50 kB
# per list. Pointer, version and bits are of one snapshot.
_BITS = """
SELECT l.id, l.code, l.kind, l.stale_after_days, l.by_area_code, v.id, v.number, v.effective_on, v.covers_all,
  v.area_codes, string_agg(coalesce((
    SELECT get_bit(b.bits, p.line) FROM compliance_dncblock b WHERE b.id = v.generation * 1000000 + p.block
  ), 0)::text, '' ORDER BY p.place)
FROM compliance_dnclist l
LEFT JOIN compliance_dncversion v ON v.id = l.current_id
CROSS JOIN unnest(%s::int[], %s::int[]) WITH ORDINALITY AS p (block, line, place)
WHERE l.id = ANY (%s::bigint[])
GROUP BY l.id, v.id ORDER BY l.code"""


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """One number's answers, a list each. No US number: `digits` is None and `answers` empty."""

    phone: str
    digits: str | None
    answers: tuple[Answer, ...]


@dataclass(slots=True)
class _Column:
    """One list's answers to a batch, before they are turned around into rows."""

    held: HeldVersion
    bits: str
    areas: frozenset[int] | None
    flips: dict[int, Flips]

    def answer(self, place: int, area: int, number: int, today: date) -> Answer:
        covered = self.areas is None or area in self.areas
        return self.held.answer(bit=self.bit(place, area, number), covered=covered, today=today)

    def bit(self, place: int, area: int, number: int) -> bool:
        """Whether the number is listed."""
        bit = self.bits[place] == "1"
        return bit ^ (number in self.flips.get(area, ())) if self.flips else bit


def scrub(
    phones: Iterable[str],
    *,
    lists: Sequence[int] | None = None,
    on: date | datetime | None = None,
    batch: int = BATCH,
) -> Iterator[Scrubbed]:
    """The answers for each phone, in order; `phones` may be endless, a batch of them is held at a time.

    `lists` are ids (None: every active list); `on` as in `lookup.listed`. Every batch is one statement: each
    answer is true of the version it names, also if an import switches a list between two batches.
    """
    asked = _Asked(active_lists() if lists is None else lists, on)
    numbers = iter(phones)
    while chunk := list(islice(numbers, batch)):
        yield from asked.answers(chunk)


def listed_in(version: DncVersion, digits: Sequence[str]) -> tuple[bool, ...] | None:
    """Whether each number (ten digits) stood on its list in `version`, which may be any that look-ups ever used.

    None where the history behind that version is not kept any more. A statement or two.
    """
    if not version.history_kept or not digits:
        return None
    asked = _Asked([version.dnc_list_id], None)
    asked.past = {version.dnc_list_id: Past(version)}
    (column,) = asked.columns([block_and_line(number) for number in digits])
    return tuple(column.bit(place, int(number[:3]), int(number[3:])) for place, number in enumerate(digits))


class _Asked:
    """The lists and the day of one scrub, with what is worth keeping between batches."""

    def __init__(self, lists: Sequence[int], on: date | datetime | None) -> None:
        self.lists = list(lists)
        self.today = timezone.localdate() if on is None else _day(on)
        self.past: dict[int, Past] | None = None
        self._flips: dict[tuple[int, int], dict[int, Flips]] = {}
        if on is not None:
            self.past = {list_id: version_held(list_id=list_id, on=on) for list_id in self.lists}

    def answers(self, phones: list[str]) -> Iterator[Scrubbed]:
        """The answers for one batch."""
        digits = [ten_digits(phone) for phone in phones]
        keys = [block_and_line(found) for found in digits if found is not None]
        columns = self.columns(keys)
        place = -1
        for phone, found in zip(phones, digits, strict=True):
            if found is None:
                yield Scrubbed(phone, None, ())
                continue
            place += 1
            area, number = int(found[:3]), int(found[3:])
            yield Scrubbed(
                phone, found, tuple(column.answer(place, area, number, self.today) for column in columns)
            )

    def columns(self, keys: list[tuple[int, int]]) -> list[_Column]:
        """One for each list, with the bits of the numbers that `keys` name."""
        if not keys:
            return []
        blocks, lines = zip(*keys, strict=True)
        with connection.cursor() as cursor:
            cursor.execute(_BITS, [list(blocks), list(lines), self.lists])
            rows = cursor.fetchall()
        areas = sorted({block // 1000 for block in blocks})
        return [self._column(row, areas) for row in rows]

    def _column(self, row: tuple[Any, ...], areas: list[int]) -> _Column:
        (
            list_id, code, kind, stale_after, by_area, version_id, number, effective, all_areas, held_areas, bits
        ) = row  # fmt: skip
        if self.past is None or version_id is None:
            held = HeldVersion(list_id, code, version_id, effective, stale_after, kind=kind)
            return _Column(held, bits, _areas(by_area, all_areas, held_areas), {})
        past = self.past[list_id]
        then = past.version
        if then is None:
            return _Column(
                HeldVersion(list_id, code, None, None, stale_after, past.why, kind), bits, None, {}
            )
        held = HeldVersion(list_id, code, then.pk, then.effective_on, stale_after, past.why, kind)
        flips = self._flips_of(list_id, then.number, number, areas)
        return _Column(held, bits, _areas(by_area, then.covers_all, then.area_codes), flips)

    def _flips_of(self, list_id: int, then: int, now: int, areas: list[int]) -> dict[int, Flips]:
        """The way back from the version the bits were read in; an import between batches makes it longer."""
        known = self._flips.setdefault((list_id, now), {})
        missing = [area for area in areas if area not in known]
        if missing and then != now:
            found = flips_between(list_id=list_id, then=then, now=now, areas=missing)
            known.update({area: found.get(area) or Flips(()) for area in missing})
        return known


def _areas(by_area: bool, covers_all: bool | None, held: list[int] | None) -> frozenset[int] | None:
    """The area codes a clear answer is limited to; None: all."""
    return frozenset(held or ()) if by_area and not covers_all else None


def _day(on: date | datetime) -> date:
    if isinstance(on, datetime):
        return timezone.localtime(on).date() if timezone.is_aware(on) else on.date()
    return on
