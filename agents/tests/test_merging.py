"""Two leads of one person made one: what stays, what goes along, what is counted, and the way back."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from agents.casework import add_follow_up
from agents.figures.update import keep_figures
from agents.merging.choosing import SPARE, mark, suggested
from agents.merging.merge import CannotMerge, LeadsChanged, merge_leads
from agents.merging.undo import UNDO_DAYS, CannotUndo, forget_kept, undo_merge
from agents.messaging.inbound import lead_of
from agents.models import Agent, Assignment, FollowUp, FollowUpKind, LeadMerge, TwinGroup
from agents.outcomes import playbook
from agents.policies import Terms, sell_policy
from agents.tests.figures_support import exact_cohorts, kept_cohorts
from agents.twins.groups import regroup
from agents.wrapup import wrap_up_call
from compliance.erasure import erase_person
from compliance.models import RevocationChannel, RevocationScope, SuppressionKind
from compliance.suppression import stopping_calls, suppress
from compliance.tests.erasure_support import dumped
from intake.lifecycle import TransitionNotAllowed, move_lead
from intake.models import Lead, LeadEvent, LeadStatus, WebhookEvent
from leadcrm.models import User
from leadcrm.testing.factories import (
    AgentFactory,
    CarrierFactory,
    CheckSettingFactory,
    CommunicationFactory,
    FollowUpFactory,
    LeadEventFactory,
    LeadFactory,
    LeadMergeFactory,
    PolicyFactory,
    WebhookEndpointFactory,
)
from leadcrm.testing.fixtures import VendorKey

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 12, 2, 18, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def pair(agent: Agent, stranger: Agent) -> tuple[Lead, Lead]:
    """Ann's two leads: the older one quoted, with her first number; the other with another number, and new."""
    ann = {"first_name": "Ann", "last_name": "Roe", "email": "ann@example.com"}
    old = LeadFactory.create(
        owner=agent.user, phone="+12145550100", status="quoted", city="Dallas", received_at=NOW - timedelta(days=9),
        **ann,
    )  # fmt: skip
    new = LeadFactory.create(
        owner=stranger.user, phone="+12145550111", city="Plano", received_at=NOW - timedelta(days=1), **ann
    )
    regroup(leads=[old.pk, new.pk], now=NOW)
    return old, new


def merge(pair: tuple[Lead, Lead], by: User, *, key: UUID | None = None, **chosen: str) -> LeadMerge:
    survivor, merged = pair
    return merge_leads(
        survivor=survivor, merged=merged, chosen=chosen, seen=mark(survivor, merged), by=by,
        request_id=key or uuid4(), now=NOW,
    )  # fmt: skip


def state(lead: Lead) -> dict[str, Any]:
    """Everything of a lead and what is planned for it, as it is in the database."""
    row: Any = Lead.objects.filter(pk=lead.pk).values().get()
    planned = FollowUp.objects.filter(lead=lead).order_by("pk").values_list("pk", "owner", "done_at")
    del row["hash_codes"]  # factories leave them out
    return {**row, "planned": list(planned)}


def test_one_stays_with_the_values_that_were_chosen_and_the_other_is_lost_and_leads_to_it(
    pair: tuple[Lead, Lead], reviewer: User
) -> None:
    old, new = pair
    merge(pair, reviewer, city=str(new.pk), phone_2=SPARE, first_name=str(old.pk))
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.status, old.city, old.phone, old.phone_2) == (
        "quoted",
        "Plano",
        "+12145550100",
        "+12145550111",
    )
    assert (new.status, new.merged_into, new.city) == ("lost", old, "Plano")
    assert LeadEvent.objects.get(lead=new, kind="status").reason == f"merged into A-{old.pk}"
    assert sorted(LeadEvent.objects.filter(lead=old, kind="edited").values_list("field", flat=True)) == [
        "city", "phone_2",
    ]  # fmt: skip
    assert not TwinGroup.objects.exists()


