"""The factories make rows the database takes, and the payload is one a live source takes."""

import re
from typing import Any

import pytest
from django.apps import apps
from factory.django import DjangoModelFactory

from agents.models import Agent
from compliance.calling.zones import zones_of_phone
from intake.keys import matches
from intake.models import ApiKey, Vertical
from leadcrm.lib.normalize.phones import phone
from leadcrm.testing import factories
from leadcrm.testing.fixtures import VendorKey
from leadcrm.testing.payloads import glossary

FACTORIES = [
    made
    for made in vars(factories).values()
    if isinstance(made, type) and issubclass(made, DjangoModelFactory) and not made._meta.abstract
]
# Kept by the product itself: the stamp, what roles were given, the rate counters, what an import of a list writes,
# the chain of evidence.
WITHOUT = {
    "configstamp", "rolegrant", "ratewindow", "dncblock", "dncdelta", "dncfile",
    "evidencepending", "evidencebatch", "evidenceleaf",
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("made", FACTORIES, ids=lambda made: made.__name__)
def test_every_factory_makes_two_rows_the_database_takes(made: Any) -> None:
    first, second = made.create(), made.create()
    assert first.pk
    assert second.pk


def test_every_model_has_a_factory() -> None:
    ours = {"leadcrm", "intake", "compliance", "agents"}
    models = {model for model in apps.get_models() if model._meta.app_label in ours and not model._meta.proxy}
    missing = models - {made._meta.model for made in FACTORIES}
    assert {model._meta.model_name for model in missing} <= WITHOUT


@pytest.mark.django_db
def test_a_lead_and_its_post_agree_on_number_source_and_vendor() -> None:
    lead = factories.LeadFactory.create()
    assert lead.submission.lead_number == lead.pk
    assert lead.submission.source == lead.source
    assert lead.vendor == lead.source.vendor
    assert lead.consent.text == factories.CONSENT_TEXT


@pytest.mark.django_db
def test_verticals_are_those_of_the_migrations() -> None:
    before = Vertical.objects.count()
    vertical = factories.VerticalFactory.create(code="auto")
    assert vertical.name == "Auto"
    assert Vertical.objects.count() == before


@pytest.mark.django_db(transaction=True)
def test_verticals_are_made_again_after_a_flush() -> None:
    Vertical.objects.all().delete()
    vertical = factories.VerticalFactory.create()
    assert vertical.attributes.filter(name="coverage_amount").exists()


def test_made_up_phones_are_distinct_and_of_the_fictitious_range() -> None:
    phones = [factories.fake_phone(number) for number in range(2600)]
    assert len(set(phones)) == len(phones)
    assert {zones_of_phone(each) for each in phones} == {("America/Chicago",)}
    assert phones[0] == "+12145550100"
    assert all(re.fullmatch(r"\+1[2-9]\d\d55501\d\d", each) for each in phones)


def test_the_payload_carries_a_phone_that_a_live_source_takes_and_no_two_share() -> None:
    payloads = [glossary() for _ in range(50)]
    assert all(phone(each["phone"], live=True) for each in payloads)
    assert len({each["phone"] for each in payloads}) == len({each["email"] for each in payloads}) == 50


def test_a_change_of_the_payload_replaces_or_drops_a_field() -> None:
    payload = glossary(state="OK", email=None)
    assert payload["state"] == "OK"
    assert "email" not in payload


def test_the_vendors_key_is_one_of_its_source(vendor_key: VendorKey) -> None:
    assert matches(ApiKey.objects.get(source=vendor_key.source), vendor_key.text)
    assert vendor_key.headers == {"Authorization": f"Bearer {vendor_key.text}"}


def test_personas_know_their_teams(agent: Agent, teammate: Agent, stranger: Agent) -> None:
    assert agent.team == teammate.team
    assert agent.team != stranger.team
