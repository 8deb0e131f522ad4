"""What a replay comes to: who has how many leads really, by today's rules, and by the changed ones."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from agents.assignment.roster import Roster
from agents.routing.course import Course, course_of
from agents.routing.past import past_leads

# Changed leads that are named, spread over the days; and reasons.
SAMPLE: Final = 100
REASONS: Final = 20
_EVERY: Final = 200

Seen = Callable[[int], None]


@dataclass(slots=True)
class Comparison:
    """Two courses of the same leads, and who had them in earnest."""

    now: Course
    then: Course
    really: dict[int, str] = field(default_factory=dict)
    skipped: int = 0

    def result(self) -> dict[str, Any]:
        """For a row: figures, keys of owners (agents.routing.course), numbers of leads."""
        changed = [lead for lead, key in self.now.fates.items() if self.then.fates[lead] != key]
        return {
            "leads": len(self.really), "skipped": self.skipped, "changed": len(changed), "owners": self._owners(),
            "unassigned": [self._unassigned("", "waits"), self._unassigned("x", "refused")], "reasons": self._reasons(),
            "sample": [
                {"lead": lead, "really": self.really[lead], "now": self.now.fates[lead], "then": self.then.fates[lead],
                 "why": self.then.whys.get(lead, "")}
                for lead in changed[:: max(1, -(-len(changed) // SAMPLE))]
            ],
        }  # fmt: skip

    def _counts(self) -> list[Counter[str]]:
        return [Counter(each.values()) for each in (self.really, self.now.fates, self.then.fates)]

    def _owners(self) -> list[dict[str, Any]]:
        really, now, then = self._counts()
        keys = sorted((really.keys() | now.keys() | then.keys()) - {"", "x"})
        return [{"key": key, "really": really[key], "now": now[key], "then": then[key]} for key in keys]

    def _unassigned(self, key: str, what: str) -> dict[str, Any]:
        really, now, then = self._counts()
        return {"what": what, "really": really[key], "now": now[key], "then": then[key]}

    def _reasons(self) -> list[dict[str, Any]]:
        now, then = (Counter(course.whys.values()) for course in (self.now, self.then))
        whys = sorted(now.keys() | then.keys(), key=lambda why: (-max(now[why], then[why]), why))
        return [{"why": why, "now": now[why], "then": then[why]} for why in whys[:REASONS]]


def compare(
    *, since: datetime, until: datetime, now: Roster, then: Roster, seen: Seen = lambda count: None
) -> dict[str, Any]:
    """Give out the leads from `since` until before `until` (aware) by the rules of `now` and of `then`.

    Both courses begin with even balances and no leads, so that they differ by the rules alone. `seen` is told how many
    leads were gone through, now and then. Reads only; memory holds a few words for each lead. Twice is the same.
    Where `then` is `now` itself there is one course.
    """
    first = course_of(now)
    found = Comparison(first, first if then is now else course_of(then))
    courses = [found.now] if then is now else [found.now, found.then]
    for number, lead in enumerate(past_leads(since=since, until=until, lines=dict(now.lines)), 1):
        if number % _EVERY == 0:
            seen(number)
        if lead is None:
            found.skipped += 1
            continue
        found.really[lead.id] = lead.really
        for course in courses:
            course.give(lead)
    for course in courses:
        course.catch_up(until)
    return found.result()


def difference(row: Mapping[str, int]) -> int:
    """How many more by the changed rules."""
    return row["then"] - row["now"]