def test_undone_both_are_exactly_as_they_were_and_it_is_done_once(
    pair: tuple[Lead, Lead], reviewer: User
) -> None:
    old, new = pair
    for kind in (FollowUpKind.PROMISE, FollowUpKind.CADENCE, FollowUpKind.REPLY):
        FollowUpFactory.create(lead=new, kind=kind, owner=new.owner)
    FollowUpFactory.create(lead=old, kind=FollowUpKind.CADENCE, owner=old.owner)
    before = state(old), state(new)
    done = merge(pair, reviewer, city=str(new.pk), phone=str(new.pk), phone_2=SPARE)
    assert FollowUp.objects.filter(lead=old, owner=old.owner, done_at=None).count() == 3
    assert not FollowUp.objects.filter(lead=new, done_at=None).exists()
    assert undo_merge(merge=done, by=reviewer, now=LATER) == []
    assert (state(old), state(new)) == before
    assert undo_merge(merge=done, by=reviewer, now=LATER) == []
    assert (state(old), state(new)) == before
    assert LeadMerge.objects.get().fields_before == {}
    assert TwinGroup.objects.exists(), "they look like one person again"


def test_a_repeated_form_merges_once_and_one_for_other_leads_is_refused(
    pair: tuple[Lead, Lead], reviewer: User
) -> None:
    key = uuid4()
    first = merge(pair, reviewer, key=key)
    assert merge(pair, reviewer, key=key) == first
    with pytest.raises(CannotMerge, match="sent before"):
        merge((pair[1], pair[0]), reviewer, key=key)
    with pytest.raises(CannotMerge, match="was merged into"):
        merge(pair, reviewer)


def test_what_somebody_did_since_the_page_was_made_stops_a_merge(
    pair: tuple[Lead, Lead], reviewer: User
) -> None:
    seen = mark(*pair)
    move_lead(lead=Lead.objects.get(pk=pair[1].pk), to=LeadStatus.CONTACTED, reason="", actor=None, now=NOW)
    with pytest.raises(LeadsChanged):
        merge_leads(
            survivor=pair[0], merged=pair[1], chosen={}, seen=seen, by=reviewer, request_id=uuid4(), now=NOW
        )
    assert not LeadMerge.objects.exists()


def test_who_stays_is_the_one_with_a_policy_then_further_on_then_with_an_owner_then_older(
    pair: tuple[Lead, Lead],
) -> None:
    old, new = pair
    assert suggested(pair, insured={new.pk}) == new
    assert suggested(pair, insured=()) == old
    new.status = "quoted"
    assert suggested(pair, insured=()) == old
    old.owner = None
    assert suggested(pair, insured=()) == new


def test_a_client_stays(pair: tuple[Lead, Lead], reviewer: User) -> None:
    PolicyFactory.create(lead=pair[1])
    with pytest.raises(CannotMerge, match="is a client: let it stay"):
        merge(pair, reviewer)
    merge((pair[1], pair[0]), reviewer)


def test_who_asked_to_stop_under_either_number_is_stopped_under_both(
    pair: tuple[Lead, Lead], reviewer: User
) -> None:
    old, new = pair
    suppress(
        phone=new.phone, email="", kind=SuppressionKind.INTERNAL, reason="asked", channel="call", by=None, now=NOW,
        scope=RevocationScope.ALL,
    )  # fmt: skip
    assert not stopping_calls(phone=old.phone).exists()
    done = merge(pair, reviewer)
    assert stopping_calls(phone=old.phone).exists()
    undo_merge(merge=done, by=reviewer, now=LATER)
    assert stopping_calls(phone=old.phone).exists(), "a stop is never taken back by the way"


@pytest.mark.usefixtures("shipped_rows")
def test_nothing_is_counted_twice_and_figures_before_after_and_undone_are_the_same(
    pair: tuple[Lead, Lead], reviewer: User
) -> None:
    _, new = pair
    for lead in pair:
        LeadEventFactory.create(lead=lead, at=lead.received_at)
        CommunicationFactory.create(lead=lead, outcome="spoke", at=NOW)
        PolicyFactory.create(lead=lead)

    def figures(now: datetime) -> dict[Any, Any]:
        keep_figures(now=now)
        assert kept_cohorts() == exact_cohorts()
        return kept_cohorts()

    before = figures(NOW)
    done = merge(pair, reviewer, city=str(new.pk))
    assert figures(LATER) == before
    undo_merge(merge=done, by=reviewer, now=LATER)
    assert figures(LATER + timedelta(hours=1)) == before


