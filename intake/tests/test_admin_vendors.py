"""A vendor's page shows each contract with what comes in by it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from intake.models import EndpointState, Vendor
from intake.tests.test_sample import words
from leadcrm.models import User
from leadcrm.testing.factories import (
    ApiKeyFactory,
    SourceFactory,
    SubmissionFactory,
    VendorFactory,
    WebhookEndpointFactory,
    WebhookHealthFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


def shown(manager: Client, vendor: Vendor) -> str:
    return words(manager.get(reverse("admin:intake_vendor_change", args=[vendor.pk])).content.decode())


def test_a_vendors_page_shows_each_source_with_its_posts_of_a_day(manager: Client) -> None:
    source = SourceFactory.create(name="FE Texas", status="paused")
    ApiKeyFactory.create(source=source)
    for state, times in (("accepted", 2), ("rejected", 1), ("held", 1)):
        for _ in range(times):
            SubmissionFactory.create(source=source, state=state)
    SubmissionFactory.create(source=source, test=True)
    SubmissionFactory.create(source=source, received_at=timezone.now() - timedelta(hours=25))
    SubmissionFactory.create()
    text = shown(manager, source.vendor)
    assert "FE Texas Final expense Paused $22.00" in text
    assert "2 accepted, 1 refused, 1 open One works." in text


def test_a_vendors_page_tells_what_its_webhooks_do(manager: Client) -> None:
    vendor = VendorFactory.create()
    assert "No source yet" in shown(manager, vendor)
    endpoint = WebhookEndpointFactory.create(vendor=vendor, name="Postback", state=EndpointState.DISABLED)
    WebhookHealthFactory.create(endpoint=endpoint, failing_since=timezone.now())
    text = shown(manager, vendor)
    assert "Postback Disabled" in text
    assert "since" in text


def test_a_vendors_page_costs_the_same_with_one_source_and_with_twenty(manager: Client) -> None:
    vendor = VendorFactory.create()

    def cost(rows: int) -> int:
        for _ in range(rows):
            source = SourceFactory.create(vendor=vendor)
            ApiKeyFactory.create(source=source)
            SubmissionFactory.create(source=source)
            WebhookHealthFactory.create(endpoint=WebhookEndpointFactory.create(vendor=vendor))
        with CaptureQueriesContext(connection) as asked:
            shown(manager, vendor)
        return len(asked)

    cost(1)
    one = cost(0)
    assert cost(19) == one
    assert one <= 12
