"""Routing as managers see it: licenses by state, pools as they stand, and who would get a lead."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from agents.assignment import assign_lead, simulate
from agents.models import Agent, Assignment, Balance, LastLink, Pool
from agents.routing.matrix import LOOKED_AT, Matrix, license_matrix, products
from agents.routing.standing import pools_now
from agents.tests.arrivals import NOW, arrive, unsaved_lead
from agents.tests.page_suite import INLINE
from compliance.dedupe import known_person
from intake.models import Source
from leadcrm.lib.batch import Batch
from leadcrm.lib.config import current_version
from leadcrm.models import User
from leadcrm.roles import give_out_roles
from leadcrm.testing.factories import (
    AgentFactory,
    AgentHoursFactory,
    BalanceFactory,
    LeadFactory,
    LicenseFactory,
    MembershipFactory,
    PoolFactory,
    SourceFactory,
    TeamFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> Source:
    return SourceFactory.create(vertical__code="final_expense", vertical__line="life")


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


def url(page: str) -> str:
    return reverse(f"admin:page_{page}")


def matrix(**narrowed: Any) -> Matrix:
    product = next(each for each in products() if each.code == "final_expense")
    return license_matrix(product=product, now=timezone.now(), **narrowed)


def levels(found: Matrix) -> dict[str, str]:
    return {row.state: row.level for row in found.rows}


def held(days: int | None, *, state: str = "TX", begun: int = 365, line: str = "life", **more: Any) -> Agent:
    today = timezone.localdate()
    return LicenseFactory.create(
        state=state, line=line, effective_on=today - timedelta(days=begun),
        expires_on=None if days is None else today + timedelta(days=days), **more,
    ).agent  # fmt: skip


class TestLicensesByState:
    def test_gaps_that_leads_come_from_stand_first_then_what_hangs_on_one_then_what_ends(
        self, source: Source
    ) -> None:
        for state, number in (("OH", 2), ("NV", 1), ("TX", 3)):
            LeadFactory.create_batch(number, source=source, state=state, received_at=timezone.now())
        LeadFactory.create(source=source, state="OH", received_at=timezone.now() - timedelta(days=31))
        held(None)
        held(None, state="CA"), held(30, state="CA")
        held(None, state="FL"), held(None, state="FL", line="final_expense")
        held(None, state="GA", agent=AgentFactory.create(receiving=False))
        found = matrix()
        assert [row.state for row in found.rows][:6] == ["OH", "NV", "GA", "TX", "CA", "FL"]
        known = levels(found)
        assert [known[state] for state in ("OH", "GA", "TX", "CA", "FL")] == [
            "gap", "asleep", "single", "ending", "good",
        ]  # fmt: skip
        assert [(row.state, row.leads_text) for row in found.of("gap")] == [("OH", "2"), ("NV", "1")]

    @pytest.mark.parametrize(
        ("days", "begun", "kind"),
        [(None, 1, "valid"), (31, 1, "valid"), (30, 1, "ending"), (0, 1, "ending"), (-1, 9, "expired"),
         (90, -3, "not_yet")],
    )  # fmt: skip
    def test_a_license_is_in_force_to_its_last_day_and_red_for_thirty(
        self, source: Source, days: int | None, begun: int, kind: str
    ) -> None:
        agent = held(days, begun=begun)
        row = next(row for row in matrix().rows if row.state == "TX")
        assert row.cells[agent.pk].kind == kind
        assert bool(row.licensed) == (kind in ("valid", "ending"))

    def test_a_renewal_on_file_is_no_end(self, source: Source) -> None:
        agent = held(5)
        held(400, begun=-6, agent=agent)
        row = next(row for row in matrix().rows if row.state == "TX")
        assert row.cells[agent.pk].kind == "valid"
        assert len(row.licensed) == 1

    def test_a_license_for_another_line_or_of_somebody_who_left_closes_no_gap(self, source: Source) -> None:
        held(None, line="health")
        held(None, agent=AgentFactory.create(active=False))
        held(None, agent=AgentFactory.create(user__is_active=False))
        assert levels(matrix())["TX"] == "gap"

    def test_a_team_and_a_pool_narrow_the_agents(self, source: Source) -> None:
        team, pool = TeamFactory.create(), PoolFactory.create()
        mine, other = held(None), held(None)
        Agent.objects.filter(pk=mine.pk).update(team=team)
        MembershipFactory.create(pool=pool, agent=other)
        assert matrix(team=team.pk).agents == [mine]
        assert matrix(pool=pool.pk).agents == [other]

    def test_a_busy_state_is_counted_so_far_and_says_so(
        self, source: Source, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("agents.routing.matrix.LOOKED_AT", 2)
        assert LOOKED_AT > 2
        LeadFactory.create_batch(3, source=source, state="TX", received_at=timezone.now())
        assert next(row for row in matrix().rows if row.state == "TX").leads_text == "2+"

    def test_the_page_names_the_gap_and_leads_to_the_license(self, manager: Client, source: Source) -> None:
        LeadFactory.create(source=source, state="OH", received_at=timezone.now())
        LicenseFactory.create(state="TX", line="life", agent__user__last_name="O'Neil<b>")
        page = manager.get(url("routing"), {"line": "final_expense"}).content.decode()
        assert "<b>Ohio</b>" in page
        assert "state=OH" in page
        assert "/admin/agents/license/" in page
        assert "O&#x27;Neil&lt;b&gt;" in page
        assert not INLINE.findall(page)

    def test_what_cannot_be_read_in_the_address_is_left_out_of_account(
        self, manager: Client, source: Source
    ) -> None:
        answer = manager.get(url("routing"), {"line": "nothing", "team": "x", "pool": "999999"})
        assert answer.status_code == 200

    def test_fifty_agents_cost_the_same_queries_as_one(self, manager: Client, source: Source) -> None:
        pool = PoolFactory.create()
        costs = []
        for number in (1, 49):
            for _ in range(number):
                agent = AgentFactory.create(licenses=["TX:life", "OH:life", "CA:life"])
                MembershipFactory.create(pool=pool, agent=agent)
                BalanceFactory.create(pool=pool, agent=agent)
            pages = (url("routing"), url("routing_pools"))
            [manager.get(page) for page in pages]
            with CaptureQueriesContext(connection) as asked:
                assert [manager.get(page).status_code for page in pages] == [200, 200]
            costs.append(len(asked))
        assert costs[0] == costs[1]


class TestPoolsNow:
    def test_a_pool_says_who_takes_leads_what_each_was_due_and_where_the_rest_goes(
        self, manager: Client, reviewer: User, source: Source
    ) -> None:
        second = PoolFactory.create(name="Everybody", rank=9, last_link=LastLink.CLAIM)
        first = PoolFactory.create(name="Texas", rank=1, overflow=second)
        one, three = (AgentFactory.create(licenses=["TX:life"]) for _ in range(2))
        away = AgentFactory.create(receiving=False)
        for agent, weight in ((one, 1), (three, 3), (away, 5)):
            MembershipFactory.create(pool=first, agent=agent, weight=weight)
        now = timezone.now()
        for n in range(8):
            arrive(source, now=now - timedelta(minutes=30 - n), state="TX")
        texas, everybody = pools_now(user=reviewer, now=now)
        seats = {seat.agent_id: seat for seat in texas.seats}
        assert texas.chain == ["Texas", "Everybody", "open to be claimed"]
        assert [(seats[a.pk].expected, seats[a.pk].given) for a in (one, three, away)] == [
            (0.25, "2"), (0.75, "6"), (None, "0"),
        ]  # fmt: skip
        assert (seats[one.pk].owed, texas.taking, everybody.taking) == ("even", 2, 0)
        page = manager.get(url("routing_pools")).content.decode()
        assert "paused" in page
        assert "75%" in page
        assert not INLINE.findall(page)

    def test_a_teams_leader_sees_weights_of_all_but_the_state_of_the_team_only(self, source: Source) -> None:
        leader = UserFactory.create(is_staff=True)
        pool = PoolFactory.create()
        mine, other = AgentFactory.create(team=TeamFactory.create(leader=leader)), AgentFactory.create()
        for agent in (mine, other):
            MembershipFactory.create(pool=pool, agent=agent)
        (found,) = pools_now(user=leader, now=timezone.now())
        assert {seat.agent_id: seat.now is None for seat in found.seats} == {mine.pk: False, other.pk: True}


def _rotation(pool: Pool, source: Source) -> dict[str, Any]:
    for weight in (1, 2, 3):
        agent = AgentFactory.create(licenses=["TX:life"], daily_cap=2 if weight == 3 else None)
        MembershipFactory.create(pool=pool, agent=agent, weight=weight)
    MembershipFactory.create(pool=pool, agent=AgentFactory.create(receiving=False))
    return {"state": "TX"}


def _by_zip_in_spanish(pool: Pool, source: Source) -> dict[str, Any]:
    for languages in (["es"], []):
        AgentFactory.create(licenses=["TX:life"], pool=pool, languages=languages)
    return {"zip": "75201", "language": "es"}


def _off_hours_then_claim(pool: Pool, source: Source) -> dict[str, Any]:
    agent = AgentFactory.create(licenses=["TX:life"], pool=pool)
    AgentHoursFactory.create(agent=agent, weekday=5)
    pool.last_link = LastLink.CLAIM
    pool.save()
    return {"state": "TX"}


def _refused(pool: Pool, source: Source) -> dict[str, Any]:
    AgentFactory.create(licenses=["OH:life"], pool=pool)
    return {"state": "TX"}


def _down_the_chain_to_a_person(pool: Pool, source: Source) -> dict[str, Any]:
    pool.overflow = PoolFactory.create(rank=200, last_link=LastLink.PERSON, last_person=UserFactory.create())
    pool.save()
    return {"state": "TX"}


def _sticky(pool: Pool, source: Source) -> dict[str, Any]:
    known = AgentFactory.create(licenses=["TX:life"], daily_cap=9)
    AgentFactory.create(licenses=["TX:life"], pool=pool)
    LeadFactory.create(phone="+12145550142", owner=known.user)
    return {"state": "TX", "phone": "+12145550142"}


def _sticky_but_full(pool: Pool, source: Source) -> dict[str, Any]:
    known = AgentFactory.create(licenses=["TX:life"], untouched_limit=1)
    AgentFactory.create(licenses=["TX:life"], pool=pool)
    LeadFactory.create(phone="+12145550142", owner=known.user)
    return {"state": "TX", "phone": "+12145550142"}


CASES = [
    _rotation, _by_zip_in_spanish, _off_hours_then_claim, _refused, _down_the_chain_to_a_person, _sticky,
    _sticky_but_full,
]  # fmt: skip


class TestWhoWouldGetIt:
    @pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__.strip("_"))
    def test_the_simulator_says_what_assignment_then_does(
        self, source: Source, case: Callable[[Pool, Source], dict[str, Any]]
    ) -> None:
        """Five times over, with the same lot: the answer, every candidate, every balance; nothing is written."""
        said = case(PoolFactory.create(name="First", rank=1), source)
        phone = said.get("phone", "")
        known = known_person(phones=[phone]) if phone else ()
        assert bool(known) == bool(phone)
        for _ in range(5):
            before = Assignment.objects.count(), list(Balance.objects.values_list())
            found = simulate(
                source=source, now=NOW, state=said.get("state", ""), zip5=said.get("zip", ""), phone=phone,
                language=said.get("language", ""), known=known, pick=min,
            )  # fmt: skip
            assert (Assignment.objects.count(), list(Balance.objects.values_list())) == before
            lead = unsaved_lead(
                source, state=said.get("state", ""), zip=said.get("zip", ""), interest="final_expense",
                phone=phone or "+12145550177", attributes={"language": said.get("language", "")},
            )  # fmt: skip
            batch = Batch()
            routed = assign_lead(
                lead=lead, known=known, config_version=current_version(), now=NOW, batch=batch, pick=min
            )
            assert found.routed == routed
            if routed.refuse:
                continue
            batch.insert(lead)
            batch.flush()
            record = lead.assignments.get()
            assert (record.kind, record.why, record.candidates) == (
                routed.kind, routed.why[:200], found.route.candidates,
            )  # fmt: skip

    def test_the_page_tells_who_and_why_and_keeps_the_phone_out_of_the_address(
        self, manager: Client, source: Source
    ) -> None:
        owner = AgentFactory.create(licenses=["TX:life"], user__first_name="Ann", user__last_name="Known")
        PoolFactory.create(members=[AgentFactory.create(licenses=["TX:life"])])
        lead = LeadFactory.create(phone="+12145550142", owner=owner.user)
        ask: dict[str, Any] = {"source": source.pk, "state": "TX", "phone": "(214) 555-0142"}
        answer = manager.post(url("routing_simulator"), ask)
        page = answer.content.decode()
        assert "Ann Known would get it" in page
        assert f"already works with this person (A-{lead.pk})" in page
        assert "no-store" in answer["Cache-Control"]
        assert "Ann Known" not in manager.get(url("routing_simulator"), ask).content.decode()
        assert not INLINE.findall(page)
        assert not Assignment.objects.exists()

    def test_everybody_left_out_is_named_with_the_reason_at_the_time_that_was_asked(
        self, manager: Client, source: Source
    ) -> None:
        pool = PoolFactory.create(name="Texas", last_link=LastLink.WAIT)
        agent = AgentFactory.create(licenses=["TX:life"], pool=pool, user__last_name="Weekday")
        AgentHoursFactory.create(agent=agent, weekday=0)
        ask = {"source": source.pk, "zip": "75201", "at": "2026-11-29T10:00"}  # a Sunday
        page = manager.post(url("routing_simulator"), ask).content.decode()
        assert "It would wait without an owner" in page
        assert "outside working hours" in page
        assert "by the ZIP" in page
        monday = manager.post(url("routing_simulator"), {**ask, "at": "2026-11-30T10:00"}).content.decode()
        assert "Weekday would get it" in monday

    def test_a_tie_is_called_one(self, manager: Client, source: Source) -> None:
        PoolFactory.create(members=[AgentFactory.create(licenses=["TX:life"]) for _ in range(2)])
        page = manager.post(url("routing_simulator"), {"source": source.pk, "state": "TX"}).content.decode()
        assert "chance decides" in page

    def test_what_cannot_be_read_is_marked_where_it_stands(self, manager: Client, source: Source) -> None:
        answer = manager.post(url("routing_simulator"), {"zip": "123", "phone": "12", "language": "spanish"})
        page = answer.content.decode()
        assert answer.status_code == 400
        for words in ("A ZIP has five digits", "no phone number we can read", "Two letters", "required"):
            assert words in page


@pytest.mark.parametrize(
    ("page", "needs", "tabs"),
    [
        ("routing", "view_license", 1),
        ("routing_pools", "view_pool", 1),
        ("routing_simulator", "try_routing", 2),
        ("routing_replay", "try_routing", 2),
    ],
)
def test_each_page_is_for_those_with_its_permission(client: Client, page: str, needs: str, tabs: int) -> None:
    user = UserFactory.create(is_staff=True)
    client.force_login(user)
    assert client.get(url(page)).status_code == 403
    user.user_permissions.add(Permission.objects.get(codename=needs))
    answer = client.get(url(page))
    assert answer.status_code == 200
    shown = answer.content.decode().split('aria-label="Routing">')[1].split("</nav>")[0]
    assert shown.count("<a ") == tabs


def test_owners_and_managers_try_routing_and_others_do_not() -> None:
    give_out_roles()
    may = {
        group.name for group in Group.objects.filter(permissions__codename="try_routing")
    }  # fmt: skip
    assert may == {"Owner", "Manager"}


def test_without_an_agent_no_state_is_said_to_have_somebody(manager: Client) -> None:
    text = manager.get(url("routing")).content.decode()
    assert "No agent at work is in this team and pool." in text
    assert "has somebody" not in text
    assert reverse("admin:agents_agent_add") in text
