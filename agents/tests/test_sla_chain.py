"""A lead that nobody touches passes the steps of its pool: reminded, handed on, opened to all, told to the manager."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.db.models import Sum
from django.test import Client
from django.urls import reverse

from agents.assignment import assign_waiting
from agents.casework import give_lead, log_communication
from agents.claiming import claim_lead, claimable
from agents.models import (
    Agent,
    AgentLoad,
    Assignment,
    Balance,
    Channel,
    ClaimOffer,
    Direction,
    LastLink,
    Pool,
    SlaAct,
    SlaClock,
    SlaEvent,
)
from agents.sla.mail import send_sla_mails
from agents.sla.sweep import pass_sla_steps
from agents.tasks import pass_steps_of_untouched_leads
from agents.tests.arrivals import NOW, arrive
from compliance.routing import KnownPerson
from intake.models import Lead, LeadEvent, LeadStatus, Source
from leadcrm.celery import app
from leadcrm.models import User
from leadcrm.testing.factories import (
    AgentFactory,
    AgentHoursFactory,
    MembershipFactory,
    PoolFactory,
    SlaStepFactory,
    SourceFactory,
    SuppressionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> Source:
    return SourceFactory.create(vertical__line="life")


@pytest.fixture
def pool() -> Pool:
    return PoolFactory.create(name="Texas", last_link=LastLink.WAIT)


def member(pool: Pool, **fields: object) -> Agent:
    agent: Agent = AgentFactory.create(licenses=["TX:life"], **fields)
    MembershipFactory.create(pool=pool, agent=agent)
    return agent


def steps(pool: Pool, **acts: int) -> None:
    """steps(pool, nudge=3, hand_on=5)"""
    for act, minutes in acts.items():
        SlaStepFactory.create(pool=pool, act=act, after_minutes=minutes)


def later(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def run(*minutes: float) -> list[int]:
    """Sweep at each of these moments, as the periodic task does; how many steps each took."""
    return [pass_sla_steps(now=later(each)) for each in minutes]


def owner_of(lead: Lead) -> User | None:
    return Lead.objects.get(pk=lead.pk).owner


def touch(lead: Lead, now: datetime) -> None:
    log_communication(
        lead=lead, channel=Channel.CALL, direction=Direction.OUT, author=lead.owner, outcome="", body="",
        request_id=uuid4(), now=now,
    )  # fmt: skip


def test_a_pool_without_steps_starts_no_clock(source: Source, pool: Pool) -> None:
    member(pool)
    arrive(source)
    assert not SlaClock.objects.exists()


def test_each_step_is_taken_when_its_minutes_are_up_not_before_and_once(source: Source, pool: Pool) -> None:
    agent = member(pool)
    steps(pool, nudge=1, manager=10)
    lead, _ = arrive(source)
    assert run(0, 0.9, 1, 1.1, 9.9, 10, 11, 60) == [0, 0, 1, 0, 0, 1, 0, 0]
    nudged, told = SlaEvent.objects.order_by("id")
    assert (nudged.kind, nudged.agent, nudged.lapsed) == ("nudge", agent, False)
    assert nudged.what == f"Reminded {agent}: untouched for 1 working minute"
    assert (told.kind, told.what) == ("manager", f"Untouched for 10 working minutes, with {agent}")
    assert owner_of(lead) == agent.user
    assert not SlaClock.objects.exists()


def test_a_touched_lead_loses_its_clock_and_passes_no_step(source: Source, pool: Pool) -> None:
    member(pool)
    steps(pool, nudge=3, hand_on=5)
    lead, _ = arrive(source)
    touch(Lead.objects.get(pk=lead.pk), later(2))
    assert run(3, 6, 60) == [0, 0, 0]
    assert not SlaEvent.objects.exists()
    assert not SlaClock.objects.exists()


@pytest.mark.parametrize("change", ["closed", "erased", "opted_out"])
def test_a_lead_that_nobody_is_to_call_passes_no_step(source: Source, pool: Pool, change: str) -> None:
    member(pool)
    steps(pool, hand_on=5)
    lead, _ = arrive(source)
    match change:
        case "closed":
            Lead.objects.update(status=LeadStatus.LOST)
        case "erased":
            Lead.objects.update(erased_at=NOW, phone="")
        case "opted_out":
            SuppressionFactory.create(phone=lead.phone)
    assert run(6, 60) == [0, 0]
    assert not SlaClock.objects.exists()


def test_it_is_handed_on_to_the_next_agent_with_a_record_and_its_promises(source: Source, pool: Pool) -> None:
    agents = {member(pool).user, member(pool).user}
    steps(pool, hand_on=5)
    lead, _ = arrive(source)
    first = owner_of(lead)
    assert run(5) == [1]
    second = owner_of(lead)
    assert {first, second} == agents
    record = Assignment.objects.first()
    assert record is not None
    assert (record.kind, record.agent and record.agent.user, record.pool) == ("hand_on", second, pool)
    assert record.why.startswith(f"{first} left it untouched for 5 working minutes")
    assert "had_it" in [row.get("out") for row in record.candidates]
    event = LeadEvent.objects.filter(lead=lead).last()
    assert event is not None
    assert (event.kind, event.old, event.new) == ("assigned", str(first), str(second))
    assert AgentLoad.objects.get(agent__user=second).day_count == 1


def test_the_chain_goes_on_where_it_was_and_the_new_owner_gets_all_of_the_time_between(
    source: Source, pool: Pool
) -> None:
    """5 minutes for the first; the second got it late (a sweep was down) and still has 5 until the manager hears."""
    member(pool), member(pool)
    steps(pool, hand_on=5, manager=10)
    arrive(source)
    assert run(8, 12.9, 13) == [1, 0, 1]
    assert SlaEvent.objects.first().what.startswith("Untouched for 10 working minutes")  # type: ignore[union-attr]


def test_nobody_gets_it_twice_and_the_last_one_keeps_it(source: Source, pool: Pool) -> None:
    members = {member(pool).user_id for _ in range(3)}
    steps(pool, hand_on=5)
    for minutes in (10, 15, 20):
        SlaStepFactory.create(pool=pool, act=SlaAct.HAND_ON, after_minutes=minutes)
    lead, _ = arrive(source)
    had = [lead.owner_id]
    for minutes in (5, 10, 15, 20):
        run(minutes)
        had.append(owner_of(lead).pk)  # type: ignore[union-attr]
    assert set(had[:3]) == members
    assert had[2:] == [had[2]] * 3
    kept = SlaEvent.objects.filter(lapsed=False)
    assert kept.count() == 2
    assert "Not handed on: Nobody in Texas may have it: had this lead before" in kept[0].what


def test_a_hand_on_is_a_turn_and_the_balances_still_sum_to_zero(source: Source, pool: Pool) -> None:
    for weight in (1, 3, 2):
        MembershipFactory.create(pool=pool, agent=AgentFactory.create(licenses=["TX:life"]), weight=weight)
    steps(pool, hand_on=5)
    for _ in range(7):
        arrive(source)
    assert sum(run(5)) == 7
    assert Balance.objects.aggregate(total=Sum("owed"))["total"] == 0
    assert all(balance.owed > -1_000_000_000 for balance in Balance.objects.all())
    assert Assignment.objects.filter(kind="hand_on").count() == 7


def test_an_unlicensed_or_paused_colleague_does_not_get_it(source: Source, pool: Pool) -> None:
    first = member(pool)
    steps(pool, hand_on=5)
    lead, _ = arrive(source)
    MembershipFactory.create(pool=pool, agent=AgentFactory.create(licenses=["OK:life"]))
    member(pool, receiving=False)
    run(5)
    assert owner_of(lead) == first.user


def test_it_is_opened_to_all_then_claimed_and_its_chain_begins_anew(source: Source, pool: Pool) -> None:
    first, second = member(pool), member(pool, receiving=False)
    steps(pool, claim_pool=5, manager=20)
    lead, _ = arrive(source)
    assert run(5) == [1]
    stored = Lead.objects.get(pk=lead.pk)
    assert stored.owner is None
    assert stored.unassigned_why == f"Open to be claimed. {first} left it untouched for 5 working minutes"
    assert assign_waiting(now=later(6)) == 0
    claim_lead(offer=claimable(user=second.user, now=later(6)).get(), agent=second, now=later(6))
    assert owner_of(lead) == second.user
    clock = SlaClock.objects.get()
    assert (clock.owner, clock.since, clock.base_minutes, clock.by_hand) == (second.user, later(6), 0, False)
    assert run(10.9, 11) == [0, 1]
    assert ClaimOffer.objects.filter(withdrawn_at=None, claimed_at=None).count() == 1


def test_a_lead_that_nobody_claims_reaches_the_manager(source: Source, pool: Pool) -> None:
    Pool.objects.update(last_link=LastLink.CLAIM)
    steps(pool, claim_pool=5, manager=10)
    arrive(source)
    assert run(5, 10) == [1, 1]
    assert SlaEvent.objects.first().what.endswith("open to be claimed")  # type: ignore[union-attr]


def test_what_a_manager_gave_by_hand_is_reminded_of_but_not_taken_away(
    source: Source, pool: Pool, reviewer: User
) -> None:
    member(pool), member(pool)
    chosen = AgentFactory.create(licenses=["TX:life"])
    steps(pool, nudge=3, hand_on=5, claim_pool=7, manager=10)
    lead, _ = arrive(source)
    given = Lead.objects.get(pk=lead.pk)
    give_lead(lead=given, to_agent=chosen, actor=reviewer, reason="He asked for her", now=later(1))
    assert run(3.9, 4, 6, 8, 11) == [0, 1, 0, 0, 1]
    assert owner_of(lead) == chosen.user


def test_the_clock_stands_outside_the_owners_hours(source: Source, pool: Pool) -> None:
    """It is Tuesday 10:30 in New York. The agent works until 10:32 and again on Wednesday from eleven."""
    agent = member(pool, time_zone="America/New_York")
    AgentHoursFactory.create(agent=agent, weekday=1, starts_at=time(9), ends_at=time(10, 32))
    AgentHoursFactory.create(agent=agent, weekday=2, starts_at=time(11), ends_at=time(17))
    steps(pool, nudge=5)
    arrive(source)
    assert run(5, 60) == [0, 0]
    eleven = datetime(2026, 11, 25, 16, tzinfo=UTC)
    assert pass_sla_steps(now=eleven + timedelta(minutes=2, seconds=59)) == 0
    assert pass_sla_steps(now=eleven + timedelta(minutes=3)) == 1


def test_the_clock_stands_while_the_person_may_not_be_called(source: Source, pool: Pool) -> None:
    """9 PM in Texas has passed: it runs on at 8 AM there."""
    member(pool)
    steps(pool, nudge=5)
    night = datetime(2026, 11, 25, 4, tzinfo=UTC)
    arrive(source, now=night, state="TX", zip="75001")
    assert pass_sla_steps(now=night + timedelta(minutes=30)) == 0
    clock = SlaClock.objects.get()
    assert clock.due_at is not None
    assert clock.due_at > datetime(2026, 11, 25, 14, tzinfo=UTC)
    assert pass_sla_steps(now=clock.due_at - timedelta(seconds=1)) == 0
    assert pass_sla_steps(now=clock.due_at) == 1


def test_changed_steps_and_hours_have_their_effect_within_five_minutes(source: Source, pool: Pool) -> None:
    agent = member(pool)
    steps(pool, nudge=60)
    arrive(source)
    assert run(0) == [0]
    steps(pool, manager=4)
    assert run(4, 5) == [0, 1]
    AgentHoursFactory.create(agent=agent, weekday=2)
    assert run(60, 70) == [0, 0]


def test_the_same_client_again_passes_the_steps_of_the_pool_that_fits(source: Source, pool: Pool) -> None:
    steps(pool, nudge=3)
    agent = member(pool)
    lead, _ = arrive(source)
    again, routed = arrive(source, known=[KnownPerson(lead.pk, agent.user_id, True)])
    assert routed.kind == "sticky"
    assert SlaClock.objects.get(lead=again.pk).pool == pool


def test_an_agent_who_lets_three_leads_in_a_row_lapse_is_paused_and_the_manager_hears_of_it(
    source: Source, pool: Pool
) -> None:
    manager = UserFactory.create(email="manager@example.com")
    Pool.objects.update(sla_person=manager)
    asleep = member(pool)
    steps(pool, claim_pool=5)
    for _ in range(2):
        arrive(source)
    run(5)
    assert Agent.objects.get().receiving
    assert AgentLoad.objects.get().lapses == 2
    arrive(source, now=later(6))
    run(11)
    asleep.refresh_from_db()
    assert (asleep.receiving, asleep.paused_at) == (False, later(11))
    assert asleep.pause_reason == "3 leads in a row left untouched"
    assert AgentLoad.objects.get().lapses == 0
    assert SlaEvent.objects.filter(kind="pause", mail_to=manager).count() == 1
    assert send_sla_mails(now=later(11)) == 1
    assert send_sla_mails(now=later(12)) == 0
    (letter,) = mail.outbox
    assert letter.to == ["manager@example.com"]
    assert f"Paused {asleep}: 3 leads in a row left untouched" in letter.body


def test_a_touch_ends_the_row(source: Source, pool: Pool) -> None:
    member(pool)
    steps(pool, claim_pool=5)
    for _ in range(2):
        arrive(source)
    run(5)
    good, _ = arrive(source, now=later(6))
    touch(Lead.objects.get(pk=good.pk), later(7))
    assert AgentLoad.objects.get().lapses == 0
    arrive(source, now=later(8))
    run(13)
    assert Agent.objects.get().receiving


def test_a_pool_that_pauses_nobody_leaves_everybody_on(source: Source, pool: Pool) -> None:
    Pool.objects.update(pause_after=None)
    member(pool)
    steps(pool, claim_pool=5)
    for _ in range(6):
        arrive(source)
    run(5)
    assert Agent.objects.get().receiving
    assert AgentLoad.objects.get().lapses == 6


def test_the_owner_sees_the_reminder_and_when_the_lead_goes_on(
    source: Source, pool: Pool, travel_to: Callable[[datetime], None], client: Client
) -> None:
    agent = member(pool)
    member(pool, receiving=False)
    steps(pool, nudge=3, hand_on=10)
    lead, _ = arrive(source)
    client.force_login(agent.user, backend="django.contrib.auth.backends.ModelBackend")
    travel_to(later(1))
    assert "Reminder in" in client.get(reverse("lead", args=[lead.pk])).text
    run(3)
    travel_to(later(4))
    page = client.get(reverse("lead", args=[lead.pk])).text
    assert "Call first" in page
    assert "Hand-on in" in page
    assert ">6:00<" in page
    assert "Reminded the owner" in page
    queue = client.get(reverse("queue")).text
    assert "Call first" in queue
    assert ">6:00<" in queue


def test_the_periodic_task_exists_under_the_name_that_celery_is_told(source: Source, pool: Pool) -> None:
    member(pool)
    steps(pool, nudge=1)
    arrive(source)
    job = app.conf.beat_schedule["pass-sla-steps"]
    assert (job["task"], job["schedule"]) == (pass_steps_of_untouched_leads.name, 15.0)
    pass_steps_of_untouched_leads()


def test_a_sweep_asks_few_questions_of_leads_whose_time_has_not_come(
    source: Source, pool: Pool, django_assert_num_queries: Callable[..., object]
) -> None:
    member(pool)
    steps(pool, nudge=30)
    for _ in range(5):
        arrive(source)
    run(0)
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        run(1)
