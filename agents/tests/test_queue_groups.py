"""The queue's groups by why a lead is there, its hundred rows, the next lead, and putting off what is due."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from agents.localtime import snooze_time, zone_for_forms
from agents.models import Agent, FollowUp, FollowUpKind
from agents.queue import first_callable, queue
from agents.tests.test_pages_access import signed_in
from compliance.models import SuppressionKind
from compliance.suppression import suppress
from intake.models import Lead, LeadStatus
from leadcrm.testing.factories import FollowUpFactory, LeadFactory, LicenseFactory

# A Wednesday noon in Dallas (CST, UTC-6).
NOON = datetime(2026, 12, 2, 18, 0, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("calling_rules")]


@pytest.fixture(autouse=True)
def _noon(travel_to: Callable[[datetime], None]) -> None:
    travel_to(NOON)


@pytest.fixture
def client(agent: Agent) -> Client:
    return signed_in(agent.user)


def touched(agent: Agent, name: str, **fields: Any) -> Lead:
    known = {"status": LeadStatus.CONTACTED, "touched_at": NOON - timedelta(hours=1), "attempts": 1}
    return LeadFactory.create(owner=agent.user, last_name=name, **{**known, **fields})


def due(agent: Agent, name: str, kind: FollowUpKind, *, minutes: int = 5, **fields: Any) -> FollowUp:
    lead = touched(agent, name, **fields)
    return FollowUpFactory.create(
        lead=lead, owner=agent.user, kind=kind, due_at=NOON - timedelta(minutes=minutes)
    )


def shown(agent: Agent) -> list[tuple[str, list[str]]]:
    groups = queue(user=agent.user, now=NOON)
    return [(group.key, [row.lead.last_name for row in group.rows]) for group in groups]


def test_what_is_due_stands_by_its_kind_in_the_fixed_order(agent: Agent) -> None:
    due(agent, "Try", FollowUpKind.CADENCE)
    due(agent, "Reply", FollowUpKind.REPLY)
    due(agent, "Renewal", FollowUpKind.RENEWAL, minutes=9)
    due(agent, "Promise", FollowUpKind.PROMISE, minutes=5)
    LeadFactory.create(owner=agent.user, last_name="New")
    touched(agent, "Tried out", status=LeadStatus.NEW, attempts=6)
    due(agent, "Later", FollowUpKind.CADENCE, minutes=-60)
    listed = due(agent, "Blocked", FollowUpKind.REPLY).lead
    suppress(
        phone=listed.phone,
        email="",
        kind=SuppressionKind.INTERNAL,
        reason="Asked",
        channel="call",
        by=None,
        now=NOON,
    )

    assert shown(agent) == [
        ("new", ["New"]), ("due", ["Renewal", "Promise"]), ("reply", ["Reply"]), ("cadence", ["Try"]),
        ("stale", ["Tried out"]), ("upcoming", ["Later"]), ("blocked", ["Blocked"]),
    ]  # fmt: skip


def test_a_lead_with_several_reasons_stands_once_under_the_first(agent: Agent) -> None:
    promise = due(agent, "Both", FollowUpKind.PROMISE)
    for kind in (FollowUpKind.REPLY, FollowUpKind.CADENCE):
        FollowUpFactory.create(
            lead=promise.lead, owner=agent.user, kind=kind, due_at=NOON - timedelta(hours=2)
        )

    assert shown(agent) == [("due", ["Both"])]


def test_who_may_be_called_stands_before_who_waits_longer_but_may_not(agent: Agent) -> None:
    LicenseFactory.create(agent=agent, state="HI")
    due(
        agent, "Hawaii", FollowUpKind.REPLY, minutes=500, state="HI", zip="96813", phone="+18085550142"
    )  # 8 AM
    due(agent, "Asleep", FollowUpKind.CADENCE, minutes=500, state="CA", zip="90001", phone="+12135550142")
    due(agent, "Awake", FollowUpKind.CADENCE, minutes=5)

    assert shown(agent)[-1] == ("cadence", ["Awake", "Asleep"])  # no license for California


def test_a_full_day_shows_a_hundred_rows_and_something_of_each_group(agent: Agent) -> None:
    for number in range(45):
        LeadFactory.create(owner=agent.user, last_name=f"New {number}")
        for kind in (FollowUpKind.PROMISE, FollowUpKind.REPLY, FollowUpKind.CADENCE):
            due(agent, f"{kind} {number}", kind)
        touched(agent, f"Over {number}", status=LeadStatus.NEW, attempts=6)
        due(agent, f"Later {number}", FollowUpKind.PROMISE, minutes=-60)

    groups = queue(user=agent.user, now=NOON)

    sizes = {group.key: len(group.rows) for group in groups}
    assert sizes == {"new": 40, "due": 30, "reply": 15, "cadence": 5, "stale": 5, "upcoming": 5}
    assert sum(sizes.values()) == 100
    assert all(group.more for group in groups)


class TestNext:
    def test_it_is_the_first_that_may_be_called_and_never_the_one_at_hand(self, agent: Agent) -> None:
        here = LeadFactory.create(owner=agent.user, received_at=NOON)
        LeadFactory.create(owner=agent.user, state="CA", zip="90001", phone="+12135550142", received_at=NOON)
        next_one = due(agent, "Next", FollowUpKind.PROMISE).lead

        assert first_callable(user=agent.user, but=here.pk, now=NOON) == next_one
        assert first_callable(user=agent.user, but=next_one.pk, now=NOON) == here

    def test_the_link_on_a_leads_page_goes_there(self, client: Client, agent: Agent) -> None:
        here, there = (LeadFactory.create(owner=agent.user) for _ in range(2))

        assert f'href="/leads/A-{here.pk}/next/"' in client.get(f"/leads/A-{here.pk}/").text
        assert client.get(f"/leads/A-{here.pk}/next/")["Location"] == f"/leads/A-{there.pk}/"

    def test_where_nobody_is_left_it_says_so(self, client: Client, agent: Agent) -> None:
        here = LeadFactory.create(owner=agent.user)

        page = client.get(f"/leads/A-{here.pk}/next/", follow=True)

        assert page.redirect_chain == [("/", 302)]
        assert "Nobody else in your queue may be called now." in page.text

    def test_a_strangers_lead_leads_nowhere(self, client: Client, stranger: Agent) -> None:
        assert client.get(f"/leads/A-{LeadFactory.create(owner=stranger.user).pk}/next/").status_code == 404


class TestSnooze:
    @pytest.mark.parametrize(
        ("choice", "until"),
        [
            ("hour", datetime(2026, 12, 2, 19, tzinfo=UTC)), ("tomorrow", datetime(2026, 12, 3, 16, tzinfo=UTC)),
            ("days", datetime(2026, 12, 5, 16, tzinfo=UTC)),
        ],
    )  # fmt: skip
    def test_what_is_due_is_put_off_on_the_consumers_clock(
        self, client: Client, agent: Agent, choice: str, until: datetime
    ) -> None:
        LicenseFactory.create(agent=agent, state="CO")
        item = due(agent, "Denver", FollowUpKind.REPLY, state="CO", zip="80202", phone="+13035550142")

        url = f"/leads/A-{item.lead_id}/follow-up/{item.pk}/snooze/"
        assert f'formaction="{url}" name="until" value="{choice}"' in client.get("/").text
        page = client.post(url, {"until": choice}, follow=True)

        item.refresh_from_db()
        assert item.due_at == until
        assert page.redirect_chain == [("/", 302)]
        assert "Snoozed: Call back," in page.text
        assert "their time." in page.text

    def test_tomorrow_is_nine_in_the_morning_when_the_clocks_change_at_night(self, agent: Agent) -> None:
        zone, _ = zone_for_forms(LeadFactory.create(owner=agent.user, zip="75201", state="TX"))

        for now, until in (
            (datetime(2027, 3, 13, 18, tzinfo=UTC), datetime(2027, 3, 14, 14, tzinfo=UTC)),
            (datetime(2027, 11, 6, 18, tzinfo=UTC), datetime(2027, 11, 7, 15, tzinfo=UTC)),
        ):
            assert snooze_time("tomorrow", zone, now) == until

    def test_a_strange_word_changes_nothing(self, client: Client, agent: Agent) -> None:
        item = due(agent, "Kept", FollowUpKind.REPLY)

        page = client.post(
            f"/leads/A-{item.lead_id}/follow-up/{item.pk}/snooze/", {"until": "never"}, follow=True
        )

        assert "Nothing was changed" in page.text
        assert FollowUp.objects.get().due_at == item.due_at

    def test_what_is_done_stays_done(self, client: Client, agent: Agent) -> None:
        item = due(agent, "Done", FollowUpKind.REPLY)
        FollowUp.objects.update(done_at=NOON)

        page = client.post(
            f"/leads/A-{item.lead_id}/follow-up/{item.pk}/snooze/", {"until": "hour"}, follow=True
        )

        assert "Done already: Call back." in page.text
        assert FollowUp.objects.get().due_at == item.due_at

    def test_a_follow_up_of_another_lead_is_not_found(self, client: Client, agent: Agent) -> None:
        one, other = due(agent, "One", FollowUpKind.REPLY), due(agent, "Other", FollowUpKind.REPLY)

        url = f"/leads/A-{one.lead_id}/follow-up/{other.pk}/snooze/"
        assert client.post(url, {"until": "hour"}).status_code == 404


def test_the_queue_tells_its_script_which_key_is_which_outcome(client: Client, agent: Agent) -> None:
    assert 'data-outcomes="1:no_answer 2:voicemail 3:call_back' in client.get("/").text
