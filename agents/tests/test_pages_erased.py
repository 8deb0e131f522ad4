"""What is left to see of the lead of a person who was erased."""

import pytest
from django.test import Client
from django.utils import timezone

from agents.models import Agent
from agents.tests.page_suite import signed_in
from compliance.erasure import erase_person
from compliance.models import RevocationChannel
from intake.models import Lead
from leadcrm.testing.factories import LeadFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def erased(agent: Agent) -> Lead:
    lead = LeadFactory.create(owner=agent.user, first_name="Erasable")
    now = timezone.now()
    erase_person(
        phone=lead.phone, asked_at=now, channel=RevocationChannel.EMAIL, by=UserFactory.create(), now=now
    )
    lead.refresh_from_db()
    return lead


def test_its_page_says_so_and_offers_nothing_to_do(agent: Agent, erased: Lead) -> None:
    answer = signed_in(agent.user).get(f"/leads/A-{erased.pk}/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Nothing here names the person any more" in page
    assert "Erasable" not in page
    assert f"/leads/A-{erased.pk}/call/" not in page


@pytest.mark.parametrize(
    "what", ["dial/", "note/", "call/", "opt-out/", "stage/", "follow-up/", "zone/", "edit/"]
)
def test_nothing_can_be_done_on_it(agent: Agent, erased: Lead, what: str) -> None:
    assert signed_in(agent.user).post(f"/leads/A-{erased.pk}/{what}", {}).status_code == 404
    assert signed_in(agent.user).get(f"/leads/A-{erased.pk}/permission/").status_code == 404


def test_lists_and_the_queue_open_with_it(agent: Agent, erased: Lead) -> None:
    client: Client = signed_in(agent.user)
    for url in ("/", "/leads/", "/leads/?status=lost", "/search/?q=Erasable", f"/search/?q=A-{erased.pk}"):
        assert client.get(url, follow=True).status_code == 200, url


def test_a_strangers_erased_lead_is_not_found(stranger: Agent, erased: Lead) -> None:
    assert signed_in(stranger.user).get(f"/leads/A-{erased.pk}/").status_code == 404
