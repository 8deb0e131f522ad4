"""Webhooks in the admin: what a manager may set, sees of each delivery, and does by hand."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.models import ConfigChange
from intake.models import DeliveryState, EndpointState, WebhookDelivery, WebhookEndpoint
from leadcrm.models import User
from leadcrm.testing.factories import (
    UserFactory,
    VendorFactory,
    WebhookAttemptFactory,
    WebhookDeliveryFactory,
    WebhookEndpointFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer, backend="django.contrib.auth.backends.ModelBackend")
    return client


def filled(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Dialer", "vendor": "", "kinds": ["lead.accepted", "lead.sold"], "method": "POST",
        "url": "https://dialer.example.com/in", "template": "", "content_type": "application/json", "notify": "",
        **changes,
    }  # fmt: skip


def add(client: Client, **changes: Any) -> Any:
    return client.post(reverse("admin:intake_webhookendpoint_add"), filled(**changes))


def do(client: Client, endpoint: WebhookEndpoint, act: str, **data: Any) -> Any:
    return client.post(f"/admin/intake/webhookendpoint/{endpoint.pk}/do/{act}/", data)


def test_a_webhook_is_added_and_shows_what_it_would_be_sent(manager: Client) -> None:
    assert add(manager).status_code == 302

    endpoint = WebhookEndpoint.objects.get()
    page = manager.get(reverse("admin:intake_webhookendpoint_change", args=[endpoint.pk])).text
    assert endpoint.kinds == ["lead.accepted", "lead.sold"]
    assert "POST https://dialer.example.com/in" in page
    assert "webhook-signature: v1," in page
    assert endpoint.secrets["now"] not in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"url": "http://dialer.example.com/"}, "begins with https://"),
        ({"url": "ftp://dialer.example.com/"}, "begins with https://"),
        ({"url": "https://{sub_id_1}.example.com/"}, "The host must stand as it is"),
        ({"url": "https://me:secret@example.com/"}, "would stand in logs"),
        ({"url": "https://example.com:port/"}, "cannot be read"),
        ({"url": "https://example.com/?x={lead_nr}"}, "{lead_nr} is no macro"),
        ({"template": "{phone}"}, "{phone} is about people"),
        ({"method": "GET", "template": "x"}, "A GET has no body"),
        ({"kinds": []}, "This field is required"),
        ({"kinds": ["endpoint.test"]}, "is not one of the available choices"),
    ],
)
def test_what_cannot_be_sent_is_refused_at_its_field(manager: Client, changes: Any, words: str) -> None:
    answer = add(manager, **changes)

    assert answer.status_code == 200
    assert words in answer.text.replace("&#x27;", "'")
    assert not WebhookEndpoint.objects.exists()


def test_a_vendor_is_never_told_of_people(manager: Client) -> None:
    answer = add(manager, vendor=VendorFactory.create().pk, contact_data="on")

    assert "never told of people" in answer.text


def test_a_host_that_the_settings_name_may_be_reached_by_http(manager: Client, settings: Any) -> None:
    settings.WEBHOOK_PRIVATE_HOSTS = ["dialer.internal"]

    assert add(manager, url="http://dialer.internal/in").status_code == 302


def test_the_secret_is_shown_on_request_and_in_no_history(manager: Client) -> None:
    endpoint = WebhookEndpointFactory.create()
    secret = endpoint.secrets["now"]

    shown = do(manager, endpoint, "secret")
    renewed = do(manager, endpoint, "new-secret")

    endpoint.refresh_from_db()
    assert secret in shown.text
    assert "no-store" in shown["Cache-Control"]
    assert endpoint.secrets["now"] in renewed.text
    assert endpoint.secrets["before"] == secret
    told = "".join(map(str, ConfigChange.objects.values_list("before", "after")))
    assert secret not in told
    assert endpoint.secrets["now"] not in told
    assert "secrets" not in told
    words = list(LogEntry.objects.values_list("change_message", flat=True))
    assert any("Signing secret shown" in word for word in words)


def test_pause_enable_and_retire(manager: Client) -> None:
    endpoint = WebhookEndpointFactory.create()

    for act, state in (
        ("pause", EndpointState.PAUSED),
        ("enable", EndpointState.ACTIVE),
        ("retire", EndpointState.RETIRED),
        ("enable", EndpointState.RETIRED),
    ):
        do(manager, endpoint, act)
        endpoint.refresh_from_db()
        assert endpoint.state == state


def test_a_test_is_sent_and_the_log_shows_each_attempt(manager: Client) -> None:
    endpoint = WebhookEndpointFactory.create()
    do(manager, endpoint, "test")
    delivery = WebhookDelivery.objects.get()
    WebhookAttemptFactory.create(delivery=delivery, status=None, error="timeout")
    WebhookAttemptFactory.create(
        delivery=delivery, exchange={"method": "POST", "url": "https://x", "body": "{}", "answer": "thanks"}
    )

    page = manager.get(reverse("admin:intake_webhookdelivery_change", args=[delivery.pk])).text

    assert "timeout" in page
    assert "thanks" in page


def test_what_was_given_up_is_sent_again_by_a_button(manager: Client) -> None:
    delivery = WebhookDeliveryFactory.create(state=DeliveryState.GIVEN_UP, due_at=None, attempts=13)

    manager.post(f"/admin/intake/webhookdelivery/{delivery.pk}/do/again/")

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (DeliveryState.WAITING, 0)


def test_everything_since_a_moment_is_sent_again(manager: Client) -> None:
    delivery = WebhookDeliveryFactory.create(
        state=DeliveryState.DELIVERED, due_at=None, endpoint__kinds=["endpoint.test"]
    )
    before = timezone.localtime() - timedelta(hours=1)

    future = do(manager, delivery.endpoint, "replay", since_0="2999-01-01", since_1="00:00")
    do(manager, delivery.endpoint, "replay", since_0=f"{before:%Y-%m-%d}", since_1=f"{before:%H:%M}")

    delivery.refresh_from_db()
    assert "still to come" in future.text
    assert delivery.state == DeliveryState.WAITING


def test_who_may_only_look_does_nothing_by_hand(client: Client) -> None:
    clerk = UserFactory.create(is_staff=True)
    clerk.user_permissions.add(
        *Permission.objects.filter(codename__in=("view_webhookendpoint", "view_webhookdelivery"))
    )
    client.force_login(clerk, backend="django.contrib.auth.backends.ModelBackend")
    endpoint = WebhookEndpointFactory.create()

    assert client.get(reverse("admin:intake_webhookendpoint_change", args=[endpoint.pk])).status_code == 200
    for act in ("test", "pause", "secret", "new-secret", "replay", "retire"):
        assert do(client, endpoint, act).status_code == 403
