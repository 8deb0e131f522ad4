"""One number with many leads and contacts: how long its evidence pack takes, how much memory, how large it is."""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import zipfile
from datetime import timedelta
from time import perf_counter
from uuid import uuid4

import django

PHONE = "+12145550123"


def main() -> None:
    """Fill, make a pack, verify it. Ends with 1 if it does not agree."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=500)
    parser.add_argument("--contacts", type=int, default=5000)
    asked = parser.parse_args()
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    django.setup()
    _prepare(asked.leads, asked.contacts)
    with tempfile.TemporaryDirectory() as folder:
        _make(folder)
        sys.exit(_verify(folder))


def _prepare(leads: int, contacts: int) -> None:
    """Leads a day apart, as many contacts of each; all that is recorded of a contact, none of the work before it."""
    from django.utils import timezone

    from compliance.evidence.sealing import seal_pending
    from intake.originals import keep_as_it_came
    from leadcrm.testing.factories import (
        CertificateFactory,
        DecisionFactory,
        LeadFactory,
        SourceFactory,
        SubmissionFactory,
        UserFactory,
    )

    source, user, now = SourceFactory.create(), UserFactory.create(), timezone.now()
    for number in range(leads):
        at = now - timedelta(days=number % 700, minutes=number)
        post = SubmissionFactory.build(source=source, received_at=at)
        keep_as_it_came(post, body=b'{"phone": "2145550123", "consent": "yes"}' * 20, query="")
        post.save()
        lead = LeadFactory.create(
            submission=post, source=source, received_at=at, phone=PHONE, state="TX", zip="75201"
        )
        DecisionFactory.create(submission=post, decided_at=at)
        CertificateFactory.create(lead=lead)
        _contacts(lead, user, at, contacts // leads)
    started, rows = perf_counter(), 0
    while sealed := seal_pending(now=timezone.now()):
        rows += sealed
    print(f"sealed {rows:,} rows in {perf_counter() - started:.1f} s", flush=True)


def _contacts(lead, user, at, many) -> None:  # type: ignore[no-untyped-def]
    from compliance.models import CallingRule, ContactAct, ContactAttempt, ContactChannel, ContactDecision
    from leadcrm.testing.factories import CommunicationFactory

    rules = [[rule.pk, rule.version] for rule in CallingRule.objects.filter(state__in=["US", "TX"])]
    for number in range(many):
        when = at + timedelta(hours=number + 1)
        attempt = ContactAttempt.objects.create(
            phone=PHONE, channel=ContactChannel.CALL, at=when, lead=lead, user=user
        )
        decision = ContactDecision.objects.create(
            request_id=uuid4(), lead=lead, user=user, phone=PHONE, channel=ContactChannel.CALL, at=when,
            act=ContactAct.DIAL, allowed=True, reasons=[], warnings=[], opens_at=when, closes_at=when, ms=1,
            zone="America/Chicago", zones=["America/Chicago"], states=["TX"], rules=rules, lists=[], given={},
            attempt=attempt,
        )  # fmt: skip
        CommunicationFactory.create(
            lead=lead, author=user, at=when, decision=decision, body="Spoke for a while"
        )


def _make(folder: str) -> None:
    from django.utils import timezone

    from compliance.evidence.pack.making import make_pack

    before, started = _memory(), perf_counter()
    made = make_pack(phone=PHONE, reason="Benchmark", by=None, by_name="Benchmark", now=timezone.now())
    took = perf_counter() - started
    print(
        f"made in {took:.1f} s, {made.record.size / 1e6:.1f} MB; memory {before:.0f} MB, at most {_memory():.0f} MB"
    )
    with zipfile.ZipFile(made.file) as file:
        for info in sorted(file.infolist(), key=lambda info: -info.file_size)[:5]:
            print(f"   {info.filename} {info.file_size / 1e6:.1f} MB")
        file.extractall(folder)


def _verify(folder: str) -> int:
    started = perf_counter()
    done = subprocess.run(
        [sys.executable, "-I", "verify.py"], cwd=folder, capture_output=True, text=True, check=False
    )
    print(done.stdout)
    print(f"verified in {perf_counter() - started:.1f} s")
    return done.returncode


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
