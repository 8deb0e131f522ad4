"""Whether a lead may be called, as agents see it: badges, click to call, the queue, the record of each call."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from agents.models import Agent
from agents.queue import queue
from agents.tests.page_suite import signed_in
from compliance.models import (
    ContactAttempt,
    ContactDecision,
    ListedLead,
    SuppressionKind,
)
from compliance.suppression import suppress
from intake.models import Lead
from leadcrm.testing.factories import CertificateFactory, DncVersionFactory, LeadFactory, LicenseFactory

# A Wednesday, a Sunday and a Wednesday night in Dallas and New Orleans (CST, UTC-6).
NOON = datetime(2026, 12, 2, 18, 0, tzinfo=UTC)
SUNDAY = datetime(2026, 12, 6, 18, 0, tzinfo=UTC)
NIGHT = datetime(2026, 12, 3, 4, 0, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("calling_rules")
At = Callable[[datetime], None]


@pytest.fixture
def at(travel_to: At) -> At:
    """Noon to begin with; `at(SUNDAY)` moves the clock."""
    travel_to(NOON)
    return travel_to


@pytest.fixture
def lead(agent: Agent, at: At) -> Lead:
    return LeadFactory.create(owner=agent.user, phone="+12145550142", zip="75201", state="TX")


@pytest.fixture
def louisiana(agent: Agent, at: At) -> Lead:
    LicenseFactory.create(agent=agent, state="LA")
    return LeadFactory.create(
        owner=agent.user, phone="+15045550142", zip="70112", state="LA", last_name="Louisiana"
    )


@pytest.fixture
def client(agent: Agent, at: At) -> Client:
    return signed_in(agent.user)


def dial(client: Client, lead: Lead, **data: Any) -> Any:
    """Press Call, as the page's script does."""
    return client.post(
        f"/leads/A-{lead.pk}/dial/",
        {"request_id": uuid4(), "phone": "1", **data},
        headers={"Accept": "application/json"},
    )


def stop(lead: Lead, by: Agent) -> None:
    suppress(
        phone=lead.phone, email=lead.email, kind=SuppressionKind.INTERNAL, reason="Asked", channel="call",
        by=by.user, now=timezone.now(),
    )  # fmt: skip


class TestBadge:
    def test_an_open_lead_says_until_when_on_the_persons_clock(self, client: Client, lead: Lead) -> None:
        page = client.get(f"/leads/A-{lead.pk}/").text

        assert "Call until 9:00 PM CST" in page
        assert 'id="dial-1"' in page

    def test_a_louisiana_sunday_says_when_it_opens_and_offers_nothing_to_press(
        self, client: Client, louisiana: Lead, at: At
    ) -> None:
        at(SUNDAY)
        page = client.get(f"/leads/A-{louisiana.pk}/").text

        assert "Opens Mon 8:00 AM CST: Louisiana lets nobody call on a Sunday" in page
        assert "data-dial" not in page
        assert "tel:" not in page

    def test_who_asked_us_to_stop_is_no_link(self, client: Client, lead: Lead, agent: Agent) -> None:
        stop(lead, agent)
        page = client.get(f"/leads/A-{lead.pk}/").text

        assert "Do not call: asked us to stop" in page
        assert "data-dial" not in page

    def test_a_rule_nobody_confirmed_is_shown_so(self, client: Client, agent: Agent) -> None:
        LicenseFactory.create(agent=agent, state="IL")
        lead = LeadFactory.create(owner=agent.user, phone="+13125550142", zip="60601", state="IL")

        page = client.get(f"/leads/A-{lead.pk}/").text

        assert "Rule unconfirmed" in page
        assert "Not confirmed" in page


