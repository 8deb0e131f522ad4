"""Merges against each other and against agents at work: all or nothing, nothing lost, nobody waits for ever."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone

from agents.merging.choosing import mark
from agents.merging.merge import CannotMerge, LeadsChanged, merge_leads
from agents.merging.undo import CannotUndo, undo_merge
from agents.models import Carrier, Communication, FollowUp, LeadMerge, Policy
from agents.outcomes import playbook
from agents.policies import Terms, sell_policy
from agents.wrapup import wrap_up_call
from compliance.models import SuppressionKind
from compliance.suppression import stopping_calls, suppress
from intake.lifecycle import TransitionNotAllowed
from intake.models import Lead
from leadcrm.models import User
from leadcrm.testing.door import Door, Reply
from leadcrm.testing.factories import (
    AgentFactory,
    CarrierFactory,
    CheckSettingFactory,
    LeadFactory,
    UserFactory,
)
from leadcrm.testing.fixtures import VendorKey
from leadcrm.testing.payloads import glossary, live_phone

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 12, 2, 18, 0, tzinfo=UTC)
ROUNDS = 4
NUMBERS = count(70_000)  # far from those of other tests' posts


def together(*acts: Callable[[], object]) -> list[object]:
    """Do all `acts` at one moment, each on a connection of its own; what each returned or raised."""
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            start.wait(timeout=10)
            return act()
        except (CannotMerge, CannotUndo, LeadsChanged, TransitionNotAllowed) as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def two() -> tuple[int, int, User]:
    """Two leads of one person, with an owner each, and a manager."""
    one, other = (
        LeadFactory.create(owner=AgentFactory.create(licenses=["TX:life"]).user, email="ann@example.com")
        for _ in range(2)
    )
    return one.pk, other.pk, UserFactory.create(is_staff=True)


def merging(stays: int, goes: int, by: User, key: UUID | None = None) -> Callable[[], LeadMerge]:
    survivor, merged = Lead.objects.get(pk=stays), Lead.objects.get(pk=goes)
    seen = mark(survivor, merged)
    return lambda: merge_leads(
        survivor=survivor, merged=merged, chosen={}, seen=seen, by=by, request_id=key or uuid4(), now=NOW
    )


def test_of_a_into_b_and_b_into_a_at_once_exactly_one_is_done() -> None:
    for _ in range(ROUNDS):
        one, other, by = two()
        came = together(merging(one, other, by), merging(other, one, by))
        assert sorted(type(each).__name__ for each in came) in (
            ["CannotMerge", "LeadMerge"],
            ["LeadMerge", "LeadsChanged"],
        )
        assert sorted(Lead.objects.filter(pk__in=[one, other]).values_list("status", flat=True)) == [
            "lost",
            "new",
        ]


def test_a_double_click_merges_once_and_undoing_twice_at_once_undoes_once() -> None:
    one, other, by = two()
    key = uuid4()
    first, second = together(merging(one, other, by, key), merging(one, other, by, key))
    assert isinstance(first, LeadMerge)
    assert first == second
    merge = LeadMerge.objects.get()
    together(*[lambda: undo_merge(merge=LeadMerge.objects.get(pk=merge.pk), by=by, now=NOW)] * 2)
    assert Lead.objects.get(pk=other).events.filter(new="new", kind="status").count() == 1


@pytest.mark.usefixtures("shipped_rows", "calling_rules")
def test_a_call_that_ends_while_the_lead_is_merged_is_kept_whoever_comes_first() -> None:
    for _ in range(ROUNDS):
        one, other, by = two()
        lead = Lead.objects.get(pk=other)
        agent = lead.owner
        assert agent is not None

        def end_call(lead: Lead = lead, agent: User = agent) -> object:
            return wrap_up_call(
                lead=lead, author=agent, outcome=playbook().outcomes["call_back"], body="Call me", finish_due=True,
                next_at=NOW.replace(hour=20), request_id=uuid4(), now=NOW, incoming=True,
            )  # fmt: skip

        merged, _ = together(merging(one, other, by), end_call)
        assert Communication.objects.get(lead=other).body == "Call me"
        gone = Lead.objects.get(pk=other)
        assert (gone.status == "lost") == isinstance(merged, LeadMerge)
        promise = FollowUp.objects.get(done_at=None, lead__in=[one, other])
        assert promise.lead_id == (one if isinstance(merged, LeadMerge) else other)


@pytest.mark.usefixtures("shipped_rows")
def test_a_sale_and_a_merge_at_once_never_leave_a_policy_on_a_lead_that_was_given_up() -> None:
    carrier: Carrier = CarrierFactory.create()
    for number in range(ROUNDS):
        one, other, by = two()
        lead = Lead.objects.get(pk=other)
        terms = Terms(
            carrier,
            f"R-{number}",
            lead.interest,
            Decimal(50),
            "monthly",
            "issued",
            timezone.localdate(NOW),
            None,
        )

        def sell(lead: Lead = lead, by: User = by, terms: Terms = terms) -> object:
            return sell_policy(lead=lead, by=by, terms=terms, request_id=uuid4(), now=NOW)

        merged, sold = together(merging(one, other, by), sell)
        assert isinstance(merged, LeadMerge) != isinstance(sold, Policy)
        assert Lead.objects.get(pk=other).status == ("sold" if isinstance(sold, Policy) else "lost")


def posting(key: VendorKey, payload: dict[str, Any]) -> Callable[[], Reply]:
    return lambda: Door(key.source, key.text).post(payload)


def undoing(merge: LeadMerge, by: User) -> Callable[[], object]:
    return lambda: undo_merge(merge=LeadMerge.objects.get(pk=merge.pk), by=by, now=NOW)


def test_an_undo_and_a_further_merge_at_once_leave_every_lead_where_the_later_of_the_two_says() -> None:
    for _ in range(ROUNDS):
        stays, goes, by = two()
        last: Lead = LeadFactory.create(
            owner=AgentFactory.create(licenses=["TX:life"]).user, email="ann@example.com"
        )
        first = merging(stays, goes, by)()
        undone, further = together(undoing(first, by), merging(last.pk, stays, by))
        gone, kept = Lead.objects.get(pk=goes), Lead.objects.get(pk=stays)
        assert isinstance(further, LeadMerge)
        assert (kept.status, kept.merged_into_id) == ("lost", last.pk)
        if isinstance(undone, CannotUndo):  # it came second: what was merged on is undone first
            assert (gone.status, gone.merged_into_id) == ("lost", last.pk)
            assert f"was merged into A-{last.pk} since" in str(undone)
            undoing(further, by)()
            undoing(first, by)()
            gone.refresh_from_db()
        assert (gone.status, gone.merged_into_id) == ("new", None)


def test_an_undo_and_a_merge_of_another_into_the_same_lead_at_once_both_stand() -> None:
    for _ in range(ROUNDS):
        stays, goes, by = two()
        third: Lead = LeadFactory.create(email="ann@example.com")
        first = merging(stays, goes, by)()
        undone, further = together(undoing(first, by), merging(stays, third.pk, by))
        assert undone == []
        assert isinstance(further, LeadMerge)
        assert Lead.objects.get(pk=goes).merged_into_id is None
        third.refresh_from_db()
        assert (third.status, third.merged_into_id) == ("lost", stays)


@pytest.mark.usefixtures("shipped_rows")
def test_a_post_of_the_person_that_comes_while_their_leads_are_merged_is_a_duplicate_of_one_of_them(
    vendor_key: VendorKey,
) -> None:
    for _ in range(ROUNDS):
        one, other, by = two()
        phone = live_phone(next(NUMBERS))
        Lead.objects.filter(pk=other).update(phone=f"+1{phone}")
        payload = glossary(phone=phone)
        merged, reply = together(merging(one, other, by), posting(vendor_key, payload))
        assert isinstance(merged, LeadMerge)
        assert isinstance(reply, Reply)
        assert reply.outcome == "duplicate"  # of the one or of the other, but never new


@pytest.mark.usefixtures("shipped_rows")
def test_who_asked_to_stop_is_not_bought_under_the_other_number_once_the_two_leads_are_one(
    vendor_key: VendorKey,
) -> None:
    CheckSettingFactory.create(source=None, params={"open_leads": False, "clients": False})
    for _ in range(ROUNDS):
        one, other, by = two()
        phone = live_phone(next(NUMBERS))
        Lead.objects.filter(pk=other).update(phone=f"+1{phone}")
        Lead.objects.filter(pk__in=[one, other]).update(received_at=NOW - timedelta(days=400))
        suppress(
            phone=Lead.objects.get(pk=one).phone, email="", kind=SuppressionKind.INTERNAL, reason="asked",
            channel="call", by=by, now=NOW,
        )  # fmt: skip
        posts = [glossary(phone=phone, lead_id=f"V-{uuid4()}") for _ in range(2)]
        merged, early = together(merging(one, other, by), posting(vendor_key, posts[0]))
        assert isinstance(merged, LeadMerge)
        assert isinstance(early, Reply)
        assert early.outcome in ("accepted", "suppressed_internal")
        assert posting(vendor_key, posts[1])().outcome == (
            "duplicate" if early.outcome == "accepted" else "suppressed_internal"
        )
        assert stopping_calls(phone=f"+1{phone}").exists()