@pytest.mark.usefixtures("shipped_rows", "calling_rules")
def test_a_call_that_ends_after_the_merge_is_kept_and_its_promise_goes_to_who_works_the_person(
    pair: tuple[Lead, Lead], reviewer: User, stranger: Agent
) -> None:
    old, new = pair
    merge(pair, reviewer)
    done = wrap_up_call(
        lead=new, author=stranger.user, outcome=playbook().outcomes["spoke"], body="Wants a quote",
        next_at=LATER, finish_due=True, request_id=uuid4(), now=NOW, incoming=True,
    )  # fmt: skip
    assert new.communications.get().body == "Wants a quote"
    assert done.planned is not None
    assert (done.planned.lead, done.planned.owner) == (old, old.owner)
    assert Lead.objects.get(pk=new.pk).status == "lost"


def test_a_merged_lead_is_neither_taken_up_nor_sold_on(pair: tuple[Lead, Lead], reviewer: User) -> None:
    merge(pair, reviewer)
    new = pair[1]
    with pytest.raises(TransitionNotAllowed, match="was merged into"):
        move_lead(lead=new, to=LeadStatus.CONTACTED, reason="", actor=reviewer, now=NOW)
    terms = Terms(CarrierFactory.create(), "X-1", new.interest, 10, "monthly", "issued", None, None)  # type: ignore[arg-type]
    with pytest.raises(TransitionNotAllowed, match="sell there"):
        sell_policy(lead=new, by=reviewer, terms=terms, request_id=uuid4(), now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Lead.objects.filter(pk=new.pk).update(status="new")


def test_texts_from_the_merged_number_and_promises_go_to_the_lead_that_stays(
    pair: tuple[Lead, Lead], reviewer: User
) -> None:
    old, new = pair
    merge(pair, reviewer)
    assert lead_of("+12145550111") == old
    promise = add_follow_up(lead=new, owner=reviewer, due_at=LATER, what="Call", now=NOW)
    assert (promise.lead, promise.owner) == (old, old.owner)


def test_who_asked_to_stop_while_the_two_were_one_is_called_under_neither_number_once_they_are_two(
    pair: tuple[Lead, Lead], reviewer: User
) -> None:
    old, new = pair
    done = merge(pair, reviewer, phone=str(new.pk))
    suppress(
        phone="+12145550111", email="", kind=SuppressionKind.INTERNAL, reason="Stop calling", channel="call",
        by=reviewer, now=NOW + timedelta(minutes=30),
    )  # fmt: skip
    undo_merge(merge=done, by=reviewer, now=LATER)
    old.refresh_from_db()
    assert old.phone == "+12145550100"
    assert stopping_calls(phone="+12145550100").exists()
    assert stopping_calls(phone="+12145550111").exists()


def test_vendors_are_not_told_of_other_leads_nor_twice_of_a_sale(
    pair: tuple[Lead, Lead], reviewer: User
) -> None:
    old, new = pair
    WebhookEndpointFactory.create()
    PolicyFactory.create(lead=old)
    Lead.objects.filter(pk=new.pk).update(status="sold")
    new.refresh_from_db()
    undo_merge(merge=merge(pair, reviewer), by=reviewer, now=LATER)
    told = list(WebhookEvent.objects.order_by("at").values_list("kind", "data__reason"))
    assert [kind for kind, _ in told] == ["lead.status_changed", "lead.status_changed"]
    assert str(old.pk) not in told[0][1]


@pytest.mark.parametrize(
    ("since", "why"),
    [
        ({"survivor": {"erased_at": NOW}}, "erased"),
        ({"merged": {"status": "returned"}}, "is returned by now"),
    ],
)
def test_what_stands_in_the_way_refuses_the_whole_undo(
    pair: tuple[Lead, Lead], reviewer: User, since: dict[str, dict[str, Any]], why: str
) -> None:
    done = merge(pair, reviewer, city=str(pair[1].pk))
    for side, change in since.items():
        Lead.objects.filter(pk=getattr(done, side).pk).update(**change)
    with pytest.raises(CannotUndo, match=why):
        undo_merge(merge=done, by=reviewer, now=LATER)
    assert Lead.objects.get(pk=pair[0].pk).city == "Plano"


def test_after_thirty_days_names_and_numbers_are_forgotten_and_nothing_is_undone(
    pair: tuple[Lead, Lead], reviewer: User
) -> None:
    done = merge(pair, reviewer, city=str(pair[1].pk))
    late = NOW + timedelta(days=UNDO_DAYS, seconds=1)
    assert forget_kept(now=NOW + timedelta(days=UNDO_DAYS)) == 0
    assert forget_kept(now=late) == 1
    with pytest.raises(CannotUndo, match="30 days"):
        undo_merge(merge=done, by=reviewer, now=late)


def test_what_was_done_since_stays_and_is_named(pair: tuple[Lead, Lead], reviewer: User) -> None:
    old, new = pair
    moved = FollowUpFactory.create(lead=new, owner=new.owner)
    done = merge(pair, reviewer, city=str(new.pk), phone_2=SPARE)
    FollowUp.objects.filter(pk=moved.pk).update(done_at=LATER)
    CommunicationFactory.create(lead=old, at=LATER)
    Lead.objects.filter(pk=old.pk).update(city="Irving")
    remarks = " ".join(undo_merge(merge=done, by=reviewer, now=LATER))
    old.refresh_from_db()
    assert (old.city, old.phone_2) == ("Irving", "")
    assert "Corrected since, and left so: city." in remarks
    assert "Calls, messages and notes since the merge stay" in remarks
    assert "done since stay done: 1" in remarks
    assert Lead.objects.get(pk=new.pk).status == "new"


def test_of_a_chain_all_lead_to_the_last_and_back_again_when_the_last_step_is_undone(
    pair: tuple[Lead, Lead], reviewer: User
) -> None:
    old, new = pair
    last = LeadFactory.create(owner=old.owner, phone="+12145550122")
    first = merge((new, last), reviewer)
    second = merge((old, new), reviewer)
    assert Lead.objects.get(pk=last.pk).merged_into == old
    with pytest.raises(CannotUndo, match="undo that first"):
        undo_merge(merge=first, by=reviewer, now=LATER)
    undo_merge(merge=second, by=reviewer, now=LATER)
    assert Lead.objects.get(pk=last.pk).merged_into == new
    undo_merge(merge=first, by=reviewer, now=LATER)
    assert Lead.objects.filter(merged_into=None).count() == 3


def test_erasing_either_number_erases_both_leads_and_what_the_merge_kept(
    pair: tuple[Lead, Lead], reviewer: User, travel_to: Any
) -> None:
    travel_to(LATER)
    Lead.objects.filter(pk=pair[1].pk).update(email="zebra@example.com", city="Zebraville")
    pair[1].refresh_from_db()
    merge(pair, reviewer, city=str(pair[1].pk), email=str(pair[1].pk))
    Lead.objects.filter(pk=pair[0].pk).update(city="Elsewhere", email="ann@example.com")
    erase_person(phone="+12145550111", asked_at=NOW, channel=RevocationChannel.EMAIL, by=reviewer, now=LATER)
    assert Lead.objects.filter(erased_at=None).count() == 0
    assert not [word for word in ("Zebraville", "zebra@", "Dallas") if word in dumped()]
    assert not TwinGroup.objects.exists()


def test_a_new_post_of_the_person_goes_to_the_owner_of_the_lead_that_stays(
    client: Client, vendor_key: VendorKey, glossary_payload: dict[str, Any]
) -> None:
    theirs = AgentFactory.create(licenses=["TX:final_expense", "TX:life"])
    old = timezone.now() - timedelta(days=400)
    stays = LeadFactory.create(owner=theirs.user, phone="+12145550177", received_at=old)
    LeadMergeFactory.create(
        survivor=stays, merged__phone=f"+1{glossary_payload['phone']}", merged__received_at=old
    )
    answer = client.post(
        "/api/lead-intake", glossary_payload, "application/json", headers=vendor_key.headers
    ).json()
    assert (answer["status"], answer["reason"]) == ("rejected", "duplicate")

    # Where duplicates are bought all the same.
    CheckSettingFactory.create(source=None, params={"open_leads": False, "clients": False})
    answer = client.post(
        "/api/lead-intake",
        {**glossary_payload, "lead_id": "another"},
        "application/json",
        headers=vendor_key.headers,
    ).json()
    record = Assignment.objects.get(lead=answer["lead_id"].removeprefix("A-"))
    assert (record.kind, record.agent) == ("sticky", theirs)
