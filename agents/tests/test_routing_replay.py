"""Past leads given out again in memory: the same road as in earnest, other rules, nothing written."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agents.assignment import assign_waiting
from agents.models import Agent, AssignmentKind, LastLink, Pool, ReplayState, RoutingReplay
from agents.reports.periods import Period
from agents.routing import runs
from agents.routing.changes import Change, What
from agents.routing.outcome import compare
from agents.routing.runs import CannotReplay, ask_replay, forget_replays, replay_due
from agents.tests.arrivals import NOW
from agents.tests.page_suite import INLINE
from agents.tests.routing_support import DAY, LATER, came, texan
from intake.models import Lead, Source
from leadcrm.models import User
from leadcrm.testing.factories import (
    AgentFactory,
    AgentHoursFactory,
    AssignmentFactory,
    LeadFactory,
    PoolFactory,
    RoutingReplayFactory,
    SourceFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> Source:
    return SourceFactory.create(vertical__code="final_expense", vertical__line="life")


@pytest.fixture
def pool() -> Pool:
    return PoolFactory.create(name="Texas", last_link=LastLink.WAIT)


def replayed(*changes: Change, by: User | None = None, days: Sequence[date] = (DAY, DAY)) -> dict[str, Any]:
    row = ask_replay(
        first=days[0],
        last=days[1],
        changes=changes,
        by=by or UserFactory.create(),
        request_id=uuid4(),
        now=LATER,
    )
    assert replay_due(now=LATER)
    row.refresh_from_db()
    assert row.state == ReplayState.DONE, row.error
    assert row.result is not None
    return dict(row.result)


def figures(result: dict[str, Any], column: str) -> dict[str, int]:
    return {row["key"]: row[column] for row in result["owners"] if row[column]}


def key(agent: Agent) -> str:
    return f"a{agent.pk}"


class TestTheSameRules:
    def test_give_every_lead_to_whom_it_really_went_also_known_people_full_agents_and_those_who_waited(
        self, source: Source, pool: Pool
    ) -> None:
        heavy, capped, limited = (
            texan(pool, weight=3),
            texan(pool, daily_cap=2),
            texan(pool, untouched_limit=1),
        )
        night = AgentFactory.create(licenses=["OH:life"], pool=pool)
        AgentHoursFactory.create(agent=night, weekday=1, starts_at="15:00", ends_at="16:00")
        leads = [came(source, minutes, phone=f"+1214555{minutes:04}") for minutes in range(0, 60, 5)]
        theirs = next(lead for lead in leads if lead.owner_id == heavy.user_id)
        again = came(source, 61, phone=theirs.phone)
        waits = came(source, 62, state="OH")
        assert waits.owner_id is None
        assign_waiting(now=NOW.replace(hour=20, minute=15))  # 15:15 in New York
        assert Lead.objects.get(pk=waits.pk).owner_id == night.user_id
        assert again.assignments.get().kind == AssignmentKind.STICKY
        result = replayed()
        assert result["leads"] == 14
        assert figures(result, "really") == figures(result, "now") == figures(result, "then")
        assert set(figures(result, "now")) == {key(each) for each in (heavy, capped, limited, night)}
        assert (result["changed"], result["sample"], result["reasons"]) == (0, [], [])

    def test_a_lead_that_was_not_routed_is_left_out_and_said_so(self, source: Source, pool: Pool) -> None:
        texan(pool)
        came(source, 0)
        AssignmentFactory.create(lead=LeadFactory.create(source=source, received_at=NOW), kind="manual")
        LeadFactory.create(source=source, received_at=NOW)
        result = replayed()
        assert (result["leads"], result["skipped"]) == (1, 2)

    def test_the_same_replay_twice_says_the_same_and_writes_to_no_lead(
        self, source: Source, pool: Pool
    ) -> None:
        [texan(pool, weight=weight) for weight in (1, 2)]
        leads = [came(source, minutes) for minutes in range(9)]
        before = list(Lead.objects.order_by("pk").values())
        change = Change(What.NEWCOMER, Agent.objects.earliest("pk").pk, pool=pool.pk, number=2)
        assert replayed(change) == replayed(change)
        assert list(Lead.objects.order_by("pk").values()) == before
        assert all(lead.assignments.count() == 1 for lead in leads)


class TestOtherRules:
    """Twelve leads of which each of two agents really had six."""

    @pytest.fixture
    def two(self, source: Source, pool: Pool) -> tuple[Agent, Agent]:
        agents = texan(pool), texan(pool)
        for minutes in range(12):
            came(source, minutes)
        return agents

    def test_a_pause_gives_all_to_the_other(self, two: tuple[Agent, Agent]) -> None:
        one, other = two
        result = replayed(Change(What.PAUSES, one.pk))
        assert figures(result, "now") == {key(one): 6, key(other): 6}
        assert figures(result, "then") == {key(other): 12}
        assert result["changed"] == 6
        assert {row["then"] for row in result["sample"]} == {key(other)}

    def test_a_weight_shifts_the_shares(self, two: tuple[Agent, Agent], pool: Pool) -> None:
        one, other = two
        result = replayed(Change(What.WEIGHT, one.pk, pool=pool.pk, number=3))
        assert figures(result, "then") == {key(one): 9, key(other): 3}

    def test_a_cap_leaves_the_rest_to_the_other_and_a_second_cap_to_nobody(
        self, two: tuple[Agent, Agent]
    ) -> None:
        one, other = two
        result = replayed(
            Change(What.DAILY_CAP, one.pk, number=2), Change(What.HOURLY_CAP, other.pk, number=3)
        )
        assert figures(result, "then")[key(one)] == 2
        waits = next(row for row in result["unassigned"] if row["what"] == "waits")
        assert (waits["really"], waits["now"]) == (0, 0)
        # The hours go on after the last lead: three more an hour are tried again until nobody waits.
        assert figures(result, "then")[key(other)] == 10
        assert waits["then"] == 0

    def test_a_double_joins_and_is_named(self, two: tuple[Agent, Agent], pool: Pool) -> None:
        result = replayed(Change(What.NEWCOMER, two[0].pk, pool=pool.pk, number=2))
        assert figures(result, "then") == {key(two[0]): 3, key(two[1]): 3, "a-1": 6}

    def test_leaving_the_pool_and_joining_it_move_the_leads(
        self, two: tuple[Agent, Agent], pool: Pool
    ) -> None:
        third = texan()
        result = replayed(
            Change(What.LEAVES, two[0].pk, pool=pool.pk),
            Change(What.WEIGHT, third.pk, pool=pool.pk, number=1),
        )
        assert figures(result, "then") == {key(two[1]): 6, key(third): 6}

    def test_a_known_person_stays_with_whom_the_replay_gave_the_first_lead(
        self, source: Source, two: tuple[Agent, Agent]
    ) -> None:
        first = came(source, 20, phone="+12145550142")
        second = came(source, 21, phone="+12145550142")
        assert second.assignments.get().kind == AssignmentKind.STICKY
        had = first.assignments.get().agent
        assert had is not None
        other = next(agent for agent in two if agent != had)
        result = replayed(Change(What.PAUSES, had.pk))
        assert figures(result, "then") == {key(other): 14}


def test_a_license_closes_the_gap_and_the_reason_is_told_before_and_after(source: Source, pool: Pool) -> None:
    agent = texan(pool)
    for minutes in range(3):
        came(source, minutes, state="OH")
    result = replayed(Change(What.LICENSE, agent.pk, states=("OH",), line="life"))
    assert result["reasons"] == [{"why": "no license for the state and line", "now": 3, "then": 0}]
    assert figures(result, "then") == {key(agent): 3}
    assert [row["now"] for row in result["sample"]] == ["", "", ""]


def test_what_would_have_been_refused_is_told_apart(source: Source, pool: Pool) -> None:
    agent = texan(pool)
    came(source, 0)
    Pool.objects.update(last_link=LastLink.REFUSE)
    result = replayed(Change(What.PAUSES, agent.pk))
    assert [(row["what"], row["then"]) for row in result["unassigned"]] == [("waits", 0), ("refused", 1)]


def test_only_leads_of_the_days_count_by_the_agencys_midnight(source: Source, pool: Pool) -> None:
    texan(pool)
    midnight = Period(DAY, DAY).begins
    for minutes in (-1, 0):
        came(source, int((midnight - NOW).total_seconds() // 60) + minutes)
    assert replayed()["leads"] == 1


def test_more_leads_cost_no_more_queries(source: Source, pool: Pool) -> None:
    texan(pool, daily_cap=1_000)
    costs = []
    for number in (1, 49):
        for minutes in range(number):
            came(source, minutes)
        replayed()
        with CaptureQueriesContext(connection) as asked:
            replayed()
        costs.append(len(asked))
    assert costs[0] == costs[1]


class TestTheRow:
    @pytest.fixture
    def ask(self, reviewer: User) -> Any:
        def asked(**other: Any) -> RoutingReplay:
            given: dict[str, Any] = {
                "first": DAY, "last": DAY, "changes": (), "by": reviewer, "request_id": uuid4(), "now": LATER, **other,
            }  # fmt: skip
            return ask_replay(**given)

        return asked

    @pytest.mark.parametrize(
        ("other", "words"),
        [
            ({"first": DAY + timedelta(days=1)}, "first day is after the last"),
            ({"first": DAY - timedelta(days=31)}, "31 days at most"),
            ({"first": DAY + timedelta(days=9), "last": DAY + timedelta(days=9)}, "still to come"),
            ({"changes": [Change(What.PAUSES, 999_999)]}, "not there any more"),
        ],
    )
    def test_what_cannot_be_replayed_is_refused_in_words(self, ask: Any, other: Any, words: str) -> None:
        with pytest.raises(CannotReplay, match=words):
            ask(**other)
        assert not RoutingReplay.objects.exists()

    def test_too_many_leads_are_refused_before_anything_is_read(
        self, ask: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(runs, "MOST_LEADS", 1)
        LeadFactory.create_batch(2, received_at=NOW)
        with pytest.raises(CannotReplay, match="choose fewer days"):
            ask()

    def test_a_repeated_request_makes_one_and_another_waits_for_it(self, ask: Any) -> None:
        request_id: UUID = uuid4()
        assert ask(request_id=request_id) == ask(request_id=request_id)
        with pytest.raises(CannotReplay, match="still under way"):
            ask()
        assert RoutingReplay.objects.count() == 1

    def test_a_worker_that_died_is_followed_by_another_and_its_late_answer_is_dropped(
        self, ask: Any, source: Source, pool: Pool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        texan(pool)
        came(source, 0)
        row = ask()

        def while_another_takes_it(**given: Any) -> Any:
            monkeypatch.setattr(runs, "compare", compare)
            assert not replay_due(now=LATER + timedelta(seconds=60))  # the lease holds
            assert replay_due(now=LATER + timedelta(minutes=3))
            return {"leads": -1}

        monkeypatch.setattr(runs, "compare", while_another_takes_it)
        assert replay_due(now=LATER)
        row.refresh_from_db()
        assert (row.state, row.attempts, row.result["leads"]) == (ReplayState.DONE, 2, 1)

    def test_what_breaks_is_tried_three_times_and_then_says_so(
        self, ask: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        row = ask()

        def breaks(**given: Any) -> Any:
            raise RuntimeError("no words of this reach a page")

        monkeypatch.setattr(runs, "compare", breaks)
        for minutes in range(3):
            assert replay_due(now=LATER + timedelta(minutes=minutes))
        assert not replay_due(now=LATER + timedelta(hours=1))
        row.refresh_from_db()
        assert (row.state, row.error, row.due_at) == (ReplayState.FAILED, "RuntimeError", None)

    def test_old_ones_are_forgotten(self) -> None:
        RoutingReplayFactory.create(asked_at=NOW - timedelta(days=91))
        kept = RoutingReplayFactory.create(asked_at=NOW - timedelta(days=89))
        assert forget_replays(now=NOW) == 1
        assert RoutingReplay.objects.get() == kept


class TestThePage:
    @pytest.fixture
    def manager(self, client: Client, reviewer: User) -> Client:
        client.force_login(reviewer)
        return client

    def post(self, client: Client, **fields: Any) -> Any:
        empty = {
            f"c{row}-{name}": ""
            for row in range(6)
            for name in ("agent", "what", "pool", "number", "states", "line")
        }
        days = {"first": DAY.isoformat(), "last": DAY.isoformat(), "request_id": str(uuid4())}
        return client.post(
            reverse("admin:page_routing_replay"),
            {**empty, **days, **{name.replace("_", "-", 1): value for name, value in fields.items()}},
        )

    def test_a_manager_asks_and_reads_who_would_have_had_what(
        self, manager: Client, source: Source, pool: Pool
    ) -> None:
        one, other = texan(pool), texan(pool)
        leads = [came(source, minutes) for minutes in range(4)]
        answer = self.post(manager, c0_agent=one.pk, c0_what="pauses")
        row = RoutingReplay.objects.get()
        assert answer.url == reverse("admin:agents_routingreplay_change", args=[row.pk])
        waiting = manager.get(answer.url).content.decode()
        assert "data-replay-runs" in waiting
        assert not INLINE.findall(waiting)
        assert replay_due(now=row.asked_at)
        page = manager.get(answer.url).content.decode()
        assert "of 4 leads would have gone elsewhere" in page
        assert f"{one} takes no leads" in page
        moved = next(lead for lead in leads if lead.owner_id == one.user_id)
        assert reverse("admin:intake_lead_change", args=[moved.pk]) in page
        assert str(other) in page
        assert not INLINE.findall(page)

    def test_one_under_way_is_stopped_on_its_page_and_days_without_leads_say_so(
        self, manager: Client
    ) -> None:
        row = RoutingReplay.objects.get(pk=self.post(manager).url.split("/")[-3])
        waits = self.post(manager)
        assert (waits.status_code, "open and stop it below" in waits.content.decode()) == (400, True)
        act = reverse("admin:agents_routingreplay_act", args=[row.pk, "stop"])
        page = manager.post(act, follow=True).content.decode()
        assert "Somebody stopped it before it was done." in page
        assert "Somebody stopped it before it was done." in manager.post(act, follow=True).content.decode()
        row = RoutingReplay.objects.get(pk=self.post(manager).url.split("/")[-3])
        assert replay_due(now=row.asked_at)
        page = manager.get(reverse("admin:agents_routingreplay_change", args=[row.pk])).content.decode()
        assert "No lead came in these days." in page

    def test_whoever_may_only_look_at_replays_stops_none(self, client: Client, reviewer: User) -> None:
        row = RoutingReplayFactory.create(
            state=ReplayState.WAITING, due_at=NOW, result=None, finished_at=None
        )
        viewer = UserFactory.create(is_staff=True)
        viewer.user_permissions.add(Permission.objects.get(codename="view_routingreplay"))
        client.force_login(viewer)
        address = reverse("admin:agents_routingreplay_change", args=[row.pk])
        assert "/stop/" not in client.get(address).content.decode()
        client.post(reverse("admin:agents_routingreplay_act", args=[row.pk, "stop"]))
        row.refresh_from_db()
        assert row.state == ReplayState.WAITING

    def test_what_is_missing_is_marked_where_it_stands(self, manager: Client, pool: Pool) -> None:
        agent = texan(pool)
        answer = self.post(
            manager, c0_what="pauses", c1_agent=agent.pk, c2_agent=agent.pk, c2_what="weight",
            c3_agent=agent.pk, c3_what="license", c3_states="TX, QQ", last=(DAY - timedelta(days=1)).isoformat(),
        )  # fmt: skip
        page = answer.content.decode()
        assert answer.status_code == 400
        for words in (
            "Choose the agent.", "Say what would be otherwise", "Choose the pool.", "Say the weight.",
            "QQ: no state that we know", "Choose the line.", "This is before the first day.",
        ):  # fmt: skip
            assert words in page
        assert not RoutingReplay.objects.exists()

    def test_whoever_may_not_view_leads_reads_their_numbers_without_a_link(
        self, client: Client, source: Source, pool: Pool
    ) -> None:
        one, _ = texan(pool), texan(pool)
        lead = came(source, 0)
        row = ask_replay(
            first=DAY, last=DAY, changes=[Change(What.PAUSES, one.pk)], by=UserFactory.create(), request_id=uuid4(),
            now=LATER,
        )  # fmt: skip
        replay_due(now=LATER)
        viewer = UserFactory.create(is_staff=True)
        viewer.user_permissions.add(Permission.objects.get(codename="view_routingreplay"))
        client.force_login(viewer)
        page = client.get(reverse("admin:agents_routingreplay_change", args=[row.pk])).content.decode()
        assert f"A-{lead.pk}" in page
        assert reverse("admin:intake_lead_change", args=[lead.pk]) not in page
        assert client.get(reverse("admin:page_routing_replay")).status_code == 403
