"""Who gets a lead: the rotation, people who are known, the chain of pools, and the record of it."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from agents.assignment import RULE, assign_lead, explain_lead, give_turn_back, simulate
from agents.models import Agent, AgentLoad, Assignment, Balance, LastLink, Membership, Pool
from agents.tests.arrivals import NOW, arrive, unsaved_lead
from compliance.routing import KnownPerson
from intake.models import Lead, LeadEvent, Source
from leadcrm.lib.batch import Batch
from leadcrm.lib.config import current_version
from leadcrm.lib.db import round_trips
from leadcrm.testing.factories import (
    AgentFactory,
    LeadFactory,
    MembershipFactory,
    PoolFactory,
    SourceFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def texan(
    pool: Pool | None = None, *, weight: int = 1, licenses: tuple[str, ...] = ("TX:life",), **fields: object
) -> Agent:
    agent: Agent = AgentFactory.create(licenses=list(licenses), **fields)
    if pool:
        MembershipFactory.create(pool=pool, agent=agent, weight=weight)
    return agent


@pytest.fixture
def source() -> Source:
    return SourceFactory.create()


def test_leads_are_shared_by_weight_to_the_lead(source: Source) -> None:
    pool = PoolFactory.create()
    agents = {texan(pool, weight=w): w for w in (1, 2, 3)}
    owners = Counter(arrive(source, now=NOW + timedelta(seconds=n))[0].owner_id for n in range(12))
    assert owners == {agent.user_id: 2 * weight for agent, weight in agents.items()}
    assert set(Balance.objects.values_list("owed", flat=True)) == {0}


def test_the_lead_its_history_and_the_record_say_who_and_why(source: Source) -> None:
    pool = PoolFactory.create(name="Texas")
    agent, outsider = texan(pool), texan(pool, licenses=("OK:life",))
    lead, routed = arrive(source)
    stored = Lead.objects.get(pk=lead.pk)
    assert (stored.owner, stored.assigned_at, stored.unassigned_why) == (agent.user, NOW, "")
    assert (routed.kind, routed.owner_id, routed.refuse, routed.pool_id) == (
        "rotation",
        agent.user_id,
        False,
        pool.pk,
    )
    event = LeadEvent.objects.get(lead=lead)
    assert (event.kind, event.new, event.actor, event.reason) == ("assigned", str(agent), None, routed.why)
    record = Assignment.objects.get(lead=lead)
    assert (record.kind, record.agent, record.pool, record.rule_version) == ("rotation", agent, pool, RULE)
    assert (record.state, record.state_from, record.why) == ("TX", "post", routed.why)
    assert 0 < record.ms < 1000
    assert record.candidates == [
        {"pool": pool.pk, "agent": agent.pk, "weight": 1, "before": 0, "after": 0},
        {"pool": pool.pk, "out": "unlicensed", "agents": [outsider.pk]},
    ]
    assert "Texas" in routed.why
    assert str(agent) in routed.why


def test_the_record_can_be_read_by_people(source: Source) -> None:
    pool = PoolFactory.create(name="Texas")
    agent, other, outsider = texan(pool, weight=2), texan(pool), texan(pool, licenses=("OK:life",))
    lead, _ = arrive(source)
    explained = explain_lead(lead)
    assert explained is not None
    assert [(c.agent, c.pool, c.chosen, c.weight, c.out) for c in explained[1]] == [
        (str(agent), "Texas", True, 2, ""),
        (str(other), "Texas", False, 1, ""),
        (str(outsider), "Texas", False, None, "unlicensed"),
    ]
    assert [c.after for c in explained[1][:2]] == [pytest.approx(-1 / 3), pytest.approx(1 / 3)]
    assert explained[1][2].words == "no license for the state and line"


def test_a_lead_costs_one_round_trip_before_the_final_one(source: Source) -> None:
    pool = PoolFactory.create()
    for _ in range(3):
        texan(pool, daily_cap=50, untouched_limit=50)
    arrive(source)
    lead, version = unsaved_lead(source), current_version()
    with transaction.atomic():
        batch, before = Batch(), round_trips.count
        assign_lead(lead=lead, known=(), config_version=version, now=NOW, batch=batch)
        assert round_trips.count - before == 1
        transaction.set_rollback(True)


def test_a_known_agent_without_limits_costs_no_round_trip_and_no_turn(source: Source) -> None:
    pool = PoolFactory.create()
    theirs = texan()
    for _ in range(2):
        texan(pool)
    earlier = LeadFactory.create(owner=theirs.user)
    version, before = current_version(), round_trips.count
    with transaction.atomic():
        known = [KnownPerson(earlier.pk, theirs.user_id, False)]
        lead = unsaved_lead(source)
        routed = assign_lead(lead=lead, known=known, config_version=version, now=NOW, batch=Batch())
        assert round_trips.count == before
        transaction.set_rollback(True)
    assert (routed.kind, routed.owner_id) == ("sticky", theirs.user_id)


def test_a_person_goes_back_to_their_agent_without_moving_the_rotation(source: Source) -> None:
    pool = PoolFactory.create()
    theirs, other = texan(pool, daily_cap=5), texan(pool)
    arrive(source)
    balances = list(Balance.objects.order_by("agent").values_list("agent", "owed", "last_lead_at"))
    known = [KnownPerson(12, theirs.user_id, True), KnownPerson(11, other.user_id, False)]
    lead, routed = arrive(source, known=known, now=NOW + timedelta(minutes=1))
    assert (routed.kind, lead.owner_id) == ("sticky", theirs.user_id)
    assert "A-12" in routed.why
    assert list(Balance.objects.order_by("agent").values_list("agent", "owed", "last_lead_at")) == balances
    assert sum(AgentLoad.objects.values_list("day_count", flat=True)) == 2


def test_a_known_agent_who_may_not_have_the_lead_is_passed_over_with_the_reason(source: Source) -> None:
    pool = PoolFactory.create()
    gone, full, able = texan(active=False), texan(daily_cap=0), texan(pool)
    known = [KnownPerson(1, gone.user_id, False), KnownPerson(2, full.user_id, False)]
    lead, routed = arrive(source, known=known)
    assert (routed.kind, lead.owner_id) == ("rotation", able.user_id)
    rows = Assignment.objects.get(lead=lead).candidates
    assert [(r["out"], r["agents"]) for r in rows if r["pool"] is None] == [
        ("left", [gone.pk]), ("daily_cap", [full.pk]),
    ]  # fmt: skip


def test_a_dry_run_gives_the_same_answer_and_leaves_no_trace(source: Source) -> None:
    agent = texan(PoolFactory.create())
    lead, batch = unsaved_lead(source), Batch()
    routed = assign_lead(
        lead=lead, known=(), config_version=current_version(), now=NOW, batch=batch, dry_run=True
    )
    assert (routed.kind, routed.owner_id) == ("rotation", agent.user_id)
    assert batch == Batch()
    assert (lead.owner_id, lead.assigned_at) == (None, None)
    assert not Balance.objects.exists()


def test_the_simulator_says_who_would_get_a_lead(source: Source) -> None:
    pool = PoolFactory.create(name="Texas")
    agent, late = texan(pool), texan(pool, receiving=False)
    found = simulate(source=source, zip5="75201", now=NOW)
    assert (found.owner, found.state, found.state_from) == (str(agent), "TX", "zip")
    assert [(c.agent, c.chosen, c.out) for c in found.candidates] == [
        (str(agent), True, ""), (str(late), False, "not_receiving"),
    ]  # fmt: skip
    assert simulate(source=source, phone="+12125550142", now=NOW).state_from == "area_code"
    assert simulate(source=source, now=NOW).routed.refuse
    assert simulate(source=source, state="TX", interest="auto", now=NOW).routed.refuse
    assert not Assignment.objects.exists()


# --- Pools and their chain -----------------------------------------------------------------------------


def test_without_a_fitting_pool_the_lead_is_refused(source: Source) -> None:
    texan()
    PoolFactory.create(active=False, members=[texan()])
    elsewhere = PoolFactory.create(members=[texan()])
    elsewhere.sources.add(SourceFactory.create())
    lead, routed = arrive(source)
    assert (routed.kind, routed.refuse, routed.why) == ("nobody", True, "No pool takes this source")
    assert not Assignment.objects.exists()
    assert lead.owner_id is None


@pytest.mark.parametrize("criterion", ["sources", "vendors", "verticals", "languages"])
def test_a_pool_takes_only_what_fits_its_criteria(source: Source, criterion: str) -> None:
    """The special pool has the better rank, so a lead lands elsewhere only if it does not fit."""
    special, general = PoolFactory.create(rank=1), PoolFactory.create(rank=2)
    both = ("TX:life", "TX:casualty")
    mine, other = texan(special, languages=["es"], licenses=both), texan(general, licenses=both)
    own = {"sources": source, "vendors": source.vendor, "verticals": source.vertical}
    foreign = SourceFactory.create(vertical__code="auto")
    said = {"language": "Spanish"} if criterion == "languages" else {}
    if criterion == "languages":
        special.languages = ["es"]
        special.save()
    else:
        getattr(special, criterion).add(own[criterion])
    assert arrive(source, attributes=said)[0].owner_id == mine.user_id
    assert arrive(foreign)[0].owner_id == other.user_id


def test_who_is_full_passes_the_lead_down_the_chain_even_if_it_runs_in_a_circle(source: Source) -> None:
    first, second, third = PoolFactory.create(rank=1), PoolFactory.create(rank=5), PoolFactory.create(rank=5)
    first.overflow, second.overflow, third.overflow = second, third, first
    for pool in (first, second, third):
        pool.save()
    full, unlicensed, able = texan(first, daily_cap=0), texan(second, licenses=()), texan(third, daily_cap=1)
    lead, routed = arrive(source)
    assert (lead.owner_id, routed.pool_id) == (able.user_id, third.pk)
    assert [(r["pool"], r.get("out"), r.get("agents")) for r in Assignment.objects.get().candidates] == [
        (first.pk, "daily_cap", [full.pk]),
        (second.pk, "unlicensed", [unlicensed.pk]),
        (third.pk, None, None),
    ]
    _, refused = arrive(source)
    assert refused.refuse
    assert "daily limit reached (2), no license for the state and line (1)" in refused.why
    for pool in (first, second, third):
        assert pool.name in refused.why


def test_the_last_pool_of_the_chain_says_what_becomes_of_the_lead(source: Source) -> None:
    manager = UserFactory.create(first_name="Mona", last_name="Manager")
    last = PoolFactory.create(rank=5, last_link=LastLink.PERSON, last_person=manager)
    PoolFactory.create(rank=1, overflow=last, last_link=LastLink.WAIT)
    lead, routed = arrive(source)
    assert (routed.kind, routed.refuse, lead.owner_id) == ("last_link", False, manager.pk)
    assert (Assignment.objects.get().agent, Assignment.objects.get().kind) == (None, "last_link")
    assert "Mona Manager" in routed.why


def test_a_lead_that_nobody_may_take_waits_with_a_reason_a_manager_sees(source: Source) -> None:
    pool = PoolFactory.create(name="Texas", last_link=LastLink.WAIT)
    texan(pool, licenses=())
    texan(pool, receiving=False)
    lead, routed = arrive(source)
    assert (routed.kind, routed.refuse, routed.owner_id) == ("nobody", False, None)
    stored = Lead.objects.get(pk=lead.pk)
    assert stored.unassigned_why == routed.why
    for word in ("Texas", "no license for the state and line (1)", "not receiving leads (1)"):
        assert word in stored.unassigned_why
    assert LeadEvent.objects.get(lead=lead).kind == "unassigned"
    assert Assignment.objects.get(lead=lead).kind == "nobody"


def test_a_named_person_who_may_no_longer_log_in_is_given_nothing(source: Source) -> None:
    gone = UserFactory.create(is_active=False)
    PoolFactory.create(last_link=LastLink.PERSON, last_person=gone)
    lead, routed = arrive(source)
    assert (lead.owner_id, routed.refuse, routed.why.startswith("Nobody is in")) == (None, False, True)


# --- Joining, leaving, coming back ---------------------------------------------------------------------


def owed(pool: Pool) -> dict[int, int]:
    return dict(Balance.objects.filter(pool=pool).values_list("agent", "owed"))


def test_a_newcomer_starts_at_zero(source: Source) -> None:
    pool = PoolFactory.create()
    for _ in range(2):
        texan(pool)
    for n in range(3):
        arrive(source, now=NOW + timedelta(seconds=n))
    newcomer = texan(pool)
    arrive(source, now=NOW + timedelta(seconds=9))
    record = Assignment.objects.latest("pk").candidates
    assert {row["agent"]: row["before"] for row in record}[newcomer.pk] == 0
    assert sum(owed(pool).values()) == 0


@pytest.mark.parametrize("how", ["not receiving", "out of the pool", "login off"])
def test_who_stops_and_comes_back_starts_at_zero_and_balances_still_sum_to_zero(
    source: Source, how: str
) -> None:
    pool = PoolFactory.create()
    agents = [texan(pool), texan(pool), texan(pool)]
    lead, _ = arrive(source)
    away = next(agent for agent in agents if agent.user_id == lead.owner_id)
    assert owed(pool)[away.pk] < 0
    if how == "not receiving":
        Agent.objects.filter(pk=away.pk).update(receiving=False)
    elif how == "login off":
        type(away.user).objects.filter(pk=away.user_id).update(is_active=False)
    else:
        Membership.objects.filter(agent=away).delete()
    arrive(source, now=NOW + timedelta(seconds=1))
    assert owed(pool)[away.pk] == 0
    assert sum(owed(pool).values()) == 0
    Agent.objects.filter(pk=away.pk).update(receiving=True)
    type(away.user).objects.filter(pk=away.user_id).update(is_active=True)
    Membership.objects.get_or_create(agent=away, pool=pool)
    arrive(source, now=NOW + timedelta(seconds=2))
    assert {r["agent"]: r["before"] for r in Assignment.objects.latest("pk").candidates}[away.pk] == 0
    assert sum(owed(pool).values()) == 0


def test_an_agent_who_was_deleted_leaves_the_pool_in_balance(source: Source) -> None:
    pool = PoolFactory.create()
    agents = [texan(pool), texan(pool), texan(pool)]
    lead, _ = arrive(source)
    next(agent for agent in agents if agent.user_id != lead.owner_id).delete()
    arrive(source, now=NOW + timedelta(seconds=1))
    assert sum(owed(pool).values()) == 0


def test_a_returned_lead_gives_the_turn_back(source: Source) -> None:
    pool = PoolFactory.create()
    for _ in range(3):
        texan(pool)
    arrive(source)
    before = owed(pool)
    lead, _ = arrive(source, now=NOW + timedelta(seconds=1))
    assert owed(pool) != before
    assert give_turn_back(Assignment.objects.get(lead=lead))
    assert owed(pool) == before
    sticky, _ = arrive(source, known=[KnownPerson(1, Agent.objects.all()[0].user_id, False)])
    assert not give_turn_back(Assignment.objects.get(lead=sticky))


def test_the_database_refuses_a_debt_of_a_whole_lead() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Balance.objects.create(pool=PoolFactory.create(), agent=AgentFactory.create(), owed=-1_000_000_000)
