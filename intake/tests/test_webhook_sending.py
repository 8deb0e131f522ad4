"""Webhooks are sent by the Standard Webhooks scheme, and bear of people what they may."""

import json
from datetime import timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from intake.forgetting import erase_profiles
from intake.models import (
    DeliveryState,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEvent,
)
from intake.tests.webhook_support import NOW, PATH, attempt, endpoint_at, told
from intake.webhooks import sending
from intake.webhooks.again import forget_old, replay_since, resend, rotate_secret, send_test
from intake.webhooks.payload import render
from intake.webhooks.sending import deliver_due
from leadcrm.testing.factories import (
    LeadFactory,
    VendorFactory,
    WebhookDeliveryFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("short_waits")]


def test_a_receiver_with_the_schemes_library_reads_the_message(receiver: HTTPServer) -> None:
    endpoint = endpoint_at(receiver)
    receiver.expect_request(PATH, method="POST").respond_with_data("thanks")
    delivery = told(endpoint)

    import time_machine

    with time_machine.travel(NOW, tick=False):
        attempt(delivery)
        ((request, _),) = receiver.log
        read = Webhook(endpoint.secrets["now"]).verify(request.get_data(), dict(request.headers))
        with pytest.raises(WebhookVerificationError):
            Webhook(endpoint.secrets["now"]).verify(request.get_data() + b" ", dict(request.headers))

    lead = delivery.event.lead
    assert lead
    assert delivery.event.submission
    assert read == {
        "type": "lead.sold", "timestamp": "2026-11-24T17:00:00Z",
        "data": {
            "lead_id": f"A-{lead.pk}", "submission_id": delivery.event.submission.pk.hex, "vendor_lead_id": "V-7",
            "source": delivery.event.submission.source.name, "status": "sold", "previous_status": "quoted",
            "reason": "", "price": "22.00", "currency": "USD", "campaign": "", "sub_id_1": "a&b", "sub_id_2": "",
            "sub_id_3": "", "sub_id_4": "", "sub_id_5": "",
        },
    }  # fmt: skip
    assert delivery.state == DeliveryState.DELIVERED
    assert (delivery.attempts, delivery.due_at, delivery.last_status) == (1, None, 200)


def test_the_id_stays_the_same_over_all_attempts(receiver: HTTPServer) -> None:
    receiver.expect_ordered_request(PATH).respond_with_data("no", status=500)
    receiver.expect_ordered_request(PATH).respond_with_data("yes")
    delivery = attempt(told(endpoint_at(receiver)))
    assert delivery.due_at

    attempt(delivery, delivery.due_at + timedelta(seconds=1))

    ids = {request.headers["webhook-id"] for request, _ in receiver.log}
    assert ids == {delivery.event_id.hex}
    assert (delivery.state, delivery.attempts) == (DeliveryState.DELIVERED, 2)
    assert [row.status for row in delivery.log.all()] == [500, 200]


def test_people_are_told_of_to_systems_of_ours_alone(receiver: HTTPServer) -> None:
    receiver.expect_request(PATH).respond_with_data("")
    lead = LeadFactory.create()
    ours = told(endpoint_at(receiver, contact_data=True), lead=lead)
    theirs = told(endpoint_at(receiver, vendor=lead.vendor), lead=lead)

    attempt(ours)

    bodies = {
        row.delivery_id: json.loads(row.exchange["body"])["data"] for row in WebhookAttempt.objects.all()
    }
    assert bodies[ours.pk]["contact"]["phone"] == lead.phone
    assert bodies[ours.pk]["reason"] == "Likes us"
    assert "contact" not in bodies[theirs.pk]
    assert lead.phone not in json.dumps(bodies[theirs.pk])
    assert bodies[theirs.pk]["reason"] == ""


def test_a_postback_by_get_has_each_value_as_one_component(receiver: HTTPServer) -> None:
    receiver.expect_request(PATH, method="GET").respond_with_data("1")
    url = f"http://127.0.0.1:{receiver.port}{PATH}?id={{vendor_lead_id}}&sub={{sub_id_1}}&p={{price}}"

    delivery = attempt(told(endpoint_at(receiver, url=url, method="GET")))

    ((request, _),) = receiver.log
    assert dict(request.args) == {"id": "V-7", "sub": "a&b", "p": "22.00"}
    assert request.get_data() == b""
    assert delivery.state == DeliveryState.DELIVERED


@pytest.mark.parametrize(
    ("content_type", "template", "body"),
    [
        ("application/json", '{"id": "{vendor_lead_id}", "n": {price}}', '{"id": "V-\\"7", "n": 22.00}'),
        ("application/x-www-form-urlencoded", "id={vendor_lead_id}&s={sub_id_1}", "id=V-%227&s=a%26b"),
        (
            "text/xml; charset=utf-8",
            '<l id="{vendor_lead_id}">{sub_id_1}</l>',
            '<l id="V-&quot;7">a&amp;b</l>',
        ),
        ("text/plain", "{vendor_lead_id} {unknown_thing}", 'V-"7 '),
    ],
)
def test_a_template_cannot_be_broken_by_a_value(
    receiver: HTTPServer, content_type: str, template: str, body: str
) -> None:
    receiver.expect_request(PATH).respond_with_data("")
    lead = LeadFactory.create(vendor_lead_id='V-"7', tracking={"sub_id_1": "a&b"})

    attempt(told(endpoint_at(receiver, template=template, content_type=content_type), lead=lead))

    ((request, _),) = receiver.log
    assert (request.get_data().decode(), request.headers["Content-Type"]) == (body, content_type)


