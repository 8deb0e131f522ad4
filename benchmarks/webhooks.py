"""Webhooks: what noting events costs a post, how many can be noted beside it, how fast they are sent."""

import argparse
import io
import json
import multiprocessing
import os
import statistics
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import perf_counter, sleep
from typing import Any

import django

TURNS = 30
POSTS = 20
NOTED_A_SECOND = 1_000
SENT = 2_000


def main() -> None:
    """Prepare, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.parse_args()
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    django.setup()
    post = _vendor()
    _turns("a post, with one endpoint told of everything / with none", post, _subscribed)
    _turns(f"a post, beside {NOTED_A_SECOND:,} events a second / alone", post, _noting_beside)
    _sending()


def _vendor() -> Any:
    """A function that posts one new lead in this process and asserts that it is bought."""
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    from intake.models import Source
    from leadcrm.testing.factories import AgentFactory, PoolFactory
    from leadcrm.testing.payloads import glossary

    settings.ALLOWED_HOSTS = ["testserver"]
    output = io.StringIO()
    call_command(
        "create_source", "--vendor", "Bench Vendor", "--name", "Webhooks", "--interest", "final_expense", "--price",
        "22", "--states", "TX", "--live", "--format", "json", stdout=output,
    )  # fmt: skip
    Source.objects.update(rate_limit=None)
    PoolFactory.create(members=[AgentFactory.create(licenses=["TX:final_expense"])])
    client, key = Client(), json.loads(output.getvalue())["api_key"]

    def post() -> None:
        answer = client.post(
            "/api/lead-intake",
            json.dumps(glossary()),
            "application/json",
            headers={"Authorization": f"Bearer {key}"},
        )
        assert answer.json()["status"] == "accepted", answer.content

    for _ in range(50):
        post()
    return post


def _turns(what: str, post: Any, condition: Any) -> None:
    """Milliseconds a post with and without `condition`, in short turns, so that other work falls on both."""
    taken: dict[bool, list[float]] = {True: [], False: []}
    with condition() as switch:
        for number in range(TURNS * 2):
            on = number % 2 == 0
            switch(on)
            post()  # caches that the change has emptied
            started = perf_counter()
            for _ in range(POSTS):
                post()
            taken[on].append((perf_counter() - started) / POSTS * 1000)
        switch(False)
    ratios = [a / b for a, b in zip(taken[True], taken[False], strict=True)]
    on, off = statistics.median(taken[True]), statistics.median(taken[False])
    print(f"{what}: {on:.2f} ms / {off:.2f} ms, median ratio {statistics.median(ratios):.3f}", flush=True)


@contextmanager
def _subscribed() -> Iterator[Any]:
    from intake.models import EndpointState, WebhookEndpoint
    from leadcrm.testing.factories import WebhookEndpointFactory

    endpoint = WebhookEndpointFactory.create(state=EndpointState.RETIRED)

    def switch(on: bool) -> None:
        # Paused: it collects, and no worker is needed.
        state = EndpointState.PAUSED if on else EndpointState.RETIRED
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(state=state)

    yield switch


@contextmanager
def _noting_beside() -> Iterator[Any]:
    from intake.models import EndpointState
    from leadcrm.testing.factories import LeadFactory, WebhookEndpointFactory

    WebhookEndpointFactory.create(kinds=["lead.quoted_elsewhere"], state=EndpointState.PAUSED)
    lead = LeadFactory.create()
    on, noted = multiprocessing.Event(), multiprocessing.Value("q", 0)
    noter = multiprocessing.Process(target=_note, args=(on, noted, lead.pk), daemon=True)
    noter.start()
    spent = [0.0]

    def switch(wanted: bool) -> None:
        if wanted:
            on.set()
            spent[0] -= perf_counter()
        elif on.is_set():
            on.clear()
            spent[0] += perf_counter()

    yield switch
    noter.terminate()
    print(f"   {noted.value / spent[0]:,.0f} events a second were noted meanwhile", flush=True)


def _note(on: Any, noted: Any, lead_id: int) -> None:
    """Note NOTED_A_SECOND events, each in a transaction of its own, as long as `on` is set."""
    from django.db import connections, transaction
    from django.utils import timezone

    from intake.models import EventKind, Lead, WebhookEndpoint
    from intake.webhooks.events import note_event
    from leadcrm.lib.batch import Batch

    connections.close_all()
    WebhookEndpoint.objects.filter(kinds=["lead.quoted_elsewhere"]).update(kinds=["consent.revoked"])
    vendor_id = Lead.objects.values_list("vendor_id", flat=True).get(pk=lead_id)
    while True:
        on.wait()
        due = perf_counter()
        while on.is_set():
            batch = Batch()
            with transaction.atomic():
                note_event(
                    kind=EventKind.REVOKED,
                    at=timezone.now(),
                    vendor_id=vendor_id,
                    lead_id=lead_id,
                    batch=batch,
                )
                batch.flush()
            noted.value += 1
            due += 1 / NOTED_A_SECOND
            sleep(max(0.0, due - perf_counter()))


def _sending() -> None:
    """SENT deliveries to a receiver on this machine, which takes cores from us."""
    from django.conf import settings
    from django.utils import timezone

    from intake.models import DeliveryState, WebhookDelivery, WebhookEvent
    from intake.webhooks.sending import claim, send
    from leadcrm.testing.factories import WebhookEndpointFactory

    WebhookDelivery.objects.all().delete()
    settings.WEBHOOK_PRIVATE_HOSTS = ["127.0.0.1"]
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = WebhookEndpointFactory.create(
        url=f"http://127.0.0.1:{server.server_port}/", kinds=["lead.sold"]
    )
    now = timezone.now()
    events = WebhookEvent.objects.bulk_create(WebhookEvent(kind="lead.sold", at=now) for _ in range(SENT))
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(event=event, endpoint=endpoint, due_at=now) for event in events
    )
    started = perf_counter()
    while claimed := claim(now=now + timedelta(seconds=1)):
        send(claimed, now=timezone.now())
    took = perf_counter() - started
    left = WebhookDelivery.objects.exclude(state=DeliveryState.DELIVERED).count()
    server.shutdown()
    print(f"sent {SENT:,} by one worker: {SENT / took:,.0f} a second, {left} not delivered")


class _Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: Any) -> None:
        """Nothing."""


if __name__ == "__main__":
    main()
