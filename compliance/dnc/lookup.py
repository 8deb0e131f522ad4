"""Ask the do-not-call lists: about one number, alone or inside a larger statement, or about a million.

    sql = f"SELECT ..., {probe_sql()} AS dnc"            # with probe_params(digits, states={"TX"})
    answers = read_probe(row.dnc, today=today)           # one Answer per list asked
    worst(answers)                                       # listed before unknown before clear

Listed, clear or unknown: no list, no version, an area code the subscription does not hold are unknown, and a
stale version is flagged whatever it says. What to do about either is the caller's setting.
"""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import connection
from django.utils import timezone

from compliance.dnc.answers import Answer, HeldVersion, Listed, Why, worst
from compliance.dnc.lists import active_lists
from compliance.dnc.numbers import ten_digits
from compliance.dnc.probe import probe_params, probe_sql, read_probe
from compliance.dnc.scrubbing import Scrubbed, scrub
from compliance.models.dnc import DncList

__all__ = [
    "Answer",
    "HeldVersion",
    "Listed",
    "Scrubbed",
    "UnknownListError",
    "Why",
    "active_lists",
    "list_ids",
    "listed",
    "probe_params",
    "probe_sql",
    "read_probe",
    "scrub",
    "worst",
]


class UnknownListError(LookupError):
    """A list code that no list has."""


def list_ids(codes: Iterable[str]) -> list[int]:
    """The ids of lists by their codes. Raises UnknownListError naming the first code that is none."""
    known = dict(DncList.objects.values_list("code", "id"))
    ids = []
    for code in codes:
        if code not in known:
            raise UnknownListError(f"there is no list {code!r}; known: {', '.join(sorted(known)) or 'none'}")
        ids.append(known[code])
    return ids


def listed(
    phone: str, lists: Iterable[str] | None = None, *, on: date | datetime | None = None
) -> tuple[Answer, ...]:
    """What each list says about one number, now or as it was on a day (end of it) or at a moment.

    `phone` in any usual US writing; `lists` by code, None for every active list. A text that is no number
    gets one unknown answer. Raises UnknownListError.
    """
    digits = ten_digits(phone)
    if digits is None:
        return (Answer("", Listed.UNKNOWN, Why.NOT_A_NUMBER),)
    ids = active_lists() if lists is None else list_ids(lists)
    if on is not None:
        (found,) = scrub([digits], lists=ids, on=on)
        return found.answers
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {probe_sql()}", probe_params(digits, lists=ids or None))
        return read_probe(cursor.fetchone()[0], today=timezone.localdate())
