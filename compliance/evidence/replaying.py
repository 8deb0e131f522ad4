"""Both kinds of decision, decided again: one shape for the command and the pages."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from django.db.models import Model, QuerySet

from compliance.calling.replay import replay_contact
from compliance.evidence.replay import replay
from compliance.evidence.replayed import Basis, CheckReplay, Replay
from compliance.models import ContactDecision, Decision


def replay_asked(decision: ContactDecision) -> Replay:
    """A contact decision again (compliance.calling.replay): by the rows of its rules, on the facts it keeps."""
    told = _answer(decision.allowed, tuple(reason["code"] for reason in decision.reasons))
    if not decision.phone:
        return Replay("contact", decision.pk, told, impossible="the person was erased")
    try:
        found = replay_contact(decision)
    except KeyError as missing:
        lacking = f"what it stood on is not kept with it ({missing})"
        return Replay("contact", decision.pk, told, impossible=lacking)
    comes_out = _answer(found.allowed, found.codes)
    lines = (
        CheckReplay("permission", "Rules", told, comes_out, Basis.RECOMPUTED, found.agrees),
        CheckReplay(
            "facts", "What was known of the person", "as recorded", "as recorded", Basis.RECORD, True,
            "it is kept with the decision",
        ),
    )  # fmt: skip
    return Replay(
        "contact", decision.pk, told, comes_out, outcome="yes" if found.allowed else "no", checks=lines,
        differs=found.differs,
    )  # fmt: skip


def _answer(allowed: bool, codes: tuple[str, ...]) -> str:
    return "yes" if allowed else f"no ({', '.join(codes)})"


KINDS: Final[Mapping[str, tuple[type[Model], str, Callable[[Any], Replay]]]] = {
    # Kind: its rows, the column with their moment, how one is decided again.
    "post": (Decision, "decided_at", replay),
    "contact": (ContactDecision, "at", replay_asked),
}


def replay_row(decision: Model) -> Replay:
    """A decision of either kind, again. Raises KeyError for another row."""
    again = {model: again for model, _, again in KINDS.values()}
    return again[type(decision)](decision)


def replay_one(kind: str, decision_id: int) -> Replay | None:
    """The decision of that kind and key, again; None when there is none."""
    model, _, again = KINDS[kind]
    decision = model._default_manager.filter(pk=decision_id).first()
    return None if decision is None else again(decision)


def replay_since(kind: str, since: datetime, *, sample: int | None = None) -> Iterator[Replay]:
    """Every decision of that kind made at `since` (aware) or after, again; with `sample` so many at random."""
    model, moment, again = KINDS[kind]
    rows: QuerySet[Any] = model._default_manager.filter(**{f"{moment}__gte": since})
    rows = rows.order_by("?")[:sample] if sample else rows.order_by("pk")
    for key in list(rows.values_list("pk", flat=True)):
        yield again(model._default_manager.get(pk=key))
