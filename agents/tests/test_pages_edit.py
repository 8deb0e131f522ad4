"""The page that corrects a lead: what agents see of it, and what follows from a correction."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from agents.models import Agent
from agents.tests.page_suite import signed_in
from compliance.models import RevocationChannel, RevocationOrigin, RevocationScope
from compliance.revocation import revoke
from compliance.suppression import in_force
from intake.models import Lead, LeadEvent
from leadcrm.models import User
from leadcrm.testing.factories import LeadEventFactory, LeadFactory, SourceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(agent: Agent) -> Lead:
    return LeadFactory.create(
        owner=agent.user, source=SourceFactory.create(demo=True), phone="+12145550142", city="Dallas",
        attributes={"coverage_amount": "15000"},
    )  # fmt: skip


@pytest.fixture
def client(agent: Agent) -> Client:
    return signed_in(agent.user)


def filled_in(client: Client, lead: Lead) -> dict[str, str]:
    """What a browser would send back from the page as it stands now."""
    form = client.get(f"/leads/A-{lead.pk}/edit/").context["form"]
    return {bound.html_name: str(bound.value() or "") for bound in form}


def send(client: Client, lead: Lead, data: dict[str, str], **typed: str) -> Any:
    answer = client.post(f"/leads/A-{lead.pk}/edit/", {**data, **typed})
    lead.refresh_from_db()
    return answer


def page_of(client: Client, lead: Lead) -> str:
    return client.get(f"/leads/A-{lead.pk}/").text


def test_the_page_shows_what_is_known_ready_to_be_typed_over(client: Client, lead: Lead) -> None:
    page = client.get(f"/leads/A-{lead.pk}/edit/")

    assert page.status_code == 200
    for value in ("(214) 555-0142", lead.last_name, "Dallas", "75201", "15000", lead.email):
        assert f'value="{value}"' in page.text
    assert '<option value="TX" selected>' in page.text
    assert f'href="/leads/A-{lead.pk}/edit/"' in page_of(client, lead)


def test_a_correction_is_saved_told_and_in_the_story(client: Client, lead: Lead) -> None:
    answer = send(client, lead, filled_in(client, lead), city="Austin", about_coverage_amount="$20,000")

    assert answer.status_code == 302
    page = page_of(client, lead)
    assert (lead.city, lead.attributes["coverage_amount"]) == ("Austin", "20000")
    assert "Saved: City, Coverage amount." in page
    assert "City corrected" in page
    assert "Dallas → Austin" in page


def test_saving_what_was_there_writes_nothing(client: Client, lead: Lead) -> None:
    send(client, lead, filled_in(client, lead))

    assert "nothing was saved" in page_of(client, lead)
    assert not LeadEvent.objects.filter(kind="edited").exists()


def test_a_bad_value_is_told_by_its_field_and_nothing_typed_is_lost(client: Client, lead: Lead) -> None:
    answer = send(client, lead, filled_in(client, lead), phone="214", first_name="Corrected")

    assert answer.status_code == 422
    assert '<a href="#edit_phone">Phone does not have ten digits.</a>' in answer.text
    assert 'value="214"' in answer.text
    assert 'value="Corrected"' in answer.text
    assert lead.first_name == "Test"


class TestSomebodyElseWasQuicker:
    @pytest.fixture
    def mine(self, client: Client, lead: Lead, reviewer: User) -> dict[str, str]:
        """A form drawn before the reviewer changed city and last name."""
        drawn = filled_in(client, lead)
        theirs = signed_in(reviewer)
        send(theirs, lead, filled_in(theirs, lead), city="Austin", last_name="Reviewed")
        return drawn

    def test_both_values_stand_side_by_side_and_nothing_is_saved_yet(
        self, client: Client, lead: Lead, mine: dict[str, str]
    ) -> None:
        answer = send(client, lead, mine, city="Houston", first_name="Corrected")

        assert answer.status_code == 409
        said = " ".join(re.sub(r"<[^>]+>", "", answer.text).split())
        assert "Test Reviewer changed City to Austin" in said
        assert "you typed Houston" in said
        assert "Last name to" not in said
        assert 'value="Corrected"' in answer.text
        assert (lead.city, lead.first_name) == ("Austin", "Test")

    @pytest.mark.parametrize(("settle", "city"), [("mine", "Houston"), ("theirs", "Austin")])
    def test_one_more_click_decides_and_saves_all_the_rest(
        self, client: Client, lead: Lead, mine: dict[str, str], settle: str, city: str
    ) -> None:
        asked = send(client, lead, mine, city="Houston", first_name="Corrected")
        again = {bound.html_name: str(bound.value() or "") for bound in asked.context["form"]}

        answer = send(client, lead, again, settle=settle)

        assert answer.status_code == 302
        assert (lead.city, lead.first_name, lead.last_name) == (city, "Corrected", "Reviewed")

    def test_a_third_value_meanwhile_is_asked_about_again(
        self, client: Client, lead: Lead, reviewer: User, mine: dict[str, str]
    ) -> None:
        asked = send(client, lead, mine, city="Houston")
        again = {bound.html_name: str(bound.value() or "") for bound in asked.context["form"]}
        theirs = signed_in(reviewer)
        send(theirs, lead, filled_in(theirs, lead), city="Waco")

        assert send(client, lead, again, settle="mine").status_code == 409
        assert lead.city == "Waco"

    def test_theirs_stay_when_something_else_was_typed_wrong(
        self, client: Client, lead: Lead, mine: dict[str, str]
    ) -> None:
        asked = send(client, lead, mine, city="Houston")
        again = {bound.html_name: str(bound.value() or "") for bound in asked.context["form"]}

        refused = send(client, lead, again, zip="x", settle="theirs")

        assert refused.status_code == 422
        assert 'value="Austin"' in refused.text
        assert "Houston" not in refused.text


class TestWhatFollows:
    def test_consent_stays_with_the_number_it_was_given_for(self, client: Client, lead: Lead) -> None:
        send(client, lead, filled_in(client, lead), phone="512 555 0107")

        page = page_of(client, lead)
        assert "whether the new one may be called is asked anew" in page
        assert "Given for (214) 555-0142, before the number was corrected." in page
        assert "(214) 555-0142 → (512) 555-0107" in page

    def test_another_state_says_whose_rules_count_and_who_has_no_license(
        self, client: Client, lead: Lead, agent: Agent
    ) -> None:
        send(client, lead, filled_in(client, lead), state="OK")

        page = page_of(client, lead)
        assert "From now on the rules of Oklahoma count." in page
        assert "Test Agent has no license for it there" in page
        assert "ZIP 75201 lies in Texas" in page
        assert lead.owner == agent.user
        assert lead.assignments.count() == 0

    @pytest.mark.parametrize("scope", [RevocationScope.ALL, RevocationScope.TEXTS])
    def test_who_asked_us_to_stop_is_not_reached_by_a_new_number_or_address(
        self, client: Client, lead: Lead, scope: RevocationScope
    ) -> None:
        now = timezone.now()
        revoke(
            phone=lead.phone, email=lead.email, scope=scope, channel=RevocationChannel.CALL, words="Stop", by=None,
            received_at=now, lead=lead, origin=RevocationOrigin.AGENT, external_id=str(uuid4()), now=now,
        )  # fmt: skip

        send(client, lead, filled_in(client, lead), phone="512 555 0107", email="other@example.com")

        assert {row.scope for row in in_force(phone="+15125550107")} == {scope}
        assert {row.scope for row in in_force(email="other@example.com")} == {scope}
        assert in_force(phone="+12145550142").exists()
        assert "that holds for what you entered too" in page_of(client, lead)

    def test_a_number_nobody_asked_about_is_on_no_list(self, client: Client, lead: Lead) -> None:
        send(client, lead, filled_in(client, lead), phone="512 555 0107")

        assert not in_force(phone="+15125550107").exists()


def test_a_strangers_lead_has_no_such_page(stranger: Agent, lead: Lead) -> None:
    guessed = signed_in(stranger.user).get(f"/leads/A-{lead.pk}/edit/")

    assert guessed.status_code == 404


def test_a_form_of_another_leads_page_is_refused(client: Client, lead: Lead, agent: Agent) -> None:
    other = LeadFactory.create(owner=agent.user, city="Dallas")
    drawn = filled_in(client, other)
    send(client, other, drawn, city="Austin")

    answer = send(client, lead, filled_in(client, lead), city="Austin", request_id=drawn["request_id"])

    assert answer.status_code == 422
    assert "belongs to another lead" in answer.text
    assert lead.city == "Dallas"


def test_the_page_asks_as_much_of_a_lead_with_a_long_history(
    client: Client, lead: Lead, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(10) as few:
        client.get(f"/leads/A-{lead.pk}/edit/")
    for number in range(50):
        LeadEventFactory.create(lead=lead, kind="edited", field="city", old=f"{number}", new=f"{number + 1}")

    with django_assert_max_num_queries(len(few)):
        client.get(f"/leads/A-{lead.pk}/edit/")
