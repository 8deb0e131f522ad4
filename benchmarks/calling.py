"""May I call now? One lead, a queue of a hundred, asked by an act; beside one SELECT in the same process."""

import argparse
import os
import statistics
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from time import perf_counter
from uuid import uuid4

import django

MOST_MS = 5.0
NOON = datetime(2026, 12, 2, 18, tzinfo=UTC)  # in Texas, on a Wednesday
ROUNDS = 3


def main() -> None:
    """In a database that holds nothing else; see benchmarks.__main__."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calling", description=__doc__)
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=2_000, help="of each measurement")
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "leadcrm.settings")
    django.setup()
    report(asked.leads, asked.times)


def report(leads: int, times: int) -> None:
    """Fill, measure in turns, print medians and ratios; fail above MOST_MS for one lead with warm data."""
    from compliance.calling import ask_to_contact, may_contact, may_contact_many
    from leadcrm.lib.db import Query, fetch_together

    user, some = _fill(leads)
    turn = cycle(some)
    asked = {"user": user, "channel": "call", "now": NOON}

    def single() -> None:
        lead = next(turn)
        may_contact(lead=lead, phone=lead.phone, **asked)

    def act() -> None:
        lead = next(turn)
        ask_to_contact(lead=lead, phone=lead.phone, act="dial", request_id=uuid4(), **asked)

    select = Query("SELECT 1")
    figures = _in_turns(
        {
            "one SELECT": (lambda: fetch_together(select), times),
            "may_contact": (single, times),
            "may_contact_many, 100 leads": (
                lambda: may_contact_many(leads=some[:100], **asked),
                max(times // 50, 10),
            ),
            "ask_to_contact, dial": (act, max(times // 4, 10)),
        }
    )
    ceiling = figures["one SELECT"][0]
    print(
        f"May I call now? {leads:,} leads, as many attempts, a national list; {times} times, {ROUNDS} rounds"
    )
    for name, (median, slow) in figures.items():
        print(
            f"  {name:28} median {median:7.3f} ms   p99 {slow:7.3f} ms   {median / ceiling:6.1f} x one SELECT"
        )
    if figures["may_contact"][0] > MOST_MS:
        sys.exit(f"One lead takes more than {MOST_MS} ms")


def _in_turns(work: dict[str, tuple[Callable[[], object], int]]) -> dict[str, tuple[float, float]]:
    """Median and 99th percentile in ms, over rounds in which all take turns; the first round only warms."""
    found: dict[str, list[float]] = {name: [] for name in work}
    for turn in range(ROUNDS + 1):
        for name, (run, times) in work.items():
            for _ in range(times if turn else max(times // 10, 1)):
                started = perf_counter()
                run()
                if turn:
                    found[name].append((perf_counter() - started) * 1000)
    return {name: (statistics.median(times), _p99(times)) for name, times in found.items()}


def _p99(times: Sequence[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]


def _fill(leads: int) -> tuple[object, list[object]]:
    """A source, an agent with a license, leads with consents, attempts of other numbers, a list. Returns some leads."""
    import io
    import json

    from django.core.management import call_command
    from django.db import connection

    from agents.models import License
    from benchmarks.fill import fill_to
    from compliance.dnc.imports import import_full
    from intake.models import ConsentRecord, Lead, Source
    from leadcrm.models import User
    from leadcrm.testing.altering import altering

    output = io.StringIO()
    call_command(
        "create_source", "--vendor", "Bench Vendor", "--name", "Calls", "--interest", "final_expense", "--price", "22",
        "--states", "TX", "--live", "--format", "json", stdout=output,
    )  # fmt: skip
    source = Source.objects.get(pk=json.loads(output.getvalue())["source"])
    call_command(
        "create_agent", "--email", "agent@example.com", "--name", "Bench Agent", "--password", uuid4().hex,
        "--license", "TX:life", stdout=io.StringIO(),
    )  # fmt: skip
    License.objects.update(effective_on=date(2020, 1, 1))
    user = User.objects.get(email="agent@example.com")
    fill_to(leads, source_id=source.pk, vendor_id=source.vendor_id, owner_ids=[user.pk])
    with altering(ConsentRecord):
        ConsentRecord.objects.update(given_at=NOON - timedelta(days=2))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO compliance_contactattempt (phone, channel, at, lead_id, user_id) "
            "SELECT phone, 'call', %s - interval '40 hours' * random(), id, owner_id FROM intake_lead",
            [NOON],
        )
        cursor.execute("VACUUM (ANALYZE)")
    listed = io.BytesIO(b"".join(b"%d,2000001\n" % area for area in range(210, 1000) if area % 100 > 9))
    listed.name = "national.txt"
    import_full(
        files=[listed], list_code="national", effective_on=date(2026, 11, 20), imported_by="bench",
        covers_all=True, now=NOON,
    )  # fmt: skip
    return user, list(Lead.objects.order_by("pk")[:1000])


if __name__ == "__main__":
    main()
