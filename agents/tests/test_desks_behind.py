"""Every number of the managers' desks leads to a list of exactly the rows that were counted in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from agents.desks.behind import FIGURES, find_figure, rows_behind
from agents.desks.people import agent_scorecard
from agents.desks.scope import NONE, read_scope
from agents.desks.sheets import Entry, Sheet, rows_told
from agents.desks.shown import Lists
from agents.desks.speed import speed_board
from agents.desks.vendors import vendor_scorecard
from agents.figures.update import keep_figures
from agents.models import Policy, Team
from agents.reports.periods import Period
from agents.reports.report import Value
from agents.tests.figures_support import START, Agency, day_of
from intake.models import Lead
from leadcrm.lib.samples import Share
from leadcrm.models import User
from leadcrm.testing.factories import (
    CommunicationFactory,
    ContactAttemptFactory,
    FollowUpFactory,
    LeadEventFactory,
    TeamFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_rows")]
# Amounts: what the rows of the list add up to.
SUMS = {"cost": "price", "credit": "credit", "attempts": "attempts"}
# Figures that no column leads to.
UNTOLD = {
    "promised",
    "assigned_60",
    "assigned_300",
    "assigned_3600",
    "contacted_60",
    "contacted_300",
    "contacted_3600",
}


@dataclass
class Number:
    """A number of a desk that leads somewhere."""

    where: str
    column: str
    value: Value
    url: str

    @property
    def figure(self) -> str:
        return QueryDict(self.url.partition("?")[2])["counted"]

    def rows(self, now: datetime) -> Any:
        query = QueryDict(self.url.partition("?")[2])
        figure = find_figure(query["counted"])
        assert figure is not None
        return rows_behind(figure=figure, scope=read_scope(query), now=now)


def sheets(agency: Agency, period: Period) -> Iterator[tuple[str, Sheet]]:
    """All sheets of all desks, narrowed in every way."""
    for vendor in (None, *{source.vendor_id for source in agency.sources}):
        for sheet in vendor_scorecard(period=period, vendor=vendor, page_of=str).sheets:
            yield f"vendors {vendor}", sheet
    for team in (None, NONE, *Team.objects.values_list("pk", flat=True)):
        for sheet in agent_scorecard(period=period, team=team, now=agency.now, page_of=str).sheets:
            yield f"people {team}", sheet
    for sheet in speed_board(period=period, link=lambda figure, scope: "").sheets:
        yield "speed", sheet


def numbers(agency: Agency, period: Period) -> Iterator[Number]:
    for desk, sheet in sheets(agency, period):
        for entry in (*sheet.entries, *([sheet.total] if sheet.total else [])):
            yield from _numbers(f"{desk}, {sheet.key}, {entry.name}", sheet, entry)


def _numbers(where: str, sheet: Sheet, entry: Entry) -> Iterator[Number]:
    for column, value in zip(sheet.columns, entry.values, strict=True):
        url = Lists(lambda label: True).url(sheet.figures.get(column.key, ""), entry.scope)
        if url and rows_told(value):
            yield Number(where, column.key, value, url)


def told(number: Number) -> Any:
    """What the number says of its rows; None of an average, which their count does not tell."""
    if isinstance(number.value, Share):
        return number.value.part
    return number.value if isinstance(number.value, int) or number.column in (*SUMS, "premium") else None


def counted(number: Number, rows: list[Any]) -> Any:
    """The same, from the rows of the list."""
    if number.column == "premium":
        return sum((_annual(row) for row in rows), Decimal(0))
    if number.column in SUMS:
        return sum((getattr(row, SUMS[number.column]) or 0 for row in rows), 0)
    return len(rows)


def _annual(policy: Policy) -> Decimal:
    return policy.premium * {"monthly": 12, "quarterly": 4, "annual": 1}[policy.mode]


@pytest.fixture
def agency(monkeypatch: pytest.MonkeyPatch) -> Agency:
    """Ten random days, counted."""
    agency = Agency(Random(31))
    agency.agents[0].team = TeamFactory.create()
    agency.agents[0].save(update_fields=["team"])
    agency.live(100)
    for seconds in (40, 200, 1500) * 3:
        call_soon(agency, seconds)
    agency.live(120)
    for number in range(1, 7):
        due = START + timedelta(hours=9 * number)
        done = due + timedelta(minutes=20 * number) if number % 3 else None
        FollowUpFactory.create(owner=agency.agents[number % 2].user, due_at=due, done_at=done)
    keep_figures(now=agency.now)
    monkeypatch.setattr("django.utils.timezone.now", lambda: agency.now)
    return agency


def call_soon(agency: Agency, seconds: int) -> None:
    """A lead that is called, reached, sent a text and quoted so many seconds after it came."""
    agency.buy()
    lead = Lead.objects.latest("pk")
    agency.now += timedelta(seconds=seconds)
    about: dict[str, Any] = {"lead": lead, "at": agency.now}
    ContactAttemptFactory.create(**about, user=lead.owner or agency.boss)
    CommunicationFactory.create(**about, author=lead.owner or agency.boss, outcome="spoke")
    CommunicationFactory.create(**about, author=lead.owner, channel="text", outcome="")
    for _ in range(2):  # back and forth on one day
        LeadEventFactory.create(**about, kind="status", old="contacted", new="quoted", actor=lead.owner)


def test_behind_every_number_stand_exactly_the_rows_it_counts(
    agency: Agency, client: Client, reviewer: User
) -> None:
    client.force_login(reviewer)
    # Days amid the history: what happened the evening before or after would be told at once.
    period = Period(day_of(START) + timedelta(days=1), day_of(agency.now) - timedelta(days=1))
    wrong, opened = [], set()
    for number in numbers(agency, period):
        rows = list(number.rows(agency.now))
        if told(number) is not None and told(number) != counted(number, rows):
            wrong.append(
                f"{number.where}, {number.column}: {number.value}, but {len(rows)} behind {number.url}"
            )
        if number.figure not in opened:
            opened.add(number.figure)
            listed = client.get(number.url).context["cl"]
            assert {row.pk for row in listed.queryset} == {row.pk for row in rows}, number.url
    assert not wrong, "\n".join(wrong)
    assert set(FIGURES) - opened <= UNTOLD | {"emails"}
