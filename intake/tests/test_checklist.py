"""What a source lacks before it goes live is told from its settings and its last test posts."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from agents.models import License, Pool
from intake.checklist import Item, Standing
from intake.going_live import NotReady, check_list, go_live
from intake.keys import issue_key
from intake.models import ApiKey, KeyUse, Mode, PriceKind, Source, SourceHours, SourceStatus, Submission
from intake.tests.test_sample import words
from leadcrm.models import User
from leadcrm.testing.door import Door
from leadcrm.testing.factories import (
    CapFactory,
    CheckSettingFactory,
    PingFactory,
    PriceRuleFactory,
    ReturnTermFactory,
    SubmissionFactory,
    WebhookEndpointFactory,
)
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(door: Door) -> Source:
    """In test mode, with a key, a price, and an agent in Texas."""
    Source.objects.filter(pk=door.source.pk).update(status=SourceStatus.TEST)
    door.source.refresh_from_db()
    return door.source


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


def items(source: Source) -> dict[str, Item]:
    return {item.name: item for item in check_list(source=source, now=timezone.now())}


def standing(source: Source, name: str) -> str:
    return items(source)[name].standing.value


def test_a_source_that_was_tried_out_lacks_nothing(door: Door, source: Source) -> None:
    assert {name for name, item in items(source).items() if item.standing == Standing.MISSING} == {
        "accepted", "required",
    }  # fmt: skip
    payload = glossary()
    door.post(payload)
    door.post(payload)
    door.post(zip="00001")
    CapFactory.create(source=source)
    ReturnTermFactory.create(source=source)
    SourceHours.objects.create(source=source, weekday=0, opens_at="00:00", closes_at="23:59:59")
    door.set_check("consent", require_trustedform=True)
    door.set_check("filters", states=["TX"])
    assert {name: item.standing.value for name, item in items(source).items()} == dict.fromkeys(
        items(source), "done"
    )


def test_a_key_that_was_revoked_or_may_not_post_is_none(source: Source) -> None:
    assert standing(source, "key") == "done"
    ApiKey.objects.update(revoked_at=timezone.now())
    assert standing(source, "key") == "missing"
    issue_key(source=source, scope="return")  # type: ignore[arg-type]
    assert standing(source, "key") == "missing"


def test_a_refused_test_post_is_shown_with_its_reason(door: Door, source: Source) -> None:
    door.post(phone="1")
    accepted = items(source)["accepted"]
    assert (accepted.standing.value, accepted.words) == ("missing", "The last one: invalid_phone.")
    assert accepted.post == Submission.objects.get().pk
    assert standing(source, "refused") == "done"


def test_an_acceptance_that_a_test_zip_asked_for_proves_nothing(door: Door, source: Source) -> None:
    door.post(zip="99999")
    assert Submission.objects.get().state == "accepted"
    assert standing(source, "accepted") == "missing"


def test_what_was_posted_long_ago_does_not_count(source: Source) -> None:
    old = timezone.now() - timedelta(days=31)
    SubmissionFactory.create(source=source, test=True, received_at=old)
    assert standing(source, "accepted") == "missing"


def test_a_live_post_is_no_test_and_another_sources_neither(door: Door, source: Source) -> None:
    SubmissionFactory.create(source=source, test=False)
    SubmissionFactory.create(test=True)
    assert standing(source, "accepted") == "missing"


def test_a_live_sources_posts_are_looked_at_and_not_its_tests_alone(door: Door) -> None:
    door.post()
    shown = items(door.source)
    assert {name for name, item in shown.items() if item.standing == Standing.MISSING} == set()
    assert "retried" not in shown


def test_a_required_field_that_no_test_post_carried_is_named(door: Door, source: Source) -> None:
    door.post(first_name=None)
    assert "first_name" in items(source)["required"].words
    door.post()
    assert standing(source, "required") == "done"


def test_unknown_fields_are_named_until_a_rule_maps_them(door: Door, source: Source) -> None:
    door.post(cust_zip="75201")
    unknown = items(source)["unknown"]
    assert (unknown.standing.value, unknown.words) == ("advice", "Not known: cust_zip.")
    assert unknown.post == Submission.objects.get().pk
    source.field_rules.create(incoming="cust_zip", field="zip")
    assert standing(source, "unknown") == "done"


@pytest.mark.parametrize(
    ("demanded", "dropped", "named"),
    [
        ("require_trustedform", {"trustedform_url": None}, "a TrustedForm certificate"),
        ("require_jornaya", {"jornaya_leadid": None}, "a Jornaya LeadiD"),
        ("require_text", {"consent_text": None}, "the consent wording"),
        ("require_ip", {"consent_ip": None}, "the consumer's IP address"),
    ],
)
def test_a_proof_of_consent_that_is_demanded_must_have_been_posted(
    door: Door, source: Source, demanded: str, dropped: dict[str, Any], named: str
) -> None:
    assert standing(source, "consent") == "advice"
    door.set_check("consent", mode="enforce", on_unknown="block", **{demanded: True})
    door.post(**dropped)
    assert items(source)["consent"].words == f"No post carried {named}."
    assert standing(source, "consent") == "missing"
    door.post()
    assert standing(source, "consent") == "done"


def test_a_state_in_which_nobody_is_licensed_is_named(door: Door, source: Source) -> None:
    door.set_check("filters", states=["TX", "OK"])
    agents = items(source)["agents"]
    assert (agents.standing.value, "in OK." in agents.words) == ("missing", True)
    Pool.objects.update(last_link="wait")
    assert standing(source, "agents") == "advice"
    License.objects.all().delete()
    assert standing(source, "agents") == "missing"
    Pool.objects.update(active=False)
    assert items(source)["agents"].words == "No pool takes its leads."


def test_a_source_that_answers_later_needs_a_webhook(source: Source) -> None:
    assert "webhook" not in items(source)
    Source.objects.filter(pk=source.pk).update(mode=Mode.BACKGROUND)
    assert standing(source, "webhook") == "advice"
    WebhookEndpointFactory.create(vendor=source.vendor)
    assert standing(source, "webhook") == "done"


def test_a_check_whose_settings_cannot_be_read_is_told_and_breaks_no_page(
    manager: Client, source: Source
) -> None:
    CheckSettingFactory.create(source=source, check_name="duplicate", params={"dayz": 7})
    checks = items(source)["checks"]
    assert (checks.standing.value, "duplicate has no parameter dayz" in checks.words) == ("missing", True)
    assert manager.get(reverse("admin:intake_source_change", args=[source.pk])).status_code == 200
    sample = reverse("admin:intake_source_act", args=[source.pk, "sample"])
    page = manager.post(sample, {"text": json.dumps(glossary())}).content.decode()
    assert "No post of this source can be decided: duplicate has no parameter dayz" in page


def test_a_price_of_nothing_is_missing(source: Source) -> None:
    Source.objects.filter(pk=source.pk).update(price=0)
    assert standing(source, "price") == "missing"


def test_what_cannot_be_read_is_passed_over(door: Door, source: Source) -> None:
    SubmissionFactory.create(
        source=source, test=True, body=b"not sealed", state="unreadable", lead_number=None
    )
    SubmissionFactory.create(source=source, test=True, body=b"")
    assert standing(source, "required") == "missing"


def test_the_check_list_costs_the_same_for_one_test_post_and_for_fifty(door: Door, source: Source) -> None:
    def cost() -> int:
        items(source)
        with CaptureQueriesContext(connection) as asked:
            items(source)
        return len(asked)

    door.post()
    one = cost()
    for _ in range(49):
        door.post()
    assert cost() == one
    assert one <= 6


def test_a_source_goes_live_without_what_is_missing_only_if_that_is_said(
    manager: Client, source: Source
) -> None:
    address = reverse("admin:intake_source_act", args=[source.pk, "go-live"])
    assert "No post in the last 30 days." in words(manager.get(address).content.decode())
    refused = manager.post(address)
    source.refresh_from_db()
    assert (source.status, refused.status_code) == ("test", 200)
    assert not LogEntry.objects.exists()
    manager.post(address, {"although": "yes"})
    source.refresh_from_db()
    assert source.status == "live"
    assert "without: A post was accepted" in LogEntry.objects.get().change_message


def test_a_source_that_lacks_nothing_goes_live_at_once_and_once(door: Door, source: Source) -> None:
    door.post()
    for changes in (True, False):
        assert go_live(source=source, although_missing=False, now=timezone.now()) == (changes, [])
    ApiKey.objects.all().delete()
    Source.objects.filter(pk=source.pk).update(status=SourceStatus.TEST)
    with pytest.raises(NotReady):
        go_live(source=source, although_missing=False, now=timezone.now())
    source.refresh_from_db()
    assert source.status == "test"


def test_the_sources_page_begins_with_where_it_stands(manager: Client, door: Door, source: Source) -> None:
    door.post(phone="1")
    text = words(manager.get(reverse("admin:intake_source_change", args=[source.pk])).content.decode())
    assert text.index("Where it stands") < text.index("Required fields")
    assert "The last one: invalid_phone. Look at it" in text
    assert "every post is a test post" in text
    assert "One works." in text


def test_the_last_use_of_a_key_is_noted_once_in_a_while(door: Door, source: Source) -> None:
    door.post()
    first = KeyUse.objects.get().last_at
    door.post()
    assert KeyUse.objects.get().last_at == first
    assert timezone.now() - first < timedelta(minutes=1)


def test_a_key_that_is_not_admitted_is_not_noted_as_used(door: Door, source: Source) -> None:
    ApiKey.objects.update(revoked_at=timezone.now())
    assert door.post().status == 403
    assert not KeyUse.objects.exists()


def test_a_retry_of_a_live_post_is_noted_nowhere(door: Door) -> None:
    payload = glossary()
    door.post(payload)
    assert door.post(payload).headers["Idempotency-Replayed"] == "true"
    assert not hasattr(Source.objects.get(), "retry_seen")
    assert json.loads(Submission.objects.get().answer)["status"] == "accepted"


def test_a_price_table_is_a_price(source: Source) -> None:
    Source.objects.filter(pk=source.pk).update(price=0, price_kind=PriceKind.TABLE)
    assert standing(source, "price") == "missing"
    PriceRuleFactory.create(source=source, price="31.50")
    price = items(source)["price"]
    assert (price.standing.value, price.words) == ("done", "By a table of 1 line, $0.00 where none matches.")


def test_a_source_that_may_be_pinged_is_asked_for_a_ping_that_became_a_post(source: Source) -> None:
    assert "pings" not in items(source)
    Source.objects.filter(pk=source.pk).update(pings=True)
    assert items(source)["pings"].words == "No ping got a bid in the last 30 days."
    PingFactory.create(source=source)
    assert items(source)["pings"].words == "A ping got a bid; no post has named one yet."
    PingFactory.create(
        source=source, state="posted", submission=SubmissionFactory.create(source=source, test=True)
    )
    assert standing(source, "pings") == "done"
