"""What a trial has found: figures, and the posts it would have decided otherwise."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import msgspec
from django.db.models import Count, Q, QuerySet, Sum

from compliance.models import Effect, LookBackState, Outcome, Trial, TrialLookBack, TrialVerdict
from compliance.models.trials import LIVE, PAST
from leadcrm.lib.pages import Keyset, keyset

PAGE: Final = 50
# With fewer posts the shares of a week are mostly chance.
FEW: Final = 100
# Lines of each table; the list of posts has all.
MOST_LINES: Final = 60
# Worded as the index is.
CHANGED: Final = ~Q(effect=Effect.SAME)
CHANGES: Final = (Effect.REFUSES, Effect.BUYS, Effect.HOLDS)


@dataclass(slots=True)
class Tally:
    """So many posts, and what they cost: for a refusal what would not have been spent, else what would have been."""

    posts: int = 0
    money: Decimal = Decimal(0)

    def add(self, posts: int, money: Decimal) -> None:
        """Count more."""
        self.posts += posts
        self.money += money


@dataclass(slots=True)
class Line:
    """One line of a table: about what, and what the trial would have done with how many posts."""

    about: str
    refuses: Tally = field(default_factory=Tally)
    buys: Tally = field(default_factory=Tally)
    holds: Tally = field(default_factory=Tally)

    def of(self, effect: Effect) -> Tally:
        """The tally of one of CHANGES."""
        found: Tally = getattr(self, effect.value)
        return found

    @property
    def posts(self) -> int:
        """All of them."""
        return self.refuses.posts + self.buys.posts + self.holds.posts


@dataclass(slots=True)
class Figures:
    """What a trial made of the posts of a period. `reasons`, `states`, `sources` (by key): the most first."""

    seen: int = 0
    accepted: int = 0
    rejected: int = 0
    held: int = 0
    total: Line = field(default_factory=lambda: Line(""))
    open: int = 0
    broke: int = 0
    reasons: list[Line] = field(default_factory=list)
    states: list[Line] = field(default_factory=list)
    sources: list[Line] = field(default_factory=list)
    whys: list[tuple[str, int]] = field(default_factory=list)

    @property
    def is_small(self) -> bool:
        """True when there are too few posts to go by."""
        return self.seen < FEW


def figures_of(trial: Trial, look_back: TrialLookBack | None = None) -> Figures:
    """The figures of `trial` since it began, or over the past that `look_back` names. Two queries.

    Those of a closed trial are the ones it was closed with.
    """
    if trial.summary is not None:
        kept = trial.summary.get("past" if look_back else "live")
        return msgspec.convert(kept, Figures) if kept else Figures()
    return _figures(_of(trial, look_back))


def _of(trial: Trial, look_back: TrialLookBack | None) -> QuerySet[TrialVerdict]:
    """Worded as the indexes are."""
    if look_back is not None:
        return TrialVerdict.objects.filter(PAST, look_back=look_back)
    return TrialVerdict.objects.filter(LIVE, trial=trial)


def newest_look_back(trial: Trial) -> TrialLookBack | None:
    """The one whose figures are shown."""
    return TrialLookBack.objects.filter(trial=trial).order_by("-pk").first()


def summary_of(trial: Trial) -> dict[str, Any]:
    """The figures to be kept when `trial` is closed, as JSON."""
    past = newest_look_back(trial)
    done = past is not None and past.state != LookBackState.WAITING
    found = {"live": figures_of(trial), "past": figures_of(trial, past) if past and done else None}
    kept: dict[str, Any] = msgspec.to_builtins(found)
    return kept


def changed_posts(
    trial: Trial, look_back: TrialLookBack | None, *, effect: str = "", after: str = ""
) -> Keyset[TrialVerdict]:
    """A page of posts that the trial would have decided otherwise, cannot tell or broke at; newest first.

    `effect` (Effect) narrows them. Three queries.
    """
    return keyset(_changes(trial, look_back, effect), moment="at", after=after, size=PAGE)


def all_changed_posts(
    trial: Trial, look_back: TrialLookBack | None, *, effect: str = ""
) -> Iterable[TrialVerdict]:
    """All of `changed_posts`, read in pieces as they are asked for."""
    rows = _changes(trial, look_back, effect).order_by("-at", "-pk")
    return rows.iterator(chunk_size=2_000)


def _changes(trial: Trial, look_back: TrialLookBack | None, effect: str) -> QuerySet[TrialVerdict]:
    rows = _of(trial, look_back).filter(CHANGED)
    if effect in Effect.values:
        rows = rows.filter(effect=effect)
    # Not joined: with a join the planner reads and sorts all of them for one page.
    return rows.prefetch_related("source__vendor")


def _figures(rows: QuerySet[TrialVerdict]) -> Figures:
    found = Figures()
    for outcome, effect, posts in (
        rows.order_by().values_list("live_outcome", "effect").annotate(posts=Count("*"))
    ):
        found.seen += posts
        setattr(found, outcome, getattr(found, outcome) + posts)
        if effect in (Effect.OPEN, Effect.BROKE):
            setattr(found, effect, getattr(found, effect) + posts)
    _tell_apart(found, rows)
    return found


def _tell_apart(found: Figures, rows: QuerySet[TrialVerdict]) -> None:
    """The changes by reason, state and source."""
    columns = ("effect", "live_outcome", "code", "field", "live_code", "state", "source", "why")
    tables: tuple[dict[str, Line], ...] = ({}, {}, {})
    whys: dict[str, int] = {}
    changed = rows.filter(CHANGED).order_by().values(*columns)
    for row in changed.annotate(posts=Count("*"), spent=Sum("price")):
        if row["effect"] not in CHANGES:
            whys[row["why"]] = whys.get(row["why"], 0) + row["posts"]
            continue
        effect = Effect(row["effect"])
        found.total.of(effect).add(row["posts"], _money(row))
        keys = (_reason(row), row["state"] or "none posted", str(row["source"]))
        for table, key in zip(tables, keys, strict=True):
            table.setdefault(key, Line(key)).of(effect).add(row["posts"], _money(row))
    found.reasons, found.states, found.sources = (
        sorted(table.values(), key=lambda line: (-line.posts, line.about))[:MOST_LINES] for table in tables
    )
    found.whys = sorted(whys.items(), key=lambda pair: -pair[1])[:MOST_LINES]


def _money(row: Mapping[str, Any]) -> Decimal:
    """What a group of posts would have cost more, or less: a held post has cost nothing yet."""
    spent = row["live_outcome"] == Outcome.ACCEPTED
    money: Decimal = row["spent"]
    return money if spent or row["effect"] == Effect.BUYS else Decimal(0)


def _reason(row: Mapping[str, Any]) -> str:
    """For which the trial refuses, or the live rules did what the trial would not."""
    code = row["code"] or row["live_code"] or "held"
    return f"{code} ({row['field']})" if row["field"] else str(code)
