"""One number through all versions of the lists: since when until when was it listed in the version that was held?"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import zip_longest

from django.db import connection
from django.utils import timezone

from compliance.dnc.answers import HeldVersion, Listed, Why
from compliance.dnc.bitmaps import Flips
from compliance.dnc.history import LOADED
from compliance.dnc.numbers import block_and_line, ten_digits
from compliance.models.dnc import DncDelta, DncList, DncVersion


@dataclass(frozen=True, slots=True)
class Span:
    """What look-ups of one list said about a number while one version was in use, from `since` until before `until`.

    `until` None: it still is. `stale_after_days` as the list is set today.
    """

    list_code: str
    list_name: str
    kind: str
    version_id: int
    number: int
    effective_on: date
    sha256: str
    since: datetime
    until: datetime | None
    state: Listed
    why: Why
    stale_after_days: int | None


def spans_of(phone: str, *, states: Collection[str], since: datetime) -> list[Span]:
    """The spans of every list for all, and of those of `states`; by list, oldest first. Not those over before `since`.

    Exact for versions whose history is kept (five years), else unknown. Four queries, whatever the number of versions.
    """
    digits = ten_digits(phone)
    if digits is None:
        return []
    versions: dict[int, list[DncVersion]] = defaultdict(list)
    for version in DncVersion.objects.filter(state__in=LOADED, finished_at__isnull=False).order_by("number"):
        versions[version.dnc_list_id].append(version)
    lists = DncList.objects.filter(pk__in=versions, state__in=["", *states]).order_by("code")
    bits, flips = _bits_now(digits), _flips(digits)
    found: list[Span] = []
    for each in lists:
        spans = _of_list(each, versions[each.pk], bits.get(each.pk, False), flips, digits)
        found += [span for span in spans if span.until is None or span.until > since]
    return found


def _bits_now(digits: str) -> dict[int, bool]:
    """By list: the number's bit in the version in use."""
    block, line = block_and_line(digits)
    sql = """
        SELECT l.id, get_bit(b.bits, %s) FROM compliance_dnclist l
        JOIN compliance_dncversion v ON v.id = l.current_id
        JOIN compliance_dncblock b ON b.id = v.generation * 1000000 + %s"""
    with connection.cursor() as cursor:
        cursor.execute(sql, [line, block])
        return {key: bool(bit) for key, bit in cursor.fetchall()}


def _flips(digits: str) -> set[int]:
    """The versions in which the number changed sides. Read one by one: an area code's changes may be long."""
    number = int(digits[3:])
    deltas = DncDelta.objects.filter(area_code=int(digits[:3])).values_list("version_id", "flips", "dense")
    return {
        version
        for version, flips, dense in deltas.iterator(chunk_size=50)
        if number in Flips([(bytes(flips), dense)])
    }


def _of_list(
    dnc_list: DncList, versions: list[DncVersion], now: bool, flips: Collection[int], digits: str
) -> Iterator[Span]:
    """From the version in use back to the first: a version's changes lead to the one before."""
    bit, bits = now, {}
    for version in reversed(versions):
        bits[version.pk] = bit
        bit ^= version.pk in flips
    for version, after in zip_longest(versions, versions[1:]):
        yield _span(dnc_list, version, after, bits[version.pk], digits)


def _span(dnc_list: DncList, version: DncVersion, after: DncVersion | None, bit: bool, digits: str) -> Span:
    covered = not dnc_list.by_area_code or version.covers_all or int(digits[:3]) in version.area_codes
    held = HeldVersion(
        dnc_list.pk, dnc_list.code, version.pk if version.history_kept else None, version.effective_on,
        dnc_list.stale_after_days, Why.PLAIN if version.history_kept else Why.HISTORY_NOT_KEPT, dnc_list.kind,
    )  # fmt: skip
    answer = held.answer(bit=bit, covered=covered, today=timezone.localdate())
    assert version.finished_at is not None
    return Span(
        list_code=dnc_list.code, list_name=dnc_list.name, kind=dnc_list.kind, version_id=version.pk,
        number=version.number, effective_on=version.effective_on, sha256=version.sha256, since=version.finished_at,
        until=after.finished_at if after else None, state=answer.state, why=answer.why,
        stale_after_days=dnc_list.stale_after_days,
    )  # fmt: skip
