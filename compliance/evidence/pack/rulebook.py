"""The calling rules of a pack: every row that was used or in force, in full, and which were in force when."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final
from zoneinfo import ZoneInfo

from compliance.calling.hours import window_of
from compliance.calling.rules import card_of
from compliance.calling.zones import EASTERN, zones_of_state
from compliance.evidence.pack.rows import Row, moment_of, plain, scalar
from compliance.models import CallingPolicy, CallingRule, ChecklistRule, EmergencyBan
from compliance.models.calling import FEDERAL, LegalRow

NOTICE: Final = (
    "These rows are what the agency applied, with the source, the date and the confidence recorded for each. They are "
    "not legal advice and no statement of what the law is."
)


@dataclass(frozen=True)
class Rulebook:
    """All rows, and `rules` by key for what is worked out from them."""

    rules: Mapping[int, CallingRule]
    checklist: list[ChecklistRule]
    bans: list[EmergencyBan]
    policies: list[CallingPolicy]

    @property
    def rows(self) -> list[LegalRow | EmergencyBan | CallingPolicy]:
        """Every row there is in it."""
        return [*self.rules.values(), *self.checklist, *self.bans, *self.policies]

    @cached_property
    def plain(self) -> dict[str, list[Row]]:
        """The rows by kind, as they stand in rules.json."""
        return {
            "rules": [plain(row) for row in self.rules.values()],
            "checklist": [plain(row) for row in self.checklist],
            "emergency_bans": [plain(row) for row in self.bans],
            "policies": [plain(row) for row in self.policies],
        }

    def parts(self, moments: Iterable[datetime], states: Iterable[str]) -> Iterator[tuple[str, Any]]:
        """What stands in rules.json: the rows, and for each moment those in force in `states`."""
        states = list(dict.fromkeys((FEDERAL, *states)))
        yield "notice", NOTICE
        for name, rows in self.plain.items():
            yield name, [row.as_json() for row in rows]
        yield "in_force", (self._at(moment, states) for moment in sorted(set(moments)))

    def _at(self, moment: datetime, states: Iterable[str]) -> dict[str, Any]:
        rules = self.in_force(moment, states)
        return {
            "at": scalar(moment),
            "rules": [{"id": rule.pk, "state": rule.state, "version": rule.version} for rule in rules],
        }

    def in_force(self, moment: datetime, states: Iterable[str]) -> list[CallingRule]:
        """The rules of `states` at a moment: made, not retired yet, and effective on that day there."""
        wanted = set(states)
        return [
            rule for rule in self.rules.values() if rule.state in wanted and _stood(rule, moment)
        ]  # fmt: skip

    def windows(self, decision: Row) -> list[dict[str, Any]]:
        """What each rule that a contact decision used left open of that day, on each clock that counted."""
        at = moment_of(decision["at"])
        found = []
        for zone in decision["zones"] or [EASTERN]:
            day = at.astimezone(ZoneInfo(zone)).date()
            for key, version in decision["rules"]:
                rule = self.rules.get(key)
                if rule is not None:
                    found.append({"zone": zone, **_window(rule, version, day)})
        return found


def _window(rule: CallingRule, version: int, day: date) -> dict[str, Any]:
    window = window_of(card_of(rule), day)
    return {
        "rule": rule.pk, "state": rule.state, "version": version, "day": day.isoformat(),
        "opens": window[0].isoformat("minutes") if window else None,
        "closes": window[1].isoformat("minutes") if window else None,
        "attempts": rule.attempts,
    }  # fmt: skip


def _stood(rule: CallingRule, moment: datetime) -> bool:
    zones = zones_of_state(rule.state) or (EASTERN,)
    day = moment.astimezone(ZoneInfo(zones[0])).date()
    held = rule.made_at <= moment and (rule.retired_at is None or moment < rule.retired_at)
    return held and (rule.effective_from or day) <= day <= (rule.effective_to or day)


def read_rulebook(*, states: Iterable[str], decisions: Iterable[Row]) -> Rulebook:
    """The rows of `states`, of all versions, and those the contact decisions name. Four queries."""
    decisions = list(decisions)
    used = {key for decision in decisions for key, _ in decision["rules"]}
    wanted = {FEDERAL, *states, *(state for decision in decisions for state in decision["states"])}
    rules = CallingRule.objects.order_by("state", "version")
    return Rulebook(
        rules={rule.pk: rule for rule in rules if rule.state in wanted or rule.pk in used},
        checklist=list(ChecklistRule.objects.order_by("code", "version")),
        bans=list(EmergencyBan.objects.filter(states__overlap=sorted(wanted)).order_by("pk")),
        policies=list(CallingPolicy.objects.order_by("pk")),
    )
