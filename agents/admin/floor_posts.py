"""The floor's last hour: bars by five minutes, and each figure's way into the intake log."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from agents.floor.posts import Hour, Step, last_hour, newest_post
from intake.admin.filters import between
from intake.models import SubmissionState
from leadcrm.lib.charts import Cell, Chart, Group, Table, Value, columns
from leadcrm.lib.clock import time_words

_SERIES: Final = ("Accepted", "Refused")


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of the hour, its share of all posts in per cent, and the posts it counts."""

    words: str
    count: int
    share: int
    url: str
    strong: bool = False


def posts_part(request: HttpRequest) -> dict[str, Any]:
    """What floor_posts.html shows."""
    hour = last_hour(now=timezone.now())
    log = reverse("admin:intake_submission_changelist")
    newest = None if hour.posts else newest_post()
    return {
        "hour": hour,
        "lines": list(_lines(hour, log)),
        "chart": _chart(hour, log),
        "newest_at": newest.received_at if newest else None,
        "waiting": [
            (one, f"{log}?{urlencode({'state__exact': one.state, 'test__exact': 0})}") for one in hour.waiting
        ],
    }


def _lines(hour: Hour, log: str) -> Iterable[Line]:
    def url(**more: str) -> str:
        return _log(log, hour.since, hour.until, **more)

    def share(count: int) -> int:
        return round(100 * count / hour.posts) if hour.posts else 0

    yield Line("Posts", hour.posts, share(hour.posts), url(), strong=True)
    accepted, refused = SubmissionState.ACCEPTED, SubmissionState.REJECTED
    yield Line("Accepted", hour.accepted, share(hour.accepted), url(state__exact=accepted), strong=True)
    yield Line("Refused", hour.refused, share(hour.refused), url(state__exact=refused), strong=True)
    for one in hour.outcomes:
        more = {"reason": one.reason} if one.reason else {}
        yield Line(one.words, one.count, share(one.count), url(state__exact=one.state, **more))


def _log(log: str, since: datetime, until: datetime, **more: str) -> str:
    """The intake log of exactly the live posts of a span."""
    return f"{log}?{urlencode({'received': between(since, until), 'test__exact': 0, **more})}"


def _chart(hour: Hour, log: str) -> Chart:
    return columns(
        key="posts", title="Posts by five minutes", summary=_summary(hour), series=_SERIES, whole=True,
        groups=[_group(step) for step in hour.steps], tick=lambda value: f"{value:.0f}",
        table=Table(
            ("From", *_SERIES, "No decision yet"),
            [(_clock(step.begins_at), _cells(step, hour, log)) for step in reversed(hour.steps)],
        ),
    )  # fmt: skip


def _group(step: Step) -> Group:
    at = _clock(step.begins_at)
    values = [
        Value(step.accepted, f"{step.accepted} accepted from {at}"),
        Value(step.refused, f"{step.refused} refused from {at}"),
    ]
    return Group(at.split()[0], values, unfinished=step.running)


def _cells(step: Step, hour: Hour, log: str) -> list[Cell]:
    until = next((later.begins_at for later in hour.steps if later.begins_at > step.begins_at), hour.until)

    def url(state: str) -> str:
        return _log(log, step.begins_at, until, state__exact=state)

    return [
        Cell(str(step.accepted), url(SubmissionState.ACCEPTED) if step.accepted else ""),
        Cell(str(step.refused), url(SubmissionState.REJECTED) if step.refused else ""),
        Cell(str(step.later)),
    ]


def _summary(hour: Hour) -> str:
    """What the bars say, in words."""
    if not hour.posts:
        return f"No post since {_clock(hour.since)}."
    most = max(hour.steps, key=lambda step: step.posts)
    return (
        f"{hour.posts:,} since {_clock(hour.since)}; most from {_clock(most.begins_at)} on: {most.posts:,} "
        f"within five minutes."
    )


def _clock(at: datetime) -> str:
    return time_words(timezone.localtime(at))
