"""Policies: sold once, changed with their history, nobody else's; told of before they renew."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from agents.casework import RequestIdTaken
from agents.models import Agent, Carrier, FollowUp, FollowUpKind, Policy, PolicyChange
from agents.policies import NumberTaken, StalePolicy, Terms, edit_policy, sell_policy
from agents.renewals import note_renewals
from agents.tests.page_suite import signed_in
from compliance.erasure import erase_person
from compliance.models import BusinessRelationship, RevocationChannel
from compliance.relationships import relationship_in_force
from intake.lifecycle import TransitionNotAllowed
from intake.models import Lead, LeadEvent, LeadStatus
from leadcrm.testing.factories import (
    CarrierFactory,
    FollowUpFactory,
    LeadFactory,
    PolicyFactory,
    SuppressionFactory,
    UserFactory,
)

NOW = datetime(2026, 6, 1, 16, 0, tzinfo=UTC)
CHICAGO = ZoneInfo("America/Chicago")
pytestmark = pytest.mark.django_db


@pytest.fixture
def carrier(db: None) -> Carrier:
    return CarrierFactory.create(name="Example Mutual")


@pytest.fixture
def lead(agent: Agent) -> Lead:
    return LeadFactory.create(owner=agent.user)


def terms(carrier: Carrier, **changes: Any) -> Terms:
    given: dict[str, Any] = {
        "carrier": carrier, "number": "TEST-77", "product": "final_expense", "premium": Decimal("54.20"),
        "mode": "monthly", "status": "issued", "effective_on": date(2026, 7, 1), "renewal_on": None,
    }  # fmt: skip
    return Terms(**{**given, **changes})


def sell(lead: Lead, carrier: Carrier, request_id: Any = None, **changes: Any) -> Policy:
    assert lead.owner
    return sell_policy(
        lead=lead, by=lead.owner, terms=terms(carrier, **changes), request_id=request_id or uuid4(), now=NOW
    )


def test_selling_makes_the_lead_sold_in_the_same_step(lead: Lead, carrier: Carrier) -> None:
    trying = FollowUpFactory.create(lead=lead, kind=FollowUpKind.CADENCE)
    policy = sell(lead, carrier)

    trying.refresh_from_db()
    assert (lead.status, policy.sold_by, policy.sold_at) == (LeadStatus.SOLD, lead.owner, NOW)
    assert LeadEvent.objects.get(lead=lead).reason == "Policy: Example Mutual"
    assert trying.done_at == NOW


def test_the_same_request_sells_once_and_belongs_to_its_lead(lead: Lead, carrier: Carrier) -> None:
    request_id = uuid4()

    assert sell(lead, carrier, request_id) == sell(lead, carrier, request_id)
    with pytest.raises(RequestIdTaken):
        sell(LeadFactory.create(owner=lead.owner), carrier, request_id)
    assert (Policy.objects.count(), PolicyChange.objects.count(), LeadEvent.objects.count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_of_two_clicks_at_once_one_sells(shipped_rows: None, lead: Lead, carrier: Carrier) -> None:
    request_id, ready = uuid4(), Barrier(2)

    def click() -> int:
        try:
            ready.wait()
            return sell(Lead.objects.select_related("owner").get(pk=lead.pk), carrier, request_id).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(click), pool.submit(click)
        assert first.result() == second.result()
    assert (Policy.objects.count(), LeadEvent.objects.count()) == (1, 1)


def test_a_carriers_number_stands_once_unless_it_was_cancelled(lead: Lead, carrier: Carrier) -> None:
    first = sell(lead, carrier, number="Test 77")
    with pytest.raises(NumberTaken):
        sell(lead, carrier, number="  test   77 ")
    sell(lead, CarrierFactory.create(), number="TEST 77")
    Policy.objects.filter(pk=first.pk).update(status="cancelled")
    sell(lead, carrier, number="TEST 77")

    assert Policy.objects.filter(number__iexact="test 77").count() == 3


def test_applications_without_a_number_do_not_collide(lead: Lead, carrier: Carrier) -> None:
    sell(lead, carrier, number="", status="applied")
    sell(lead, carrier, number="", status="applied")
    assert Policy.objects.count() == 2


def test_a_declined_application_sells_nothing(lead: Lead, carrier: Carrier) -> None:
    sell(lead, carrier, number="", status="declined")
    assert lead.status == LeadStatus.NEW


def test_a_declined_application_that_is_taken_after_all_sells(lead: Lead, carrier: Carrier) -> None:
    policy = sell(lead, carrier, status="declined")
    next_try = FollowUpFactory.create(lead=lead, owner=lead.owner, kind=FollowUpKind.CADENCE)
    given: dict[str, Any] = {"by": lead.owner, "terms": terms(carrier), "now": NOW}
    assert edit_policy(policy=policy, seen=policy.version, request_id=uuid4(), **given) == ["status"]
    lead.refresh_from_db()
    next_try.refresh_from_db()
    assert (lead.status, next_try.done_at) == (LeadStatus.SOLD, NOW)


def test_a_declined_application_on_a_returned_lead_stays_declined(lead: Lead, carrier: Carrier) -> None:
    policy = sell(lead, carrier, status="declined")
    Lead.objects.filter(pk=lead.pk).update(status=LeadStatus.RETURNED)
    given: dict[str, Any] = {"by": lead.owner, "terms": terms(carrier), "now": NOW}
    with pytest.raises(TransitionNotAllowed):
        edit_policy(policy=policy, seen=policy.version, request_id=uuid4(), **given)
    policy.refresh_from_db()
    assert policy.status == "declined"


def test_nothing_is_sold_on_a_returned_lead(lead: Lead, carrier: Carrier) -> None:
    Lead.objects.filter(pk=lead.pk).update(status=LeadStatus.RETURNED)
    with pytest.raises(TransitionNotAllowed):
        sell(lead, carrier)
    assert Policy.objects.count() == 0


def test_each_changed_field_is_kept_with_what_it_said(lead: Lead, carrier: Carrier) -> None:
    policy, request_id = sell(lead, carrier), uuid4()
    assert lead.owner
    how = {"policy": policy, "by": lead.owner, "seen": 1, "request_id": request_id, "now": NOW}
    wanted = terms(carrier, premium=Decimal("60.00"), status="in_force")

    assert sorted(edit_policy(terms=wanted, **how)) == ["premium", "status"]  # type: ignore[arg-type]
    assert edit_policy(terms=wanted, **how) == []  # type: ignore[arg-type]
    said = PolicyChange.objects.exclude(field="sold").values_list("field", "old", "new")
    assert set(said) == {("premium", "54.20", "60.00"), ("status", "issued", "in_force")}


def test_nobody_saves_over_what_they_did_not_see(lead: Lead, carrier: Carrier) -> None:
    policy = sell(lead, carrier)
    assert lead.owner
    edit_policy(
        policy=policy,
        by=lead.owner,
        terms=terms(carrier, status="in_force"),
        seen=1,
        request_id=uuid4(),
        now=NOW,
    )
    with pytest.raises(StalePolicy):
        edit_policy(
            policy=policy,
            by=lead.owner,
            terms=terms(carrier, status="lapsed"),
            seen=1,
            request_id=uuid4(),
            now=NOW,
        )
    assert Policy.objects.get().status == "in_force"


@pytest.mark.parametrize(
    "wrong",
    [
        {"premium": Decimal("-0.01")}, {"status": "sold"}, {"mode": "weekly"}, {"currency": "usd"},
        {"effective_on": date(2026, 7, 1), "renewal_on": date(2026, 7, 1)}, {"number": ""},
    ],
)  # fmt: skip
def test_the_database_refuses_what_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyFactory.create(**wrong)


# --- Renewals


def renewing(agent: Agent, renewal_on: date, **fields: Any) -> Policy:
    lead = LeadFactory.create(owner=agent.user, state="TX", zip="78701", status="sold")
    return PolicyFactory.create(lead=lead, effective_on=None, renewal_on=renewal_on, **fields)


def test_a_renewal_is_told_once_thirty_days_before_at_ten_there(agent: Agent) -> None:
    policy = renewing(agent, date(2026, 7, 1))
    renewing(agent, date(2026, 7, 3))

    # June 1 is thirty days before; it is 11 AM in Chicago, so the next ten o'clock is tomorrow's.
    assert [note_renewals(now=NOW), note_renewals(now=NOW + timedelta(hours=1))] == [1, 0]
    told = FollowUp.objects.get()
    assert (told.policy, told.kind, told.owner) == (policy, FollowUpKind.RENEWAL, agent.user)
    assert told.due_at == datetime(2026, 6, 2, 10, tzinfo=CHICAGO)
    assert f"Renews Jul 1, 2026: {policy}" == told.what
    FollowUp.objects.update(done_at=NOW)
    assert note_renewals(now=NOW + timedelta(days=2)) == 1  # the other one, due by now


@pytest.mark.parametrize("month", [3, 11])
def test_ten_is_ten_on_the_days_the_clocks_change(agent: Agent, month: int) -> None:
    """March 8 and November 1, 2026."""
    day = date(2026, month, 8 if month == 3 else 1)
    renewing(agent, day + timedelta(days=30))
    note_renewals(now=datetime(day.year, day.month, day.day, 6, 30, tzinfo=UTC))

    there = FollowUp.objects.get().due_at.astimezone(CHICAGO)
    assert (there.date(), there.hour, there.minute) == (day, 10, 0)


def test_a_carriers_own_days_come_before_the_usual_ones(agent: Agent) -> None:
    renewing(agent, date(2026, 7, 31), carrier=CarrierFactory.create(renewal_days=60))
    renewing(agent, date(2026, 6, 20), carrier=CarrierFactory.create(renewal_days=7))
    assert note_renewals(now=NOW) == 1


def test_a_renewal_that_moves_drops_its_follow_up_and_is_told_again(agent: Agent) -> None:
    policy = renewing(agent, date(2026, 6, 20))
    note_renewals(now=NOW)
    moved = Terms(
        **{name: getattr(policy, name) for name in Terms.__dataclass_fields__}
        | {"renewal_on": date(2027, 6, 20)}
    )
    edit_policy(policy=policy, by=agent.user, terms=moved, seen=1, request_id=uuid4(), now=NOW)

    assert not FollowUp.objects.filter(done_at=None).exists()
    assert note_renewals(now=NOW) == 0
    assert note_renewals(now=datetime(2027, 6, 1, 16, tzinfo=UTC)) == 1


def test_who_must_not_be_called_and_what_does_not_renew_are_not_told(agent: Agent) -> None:
    listed = renewing(agent, date(2026, 6, 20))
    SuppressionFactory.create(phone=listed.lead.phone)
    for status in ("lapsed", "cancelled", "applied"):
        renewing(agent, date(2026, 6, 20), status=status)
    renewing(agent, date(2026, 5, 31))
    Lead.objects.filter(pk=renewing(agent, date(2026, 6, 20)).lead_id).update(
        owner=None, unassigned_why="Left"
    )

    assert note_renewals(now=NOW) == 0


@pytest.mark.django_db(transaction=True)
def test_two_at_once_tell_each_renewal_once(agent: Agent) -> None:
    for _ in range(6):
        renewing(agent, date(2026, 6, 20))
    ready = Barrier(2)

    def run() -> int:
        try:
            ready.wait()
            return note_renewals(now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(run) for _ in range(2)]
        assert sum(run.result() for run in runs) == 6
    assert FollowUp.objects.count() == 6


def test_of_an_erased_person_the_contract_stays_and_no_renewal_is_told(agent: Agent) -> None:
    now = timezone.now()
    policy = renewing(agent, timezone.localdate() + timedelta(days=10), number="TEST-1234")
    note_renewals(now=now)
    erase_person(
        phone=policy.lead.phone,
        asked_at=now,
        channel=RevocationChannel.EMAIL,
        by=UserFactory.create(),
        now=now,
    )

    told = FollowUp.objects.get()
    assert (told.what, told.done_at) == ("[erased]", now)
    Policy.objects.update(renewal_told_on=None)
    assert note_renewals(now=now) == 0
    browser = signed_in(agent.user)
    page = browser.get(f"/leads/A-{policy.lead_id}/").text
    assert "TEST-1234" in page
    assert f"/policies/{policy.pk}/" not in page
    assert browser.get(f"/policies/{policy.pk}/").status_code == 404
    assert "TEST-1234" not in browser.get("/clients/").text


class TestWhatASaleIsToCallingRules:
    def recorded(self) -> list[tuple[str, date, date]]:
        rows = BusinessRelationship.objects.order_by("pk")
        return [(row.kind, row.started_on, row.ends_on) for row in rows]

    def test_a_policy_that_was_issued_is_a_purchase_that_holds_for_eighteen_months(
        self, lead: Lead, carrier: Carrier
    ) -> None:
        request_id = uuid4()
        for _ in range(2):  # sent twice
            sell(lead, carrier, request_id)

        assert self.recorded() == [("purchase", date(2026, 6, 1), date(2027, 12, 1))]
        row = BusinessRelationship.objects.get()
        assert (row.phone, row.lead, row.recorded_by) == (lead.phone, lead, lead.owner)
        assert row.evidence == f"Policy TEST-77, Example Mutual, kept with A-{lead.pk}"
        assert relationship_in_force(lead.phone, date(2027, 12, 1)) == row
        assert relationship_in_force(lead.phone, date(2027, 12, 2)) is None

    def test_one_taken_over_counts_from_its_own_day_unless_that_is_too_long_ago(
        self, lead: Lead, carrier: Carrier
    ) -> None:
        sell(lead, carrier, status="in_force", effective_on=date(2025, 7, 1))
        sell(lead, carrier, status="in_force", number="TEST-78", effective_on=date(2024, 7, 1))

        assert self.recorded() == [("purchase", date(2025, 7, 1), date(2027, 1, 1))]

    def test_an_application_holds_for_three_months_and_becomes_a_purchase_when_it_is_issued(
        self, lead: Lead, carrier: Carrier
    ) -> None:
        policy = sell(lead, carrier, status="applied", number="")
        assert self.recorded() == [("inquiry", date(2026, 6, 1), date(2026, 9, 1))]

        later = NOW + timedelta(days=9)
        for seen, (status, now) in enumerate((("issued", later), ("in_force", later + timedelta(days=1))), 1):
            assert lead.owner
            edit_policy(
                policy=policy, by=lead.owner, terms=terms(carrier, status=status), seen=seen,
                request_id=uuid4(), now=now,
            )  # fmt: skip

        assert self.recorded()[1:] == [("purchase", date(2026, 6, 10), date(2027, 12, 10))]

    def test_a_declined_application_is_none_and_a_request_to_stop_ends_one(
        self, lead: Lead, carrier: Carrier
    ) -> None:
        sell(lead, carrier, status="declined", number="")
        assert self.recorded() == []

        sell(lead, carrier)
        SuppressionFactory.create(phone=lead.phone, kind="internal", added_at=NOW + timedelta(days=3))
        assert relationship_in_force(lead.phone, date(2026, 6, 2)) is not None
        assert relationship_in_force(lead.phone, date(2026, 6, 5)) is None