class TestDialing:
    def test_an_allowed_call_gets_its_number_to_dial_and_is_recorded(
        self, client: Client, lead: Lead, agent: Agent
    ) -> None:
        answer = dial(client, lead)

        assert answer.json()["allowed"] is True
        assert answer.json()["tel"] == "tel:+12145550142"
        decision = ContactDecision.objects.get()
        assert (decision.act, decision.user, decision.allowed) == ("dial", agent.user, True)

    def test_a_page_drawn_in_time_does_not_let_call_too_late(
        self, client: Client, lead: Lead, at: At
    ) -> None:
        at(NIGHT)
        answer = dial(client, lead)

        assert answer.json()["allowed"] is False
        assert answer.json()["text"].startswith("Opens Thu 9:00 AM CST: Texas leaves 9 AM to 9 PM open")
        assert "tel" not in str(answer.json().get("tel"))
        assert ContactDecision.objects.get().allowed is False
        assert not ContactAttempt.objects.exists()

    def test_a_click_counts_once_and_a_page_left_open_asks_anew(
        self, client: Client, lead: Lead, at: At
    ) -> None:
        request_id = uuid4()
        dial(client, lead, request_id=request_id)
        dial(client, lead, request_id=request_id)
        assert ContactAttempt.objects.count() == 1

        at(NIGHT)
        assert dial(client, lead, request_id=request_id).json()["allowed"] is False
        assert [row.allowed for row in ContactDecision.objects.all()] == [False, True]

    def test_without_the_script_a_page_shows_the_answer_and_the_link(
        self, client: Client, lead: Lead, at: At
    ) -> None:
        post = {"phone": "1", "request_id": uuid4()}
        allowed = client.post(f"/leads/A-{lead.pk}/dial/", post)
        at(NIGHT)
        refused = client.post(f"/leads/A-{lead.pk}/dial/", {**post, "request_id": uuid4()})

        assert 'href="tel:+12145550142"' in allowed.text
        assert "Opens Thu 9:00 AM CST" in refused.text
        assert "tel:" not in refused.text

    @pytest.mark.parametrize("request_id", ["", "not-an-id"])
    def test_a_click_without_its_mark_is_told_and_calls_nobody(
        self, client: Client, lead: Lead, request_id: str
    ) -> None:
        answer = client.post(f"/leads/A-{lead.pk}/dial/", {"phone": "1", "request_id": request_id})

        assert answer.status_code == 422
        assert "Nobody was called" in answer.text
        assert not ContactDecision.objects.exists()

    def test_the_second_number_is_asked_by_its_own_rules(self, client: Client, agent: Agent, at: At) -> None:
        lead = LeadFactory.create(owner=agent.user, phone="+12145550142", phone_2="+15045550142")
        at(SUNDAY)

        assert dial(client, lead, phone="1").json()["allowed"] is True
        assert "Louisiana" in dial(client, lead, phone="2").json()["text"]

    @pytest.mark.parametrize("phone", ["2", "3", "", "+12145550199"])
    def test_a_number_the_lead_has_not_is_not_found(self, client: Client, lead: Lead, phone: str) -> None:
        assert dial(client, lead, phone=phone).status_code == 404

    @pytest.mark.parametrize("request_id", ["", "nonsense"])
    def test_a_broken_form_is_told_in_words(self, client: Client, lead: Lead, request_id: str) -> None:
        answer = dial(client, lead, request_id=request_id)

        assert answer.status_code == 422
        assert "reload the page" in answer.json()["text"]

    def test_a_button_of_another_leads_page_calls_nobody(
        self, client: Client, lead: Lead, agent: Agent
    ) -> None:
        request_id = uuid4()
        dial(client, LeadFactory.create(owner=agent.user), request_id=request_id)

        assert dial(client, lead, request_id=request_id).status_code == 422

    def test_a_form_of_another_site_calls_nobody(self, agent: Agent, lead: Lead) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(agent.user, backend="django.contrib.auth.backends.ModelBackend")

        assert dial(client, lead).status_code == 403
        assert not ContactDecision.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_four_clicks_at_once_are_one_call(agent: Agent, lead: Lead) -> None:
    clients, request_id = [signed_in(agent.user) for _ in range(4)], uuid4()

    def press(client: Client) -> bool:
        try:
            return bool(dial(client, lead, request_id=request_id).json()["allowed"])
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(press, clients)) == [True] * 4

    assert ContactDecision.objects.count() == ContactAttempt.objects.count() == 1


