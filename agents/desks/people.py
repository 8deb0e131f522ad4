"""The agent scorecard: what people did, and what became of the leads they have."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from agents.desks.scope import NONE, Scope
from agents.desks.sheets import Entry, Scorecard, Sheet
from agents.figures.promises import Kept, kept_promises
from agents.figures.reading import Activity, Cohort, activity, added, cohorts
from agents.models import Agent
from agents.reports import names
from agents.reports.agent_performance import DID, OWNS, conversations, did_row, owns_row
from agents.reports.periods import Period

_DID_FIGURES: Final = {
    "given": "given", "within_5": "called_300", "first_call": "called", "nine_of_ten": "called", "reached": "reached",
    "dials": "dials", "talks": "talks", "texts": "texts", "emails": "emails", "quoted": "quotes", "policies": "sales",
    "premium": "sales", "kept": "kept", "lapsed": "lapsed",
}  # fmt: skip
_OWNS_FIGURES: Final = {
    "leads": "leads", "attempts": "tried", "dialed": "dialed", "contacted": "contacted", "quoted": "quoted",
    "sold": "sold", "policies": "policies", "premium": "policies", "returned": "returned",
}  # fmt: skip
IN_SHORT: Final = {
    "did": ("given", "within_5", "reached", "dials", "talks", "policies", "premium", "kept", "lapsed"),
    "leads": ("sold",),
}
_WHOLE_NOTE: Final = "Numbers of one person or team lead to their rows."


def teams_of() -> dict[int, int]:
    """By user, the key of the team they are in now (NONE without one)."""
    rows = Agent.objects.values_list("user_id", "team_id")
    return {user: team or NONE for user, team in rows}


def agent_scorecard(
    *, period: Period, team: int | None, now: Any, page_of: Callable[[int], str]
) -> Scorecard:
    """Everybody, or the people of one team (NONE: of no team), in `period` and the days before it.

    `page_of(user)` is the address of an agent's own numbers. Ten queries, whatever there is to count.
    """
    teams = teams_of()

    def is_in(pk: int | None) -> bool:
        return team is None or (pk is not None and teams.get(pk, NONE) == team)

    these, before = (_did(days, now, is_in) for days in (period, period.before))
    owned, owned_before = (_owned(days, is_in) for days in (period, period.before))
    known = names.people({*these, *owned})
    whole = Scope(period, team=team)
    did = [
        Entry(
            name, Scope(period, person=pk), _did_row(these[pk]), _did_row(before.get(pk)),
            page_of(pk) if pk in teams else "",
        )
        for pk, name in known.items() if pk in these and pk is not None
    ]  # fmt: skip
    has = [
        Entry(name, Scope(period, person=pk or NONE), owns_row(owned[pk]), owns_row(owned_before.get(pk, Cohort())))
        for pk, name in known.items() if pk in owned
    ]  # fmt: skip
    sheets = [
        Sheet(
            "did", "What people did", "Agent", DID, _DID_FIGURES, did,
            Entry("All", whole, _did_row(_all(these)), _did_row(_all(before))), "Nobody did anything in these days.",
            _WHOLE_NOTE if team is None else "",
        ),
        Sheet(
            "leads", "What became of the leads bought", "Owner now", OWNS, _OWNS_FIGURES, has,
            Entry(
                "All", whole, owns_row(added(owned.values(), Cohort())),
                owns_row(added(owned_before.values(), Cohort())),
            ),
        ),
    ]  # fmt: skip
    return Scorecard(sheets, conversations((known[pk], each.talks) for pk, (each, _) in these.items()))


_Did = tuple[Activity, Kept]


def _did(period: Period, now: Any, is_in: Callable[[int | None], bool]) -> dict[int, _Did]:
    span: dict[str, Any] = {"first": period.first, "last": period.last}
    did, kept = activity(**span, by="person", outcomes=False), kept_promises(**span, now=now)
    people = (pk for pk in {*did, *kept} if is_in(pk))
    return {pk: (did.get(pk, Activity()), kept.get(pk, Kept())) for pk in people}


def _owned(period: Period, is_in: Callable[[int | None], bool]) -> dict[int | None, Cohort]:
    found = cohorts(first=period.first, last=period.last, by="person")
    return {pk: each for pk, each in found.items() if is_in(pk)}


def _did_row(found: _Did | None) -> Any:
    return did_row(*(found or (Activity(), Kept())))


def _all(found: Mapping[int, _Did]) -> _Did:
    kept = [each for _, each in found.values()]
    whole = Kept(sum(each.promised for each in kept), sum(each.kept for each in kept))
    return added((did for did, _ in found.values()), Activity()), whole
