"""The pages of policies and clients."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from agents.models import Agent, Carrier, Policy
from agents.queries import search_leads
from agents.tests.page_suite import signed_in
from intake.models import Lead, LeadStatus
from leadcrm.models import User
from leadcrm.testing.factories import CarrierFactory, LeadFactory, PolicyFactory

NOW = datetime(2026, 6, 1, 16, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(travel_to: Callable[[datetime], None]) -> None:
    travel_to(NOW)


@pytest.fixture
def browser(agent: Agent) -> Client:
    return signed_in(agent.user)


@pytest.fixture
def lead(agent: Agent) -> Lead:
    return LeadFactory.create(owner=agent.user)


@pytest.fixture
def carrier(db: None) -> Carrier:
    return CarrierFactory.create(name="Example Mutual")


def form(of: Carrier, **changes: Any) -> dict[str, Any]:
    given = {
        "request_id": uuid4(), "carrier": of.pk, "product": "final_expense", "number": "TEST-77",
        "status": "issued", "premium": "54.20", "mode": "monthly", "effective_on": "2026-07-01", "renewal_on": "",
    }  # fmt: skip
    return {**given, **changes}


def test_a_policy_is_sold_in_one_form_and_stands_on_the_leads_page(
    browser: Client, lead: Lead, carrier: Carrier
) -> None:
    blank = browser.get(f"/leads/A-{lead.pk}/policy/")
    page = browser.post(f"/leads/A-{lead.pk}/policy/", form(carrier), follow=True).text

    assert blank.context["form"].initial["product"] == lead.interest
    assert "Kept: Example Mutual TEST-77." in page
    assert "$54.20 a month" in page
    assert "Policy kept" in page
    lead.refresh_from_db()
    assert lead.status == LeadStatus.SOLD


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"carrier": ""}, "Choose the carrier."),
        ({"number": ""}, "A policy that was issued has a number."),
        ({"premium": "-1"}, "The premium cannot be negative."),
        ({"premium": "a lot"}, "The premium is an amount such as 54.20."),
        ({"premium": "10.005"}, "no more than 2 decimal places"),
        ({"renewal_on": "2026-07-01"}, "It renews after the day it becomes effective."),
        ({"product": "yachts"}, "not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(
    browser: Client, lead: Lead, carrier: Carrier, changes: dict[str, Any], said: str
) -> None:
    answer = browser.post(f"/leads/A-{lead.pk}/policy/", form(carrier, **changes))

    assert (answer.status_code, Policy.objects.count()) == (422, 0)
    assert said in answer.text


def test_a_number_that_is_kept_already_is_told_without_saying_whose(
    browser: Client, lead: Lead, carrier: Carrier, stranger: Agent
) -> None:
    theirs = LeadFactory.create(owner=stranger.user, last_name="Secret")
    PolicyFactory.create(carrier=carrier, number="TEST-77", lead=theirs)

    page = browser.post(f"/leads/A-{lead.pk}/policy/", form(carrier)).text

    assert "is kept already" in page
    assert "Secret" not in page


def test_a_change_stands_in_the_history_and_an_old_form_saves_nothing(
    browser: Client, agent: Agent, lead: Lead, carrier: Carrier
) -> None:
    policy = PolicyFactory.create(lead=lead, carrier=carrier, number="TEST-77", effective_on=date(2026, 7, 1))
    url = f"/policies/{policy.pk}/"
    browser.post(url, form(carrier, seen=1, status="in_force", premium="60"))
    page = browser.get(url).text
    stale = browser.post(url, form(carrier, seen=1, status="lapsed"))

    assert "$54.20 → $60.00" in page
    assert stale.status_code == 422
    assert "Nothing was saved" in stale.text
    policy.refresh_from_db()
    assert (policy.status, policy.version) == ("in_force", 2)


def test_carriers_that_are_off_are_offered_no_more_but_stay_where_they_are(
    browser: Client, lead: Lead, carrier: Carrier
) -> None:
    policy = PolicyFactory.create(lead=lead, carrier=carrier)
    Carrier.objects.update(active=False)

    assert "Example Mutual</option>" not in browser.get(f"/leads/A-{lead.pk}/policy/").text
    assert "No carrier is set up yet" in browser.get(f"/leads/A-{lead.pk}/policy/").text
    assert "Example Mutual</option>" in browser.get(f"/policies/{policy.pk}/").text


def _content(page: str) -> str:
    """Without what stands on every page: the banner names new leads."""
    return page.partition("<main")[2].partition("</main>")[0]


def test_clients_are_ones_own_each_once_with_all_their_policies(
    browser: Client, agent: Agent, stranger: Agent
) -> None:
    mine = LeadFactory.create(owner=agent.user, last_name="Faithful")
    for number in ("TEST-1", "TEST-2"):
        PolicyFactory.create(lead=mine, number=number)
    PolicyFactory.create(lead=LeadFactory.create(owner=stranger.user, last_name="Secret"))
    LeadFactory.create(owner=agent.user, last_name="Prospect")

    page = _content(browser.get("/clients/").text)

    assert page.count("Faithful") == 1
    assert "TEST-1" in page
    assert "TEST-2" in page
    assert "Secret" not in page
    assert "Prospect" not in page


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"Spring", "Winter"}),
        ("status=lapsed", {"Winter"}),
        ("renews=2026-07", {"Spring"}),
        ("renews=2026-12", {"Winter"}),
        ("renews=2026-12&status=in_force", set()),
        ("renews=1999-01&status=nonsense", {"Spring", "Winter"}),
        ("product=final_expense", {"Spring", "Winter"}),
    ],
)
def test_clients_are_narrowed_by_one_policy_that_fits_all(
    browser: Client, agent: Agent, query: str, names: set[str]
) -> None:
    spring, winter = (LeadFactory.create(owner=agent.user, last_name=name) for name in ("Spring", "Winter"))
    PolicyFactory.create(lead=spring, renewal_on=date(2026, 7, 31))
    PolicyFactory.create(lead=winter, renewal_on=date(2026, 12, 31), status="lapsed")

    page = _content(browser.get(f"/clients/?{query}").text)

    assert {name for name in ("Spring", "Winter") if name in page} == names


def test_clients_of_a_carrier_or_a_month_are_found_for_agents_and_managers_within_what_they_see(
    browser: Client, agent: Agent, stranger: Agent, reviewer: User
) -> None:
    mine, theirs = LeadFactory.create(owner=agent.user), LeadFactory.create(owner=stranger.user)
    policy = PolicyFactory.create(lead=mine, renewal_on=date(2026, 12, 31))
    PolicyFactory.create(lead=mine, renewal_on=date(2026, 12, 31), carrier=policy.carrier)
    PolicyFactory.create(lead=theirs, renewal_on=date(2026, 12, 31), carrier=policy.carrier)
    PolicyFactory.create(lead=LeadFactory.create(owner=agent.user), renewal_on=date(2026, 7, 31))

    for query in (
        f"carrier={policy.carrier_id}",
        "renews=2026-12",
        f"renews=2026-12&carrier={policy.carrier_id}",
    ):
        found = [
            [row.lead for row in client.get(f"/clients/?{query}").context["clients"]]
            for client in (browser, signed_in(reviewer))
        ]
        assert found == [[mine], [theirs, mine]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("test-77", "Policy TEST-77"), ("  Ext  9 ", "Vendor's id Ext 9"), ("Seeker", "Name"), ("78701", "ZIP 78701"),
        ("2145550142", "(214) 555-0142"), ("214-555", "(214) 555-0142"), ("seeker@example.com", "seeker@example.com"),
    ],
)  # fmt: skip
def test_the_search_says_what_matched_and_finds_ones_own_only(
    browser: Client, agent: Agent, stranger: Agent, words: str, said: str
) -> None:
    about: dict[str, Any] = {
        "last_name": "Seeker", "vendor_lead_id": "Ext 9", "zip": "78701", "phone": "+12145550142",
        "email": "seeker@example.com",
    }  # fmt: skip
    for owner in (agent, agent, stranger):
        lead = LeadFactory.create(owner=owner.user, **about)
        PolicyFactory.create(lead=lead, number="TEST-77")

    answer = browser.get("/search/", {"q": words})

    assert [row["matched"] for row in answer.context["rows"]] == [said, said]
    assert {row["lead"].owner for row in answer.context["rows"]} == {agent.user}


def test_a_policys_number_opens_its_client_and_says_nothing_of_anothers(
    browser: Client, agent: Agent, stranger: Agent
) -> None:
    mine = PolicyFactory.create(lead=LeadFactory.create(owner=agent.user), number="TEST-1")
    PolicyFactory.create(lead=LeadFactory.create(owner=stranger.user), number="TEST-2")

    assert browser.get("/search/?q=test-1")["Location"] == f"/leads/A-{mine.lead_id}/"
    assert "Nothing found among your leads" in browser.get("/search/?q=TEST-2").text


def test_names_are_found_by_the_last_one_and_by_a_whole_first_one(reviewer: User) -> None:
    LeadFactory.create(first_name="Quirin", last_name="Zabel")

    assert search_leads(reviewer, "zab").exists()
    assert search_leads(reviewer, "quirin zab").exists()
    assert search_leads(reviewer, "quirin").exists()
    assert not search_leads(reviewer, "quir").exists()
