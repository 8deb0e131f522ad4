"""Receivers are slow, broken, away for days, or point where nobody may go: nothing is lost, nothing leaks."""

import contextlib
import socket
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from intake.models import (
    DeliveryState,
    EndpointState,
    WebhookAttempt,
    WebhookDelivery,
    WebhookHealth,
)
from intake.tests.webhook_support import NOW, PATH, attempt, endpoint_at, told
from intake.webhooks import sending
from intake.webhooks.failing import enable, tell_of_disabled
from intake.webhooks.sending import LADDER, LEASE, claim, send
from leadcrm.lib import http
from leadcrm.testing.factories import (
    WebhookEndpointFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("short_waits")]


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
def test_a_no_is_tried_again_with_growing_waits_for_three_days(receiver: HTTPServer, status: int) -> None:
    receiver.expect_request(PATH).respond_with_data("no", status=status)
    delivery, now = told(endpoint_at(receiver)), NOW

    for step in LADDER:
        delivery = attempt(delivery, now)
        assert delivery.due_at
        wait = delivery.due_at - WebhookAttempt.objects.latest("pk").at
        assert step <= wait <= step * 1.2
        now = delivery.due_at
        WebhookHealth.objects.update(failing_since=None)  # the endpoint's own five days are another test's
    delivery = attempt(delivery, now)

    assert (delivery.state, delivery.due_at) == (DeliveryState.GIVEN_UP, None)
    assert sum(LADDER, timedelta()) > timedelta(days=3) - timedelta(hours=6)


def test_a_receiver_that_says_when_is_asked_then(receiver: HTTPServer) -> None:
    receiver.expect_request(PATH).respond_with_data("busy", status=503, headers={"Retry-After": "3600"})

    delivery = attempt(told(endpoint_at(receiver)))

    assert delivery.due_at
    assert delivery.due_at - WebhookAttempt.objects.get().at == timedelta(hours=1)


def test_a_redirect_is_not_followed(receiver: HTTPServer) -> None:
    receiver.expect_request(PATH).respond_with_data("", status=302, headers={"Location": "/elsewhere"})

    delivery = attempt(told(endpoint_at(receiver)))

    assert (delivery.state, delivery.last_error) == (DeliveryState.WAITING, "redirected")
    assert len(receiver.log) == 1


def test_an_answer_without_end_is_cut_off(receiver: HTTPServer) -> None:
    receiver.expect_request(PATH).respond_with_data("x" * 5_000)

    assert attempt(told(endpoint_at(receiver))).last_error == "too_large"


def test_one_that_hangs_and_one_that_is_gone_fail_and_leave_room_for_others(receiver: HTTPServer) -> None:
    def hang(request: Request) -> Response:
        with socket.socket() as waiting:
            waiting.settimeout(0.5)
            waiting.bind(("127.0.0.1", 0))
            waiting.listen()
            with contextlib.suppress(TimeoutError):
                waiting.accept()
        return Response("late")

    receiver.expect_request("/hang").respond_with_handler(hang)
    receiver.expect_request(PATH).respond_with_data("")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    slow = told(endpoint_at(receiver, url=f"http://127.0.0.1:{receiver.port}/hang"))
    gone = told(endpoint_at(receiver, url=f"http://127.0.0.1:{port}/"))
    good = told(endpoint_at(receiver))

    attempt(good)

    slow.refresh_from_db()
    gone.refresh_from_db()
    assert [slow.last_error, gone.last_error, good.last_status] == ["timeout", "unreachable", 200]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://2130706433:{port}/", "http://[::1]:{port}/",
        "http://0.0.0.0:{port}/", "http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/",
        "http://[::ffff:127.0.0.1]:{port}/", "http://[64:ff9b::7f00:1]:{port}/",
    ],
)  # fmt: skip
def test_an_address_inside_a_network_is_never_called(inside: HTTPServer, url: str) -> None:
    delivery = attempt(told(WebhookEndpointFactory.create(url=url.format(port=inside.port))))

    assert delivery.last_error in ("private_address", "unreachable")
    assert inside.log == []