class TestQuestion:
    def test_the_answer_names_reasons_and_opening_and_records_nothing(
        self, client: Client, louisiana: Lead, at: At
    ) -> None:
        at(SUNDAY)
        answer = client.get(f"/leads/A-{louisiana.pk}/permission/?phone=1&channel=call")

        assert answer.json()["allowed"] is False
        assert [why["code"] for why in answer.json()["reasons"]] == ["closed_day"]
        assert answer.json()["opens_at"] == "2026-12-07T14:00:00+00:00"
        assert louisiana.phone not in answer.text
        assert not ContactDecision.objects.exists()

    def test_an_unknown_channel_is_a_400_and_a_missing_number_a_404(self, client: Client, lead: Lead) -> None:
        url = f"/leads/A-{lead.pk}/permission/"

        assert client.get(url, {"channel": "fax"}).status_code == 400
        assert client.get(url, {"phone": "2"}).status_code == 404
        assert client.get(url, {"channel": "text"}).json()["channel"] == "text"

    @pytest.mark.parametrize("persona", ["teammate", "stranger"])
    def test_a_colleague_finds_nothing(
        self, request: pytest.FixtureRequest, lead: Lead, persona: str
    ) -> None:
        client = signed_in(request.getfixturevalue(persona).user)

        assert client.get(f"/leads/A-{lead.pk}/permission/").status_code == 404
        assert dial(client, lead).status_code == 404
        assert not ContactDecision.objects.exists()


class TestQueue:
    def keys(self, agent: Agent) -> dict[str, list[str]]:
        groups = queue(user=agent.user, now=timezone.now())
        return {group.key: [row.lead.last_name for row in group.rows] for group in groups}

    def test_callable_leads_stand_first_then_those_that_open_soonest(
        self, agent: Agent, louisiana: Lead, at: At
    ) -> None:
        LicenseFactory.create(agent=agent, state="HI")
        make, newer, older = LeadFactory.create, NOON + timedelta(hours=1), NOON - timedelta(days=1)
        make(owner=agent.user, phone="+18005550142", last_name="Nowhere", received_at=newer)
        make(owner=agent.user, phone="+12145550143", last_name="Texas", received_at=newer)
        make(
            owner=agent.user, phone="+18085550142", state="HI", zip="96813", last_name="Hawaii",
            received_at=older,
        )  # fmt: skip
        at(NIGHT)

        assert self.keys(agent)["new"] == ["Hawaii", "Louisiana", "Texas", "Nowhere"]

    def test_the_suppressed_and_the_newly_listed_leave_the_queue_and_stand_under_blocked(
        self, client: Client, agent: Agent, lead: Lead
    ) -> None:
        stopped = LeadFactory.create(owner=agent.user, last_name="Stopped")
        stop(stopped, agent)
        listed, version = LeadFactory.create(owner=agent.user, last_name="Listed"), DncVersionFactory.create()
        ListedLead.objects.create(
            lead=listed, phone=listed.phone, dnc_list=version.dnc_list, version=version, found_at=NOON
        )

        found = self.keys(agent)

        assert found["new"] == [lead.last_name]
        assert set(found["blocked"]) == {"Stopped", "Listed"}
        assert "asked us not to contact them" in client.get("/").text

    def test_no_more_than_fifteen_blocked_leads_are_shown(self, agent: Agent, at: At) -> None:
        for _ in range(17):
            stop(LeadFactory.create(owner=agent.user), agent)
        (group,) = queue(user=agent.user, now=NOON)

        assert (group.key, len(group.rows), group.more) == ("blocked", 15, True)

    def test_a_certificate_that_still_waits_is_marked_and_a_retained_one_is_not(
        self, client: Client, lead: Lead
    ) -> None:
        certificate = CertificateFactory.create(lead=lead, vanishes_at=NOON + timedelta(hours=30))
        assert "Evidence at risk" in client.get("/").text
        assert "Evidence at risk: vanishes in" in client.get(f"/leads/A-{lead.pk}/").text

        certificate.state, certificate.retained_at, certificate.due_at = "retained", NOON, None
        certificate.save()
        assert "Evidence at risk" not in client.get("/").text


def test_evidence_that_was_lost_is_no_longer_at_risk(lead: Lead, client: Client, at: At) -> None:
    CertificateFactory.create(lead=lead, accepted_at=NOON)

    early = client.get(f"/leads/A-{lead.pk}/").text
    at(NOON + timedelta(hours=73))
    late = client.get(f"/leads/A-{lead.pk}/").text

    assert "Evidence at risk: vanishes in" in early
    assert "Evidence gone" in late
    assert "Evidence at risk" not in late
