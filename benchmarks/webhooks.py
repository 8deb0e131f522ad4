"""Webhooks: what noting events costs a post, how many can be noted beside it, how fast they are sent."""

import argparse
import multiprocessing
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import perf_counter, sleep
from typing import Any

import django

from benchmarks.turns import in_turns, posting_vendor

NOTED_A_SECOND = 1_000
SENT = 2_000


def main() -> None:
    """Prepare, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.parse_args()
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    django.setup()
    post = posting_vendor()
    in_turns("a post, with one endpoint told of everything / with none", post, _subscribed)
    in_turns(f"a post, beside {NOTED_A_SECOND:,} events a second / alone", post, _noting_beside)
    _sending()


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