def test_after_a_new_secret_both_signatures_stand_for_a_day(receiver: HTTPServer) -> None:
    receiver.expect_request(PATH).respond_with_data("")
    endpoint = endpoint_at(receiver)
    old = endpoint.secrets["now"]
    new = rotate_secret(endpoint=endpoint, now=NOW)
    endpoint.refresh_from_db()

    assert endpoint.signing_secrets(NOW + timedelta(hours=23)) == [new, old]
    assert endpoint.signing_secrets(NOW + timedelta(hours=25)) == [new]
    attempt(told(endpoint))
    ((request, _),) = receiver.log
    assert len(request.headers["webhook-signature"].split()) == 2


def test_sent_again_by_hand_it_keeps_its_id(receiver: HTTPServer) -> None:
    receiver.expect_request(PATH).respond_with_data("")
    delivery = attempt(told(endpoint_at(receiver)))

    assert resend(delivery=delivery, now=NOW)
    assert not resend(delivery=delivery, now=NOW)
    attempt(delivery)

    assert len({request.headers["webhook-id"] for request, _ in receiver.log}) == 1
    assert len(receiver.log) == 2


def test_everything_since_a_day_is_sent_again_and_to_one_that_came_later(receiver: HTTPServer) -> None:
    receiver.expect_request(PATH).respond_with_data("")
    first = endpoint_at(receiver)
    delivered = attempt(told(first))
    added = endpoint_at(receiver, kinds=["lead.sold"])

    assert replay_since(endpoint=first, since=NOW, now=NOW) == 1
    assert replay_since(endpoint=first, since=NOW, now=NOW) == 0  # waits already
    assert replay_since(endpoint=added, since=NOW, now=NOW) == 1
    assert replay_since(endpoint=added, since=NOW + timedelta(seconds=1), now=NOW) == 0
    assert (
        replay_since(endpoint=endpoint_at(receiver, vendor=VendorFactory.create()), since=NOW, now=NOW) == 0
    )
    deliver_due(now=NOW)

    assert [request.headers["webhook-id"] for request, _ in receiver.log] == [delivered.event_id.hex] * 3


def test_a_test_goes_to_one_endpoint_and_its_log_shows_the_answer(receiver: HTTPServer) -> None:
    receiver.expect_request(PATH).respond_with_data("hello")
    endpoint = endpoint_at(receiver)
    endpoint_at(receiver)

    delivery = attempt(send_test(endpoint=endpoint, now=NOW))

    assert WebhookDelivery.objects.count() == 1
    assert delivery.log.get().exchange["answer"] == "hello"


def test_what_was_sent_is_sealed_and_goes_with_the_person(receiver: HTTPServer, reviewer: Any) -> None:
    from django.db import connection

    receiver.expect_request(PATH).respond_with_data("")
    lead = LeadFactory.create()
    delivery = attempt(told(endpoint_at(receiver, contact_data=True), lead=lead))
    with connection.cursor() as cursor:
        cursor.execute("SELECT exchange::text FROM intake_webhookattempt")
        assert lead.phone not in cursor.fetchone()[0]

    erase_person_of(lead, reviewer)

    assert delivery.log.get().exchange == {}
    assert resend(delivery=delivery, now=NOW)
    attempt(delivery)
    assert lead.phone.encode() not in receiver.log[-1][0].get_data()


def erase_person_of(lead: Any, by: Any) -> None:
    from intake.forgetting import erase_profiles

    erase_profiles(leads=[lead.pk], reason="Asked", by=by, now=NOW)


def test_old_events_go_with_their_logs(receiver: HTTPServer) -> None:
    receiver.expect_request(PATH).respond_with_data("")
    attempt(told(endpoint_at(receiver)))
    WebhookDeliveryFactory.create()

    assert forget_old(before=NOW + timedelta(seconds=1)) == 1

    assert not WebhookAttempt.objects.exists()
    assert WebhookDelivery.objects.count() == WebhookEvent.objects.count() == 1


def test_the_log_keeps_nothing_of_a_person_who_was_erased_while_it_was_sent(receiver: HTTPServer) -> None:
    receiver.expect_request(PATH, method="POST").respond_with_data("thanks")
    kept, erased = (told(endpoint_at(receiver, contact_data=True)) for _ in range(2))
    assert erased.event.lead
    done = [sending.Sent(each, render(event=each.event, endpoint=each.endpoint, now=NOW), NOW, 200)
            for each in (kept, erased)]  # fmt: skip
    erase_profiles(leads=[erased.event.lead.pk], reason="asked", by=None, now=NOW)

    sending.record(done)
    assert WebhookAttempt.objects.get(delivery=kept).exchange["body"]
    assert WebhookAttempt.objects.get(delivery=erased).exchange == {}