def test_a_name_that_points_elsewhere_from_one_look_to_the_next_leads_nowhere_else(
    inside: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        address = "203.0.113.9" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    reached: list[Any] = []

    class Sock(socket.socket):
        def connect(self, address: Any) -> None:
            reached.append(address)
            raise ConnectionRefusedError

    monkeypatch.setattr("socket.getaddrinfo", rebinding)
    monkeypatch.setattr(http, "is_public", lambda address: address.startswith("203.0.113."))
    monkeypatch.setattr("socket.socket", Sock)
    endpoint = WebhookEndpointFactory.create(url=f"http://rebind.example.com:{inside.port}/")

    first = attempt(told(endpoint))
    second = attempt(told(endpoint), NOW + timedelta(seconds=1))

    assert reached == [("203.0.113.9", inside.port)]  # looked at and connected to: one look
    assert (first.last_error, second.last_error) == ("unreachable", "private_address")
    assert inside.log == []


def test_a_receiver_that_was_down_for_a_day_has_everything_afterwards(receiver: HTTPServer) -> None:
    receiver.expect_request(PATH).respond_with_data("down", status=502)
    endpoint, now = endpoint_at(receiver), NOW
    rows = [told(endpoint) for _ in range(5)]
    while now < NOW + timedelta(days=1):
        while claimed := claim(now=now):
            send(claimed, now=now)
        now += timedelta(hours=1)
    receiver.clear()
    receiver.expect_request(PATH).respond_with_data("")

    WebhookHealth.objects.update(failing_since=None)
    later = now + timedelta(days=2)
    while claimed := claim(now=later):
        send(claimed, now=later)

    ids = {request.headers["webhook-id"] for request, _ in receiver.log}
    assert ids == {row.event_id.hex for row in rows}
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {DeliveryState.DELIVERED}


def test_after_five_days_of_failures_it_is_disabled_somebody_told_and_nothing_lost(
    receiver: HTTPServer, django_capture_on_commit_callbacks: Any
) -> None:
    receiver.expect_request(PATH).respond_with_data("no", status=500)
    endpoint = endpoint_at(receiver, notify="ops@example.com")
    attempt(told(endpoint))
    WebhookHealth.objects.update(failing_since=NOW - timedelta(days=5))
    failed = attempt(told(endpoint), NOW + timedelta(seconds=1))
    endpoint.refresh_from_db()
    assert endpoint.state == EndpointState.DISABLED

    for _ in range(2):
        tell_of_disabled(now=NOW + timedelta(days=400))
    waiting = told(endpoint)
    assert claim(now=NOW + timedelta(days=1)) == []
    receiver.clear()
    receiver.expect_request(PATH).respond_with_data("")
    enable(endpoint=endpoint)
    while claimed := claim(now=NOW + timedelta(days=9)):
        send(claimed, now=NOW + timedelta(days=9))

    assert [message.to for message in mail.outbox] == [["ops@example.com"]]
    for row in (failed, waiting):
        row.refresh_from_db()
        assert row.state == DeliveryState.DELIVERED


def test_a_mail_server_that_refuses_is_asked_again(receiver: HTTPServer, settings: Any) -> None:
    endpoint = endpoint_at(receiver, notify="ops@example.com")
    receiver.expect_request(PATH).respond_with_data("", status=410)
    attempt(told(endpoint))
    settings.EMAIL_BACKEND = "intake.tests.test_webhook_failures.Refusing"

    later = NOW + timedelta(days=400)
    assert tell_of_disabled(now=later) == 0
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert tell_of_disabled(now=later) == 0
    assert tell_of_disabled(now=later + timedelta(minutes=11)) == 1


class Refusing:
    """A mail server that does not answer."""

    def __init__(self, **_: Any) -> None:
        pass

    def send_messages(self, _: Any) -> int:
        raise ConnectionRefusedError


def test_410_gone_disables_at_once(receiver: HTTPServer) -> None:
    receiver.expect_request(PATH).respond_with_data("", status=410)
    endpoint = endpoint_at(receiver)

    attempt(told(endpoint))

    endpoint.refresh_from_db()
    assert (endpoint.state, "410" in endpoint.disabled_why) == (EndpointState.DISABLED, True)


def test_a_worker_that_dies_after_its_claim_loses_nothing(receiver: HTTPServer) -> None:
    receiver.expect_request(PATH).respond_with_data("")
    delivery = told(endpoint_at(receiver))
    assert claim(now=NOW) == [delivery]

    assert claim(now=NOW + LEASE - timedelta(seconds=1)) == []
    attempt(delivery, NOW + LEASE)

    assert delivery.state == DeliveryState.DELIVERED


def test_a_failing_endpoint_takes_few_places_of_a_round(receiver: HTTPServer) -> None:
    bad, good = endpoint_at(receiver), endpoint_at(receiver)
    WebhookHealth.objects.create(endpoint=bad, failing_since=NOW)
    for _ in range(30):
        told(bad)
        told(good)

    claimed = [delivery.endpoint for delivery in claim(now=NOW)]

    assert (claimed.count(bad), claimed.count(good)) == (sending.PER_FAILING, sending.PER_ENDPOINT)


def test_one_whose_secret_does_not_open_fails_by_itself(receiver: HTTPServer) -> None:
    receiver.expect_request(PATH).respond_with_data("")
    broken, good = told(endpoint_at(receiver, secrets={"lost": "x"})), told(endpoint_at(receiver))

    attempt(good)

    broken.refresh_from_db()
    assert (broken.state, broken.last_error) == (DeliveryState.WAITING, "not_made")
    assert good.state == DeliveryState.DELIVERED
