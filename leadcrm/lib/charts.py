"""Columns side by side as SVG without a script: where each stands, drawn by components/chart.html.

A chart is never alone: it has a sentence that says the same, and its table. Colours and letters come from charts.css
(classes only: the pages allow no inline style), sizes are attributes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final

WIDTH: Final = 360
HEIGHT: Final = 150
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 4, 8, 20
_STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
_MOST_TICKS: Final = 4
_MOST_LABELS: Final = 7
# Of many narrow places the last one's name would be cut at the edge.
_HALF_LABEL: Final = 20


@dataclass(frozen=True, slots=True)
class Value:
    """One column: `value` None for nothing to show. A whisker from `low` to `high`; `said` for who points at it."""

    value: float | None
    said: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """The columns over one place of the axis, one for each series. `unfinished`: still growing, so drawn paler."""

    label: str
    values: Sequence[Value]
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the chart's table, and where its number leads."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The same in figures: headings, and rows that begin with their name."""

    heads: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell]]]


@dataclass(frozen=True, slots=True)
class Bar:
    """A column in the chart's units; `series` counts from 1. The whisker's ends are None without one."""

    x: float
    y: float
    width: float
    height: float
    series: int
    said: str
    unfinished: bool
    middle: float
    whisker_top: float | None = None
    whisker_bottom: float | None = None
    whisker_cut: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across with what it stands for."""

    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Label:
    """A place of the axis."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """All that components/chart.html draws. `summary` says in words what the picture shows."""

    key: str
    title: str
    summary: str
    series: Sequence[str]
    table: Table
    bars: Sequence[Bar]
    ticks: Sequence[Tick]
    labels: Sequence[Label]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    base: int = HEIGHT - _BOTTOM

    @property
    def is_empty(self) -> bool:
        """True where no column has a value above nothing."""
        return not self.bars


def columns(
    *, key: str, title: str, summary: str, series: Sequence[str], groups: Sequence[Group], table: Table,
    tick: Callable[[float], str], most: float | None = None, whole: bool = False,
) -> Chart:  # fmt: skip
    """A chart of `groups` from left to right. `tick` writes the value of a line; `whole`: no line between integers.

    The scale ends at `most`, else above the highest column; whiskers that reach further are cut there. Every other
    group is labelled, counted from the last; of many so many fewer that names stand beside each other.
    """
    highest = max((value.value or 0 for group in groups for value in group.values), default=0)
    top, step = scale(most or highest, whole=whole)
    base, room = HEIGHT - _BOTTOM, HEIGHT - _BOTTOM - _TOP
    pitch = (WIDTH - _LEFT - _RIGHT) / max(len(groups), 1)

    def y(value: float) -> float:
        return round(base - room * min(value, top) / top, 1)

    bars = [bar for n, group in enumerate(groups) for bar in _bars(group, _LEFT + n * pitch, pitch, y, top)]
    count = round(top / step)
    last, every = len(groups) - 1, max(2, ceil(len(groups) / _MOST_LABELS))
    return Chart(
        key=key, title=title, summary=summary, series=series, table=table, bars=bars,
        ticks=[Tick(y(n * step), tick(n * step)) for n in range(count + 1)],
        labels=[
            Label(round(min(_LEFT + (n + 0.5) * pitch, WIDTH - _HALF_LABEL), 1), group.label)
            for n, group in enumerate(groups) if (last - n) % every == 0
        ],
    )  # fmt: skip


def _bars(group: Group, left: float, pitch: float, y: Callable[[float], float], top: float) -> list[Bar]:
    width = pitch * 0.7 / max(len(group.values), 1)
    found = []
    for n, value in enumerate(group.values):
        if not value.value:
            continue
        x = left + pitch * 0.15 + n * width
        whisker = value.low is not None and value.high is not None
        found.append(
            Bar(
                x=round(x, 1), y=y(value.value), width=max(round(width - 1, 1), 1.5),
                height=round(y(0) - y(value.value), 1), series=n + 1, said=value.said,
                unfinished=group.unfinished, middle=round(x + (width - 1) / 2, 1),
                whisker_top=y(value.high) if whisker and value.high is not None else None,
                whisker_bottom=y(value.low) if whisker and value.low is not None else None,
                whisker_cut=whisker and (value.high or 0) > top,
            )
        )  # fmt: skip
    return found


def scale(highest: float, *, whole: bool = False) -> tuple[float, float]:
    """(end, step) of an axis that holds `highest` in at most four steps of 1, 2, 2.5 or 5 times a power of ten."""
    if highest <= 0:
        return 1.0, 1.0
    power = 10.0 ** floor(log10(highest / _MOST_TICKS))
    steps = [size * power for size in _STEPS]
    wide = [step for step in steps if step * _MOST_TICKS >= highest * (1 - 1e-9)]
    step = next(step for step in [*wide, 10 * steps[-1]] if not whole or step == int(step))
    return ceil(highest / step - 1e-9) * step, step
