"""Trials of rules: what one costs a post, how fast the past is asked, what the report takes with many verdicts."""

import argparse
import os
import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import django

from benchmarks.turns import in_turns, posting_vendor

VERDICTS = 200_000
BOUGHT = (1_000, 100_000)


def main() -> None:
    """Prepare, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.parse_args()
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    django.setup()
    post = posting_vendor()
    in_turns("a post, with nothing tried / the same", post, _nothing)
    in_turns("a post, with a filter on trial / none", post, lambda: _trying("filters", {"states": ["OK"]}))
    in_turns(
        "a post, with a duplicate window on trial / none", post, lambda: _trying("duplicate", {"days": 90})
    )
    _past()
    for bought in BOUGHT:
        in_turns(
            f"a post, with a monthly cap on trial that has bought {bought:,} / none", post, _caps(bought)
        )
    _report()


@contextmanager
def _nothing() -> Iterator[Callable[[bool], None]]:
    yield lambda on: None


@contextmanager
def _trying(check_name: str, params: dict[str, Any], **fields: Any) -> Iterator[Callable[[bool], None]]:
    from compliance.models import Trial, TrialState
    from intake.models import Source
    from leadcrm.testing.factories import TrialFactory

    fields = {"params": params, "source": Source.objects.get(), **fields}
    trial = TrialFactory.create(check_name=check_name, **fields)

    def switch(on: bool) -> None:
        state = TrialState.RUNNING if on else TrialState.ENDED
        Trial.objects.filter(pk=trial.pk).update(state=state, closed_at=None if on else trial.started_at)

    yield switch


def _caps(bought: int) -> Any:
    @contextmanager
    def condition() -> Iterator[Callable[[bool], None]]:
        from django.utils import timezone

        from compliance.models import Trial
        from compliance.trials.usage import count_bought

        caps = [{"period": "month", "unit": "leads", "limit": "999999.00"}]
        with _trying("caps", {}, mode="", on_unknown="", caps=caps, before={"caps": []}) as switch:
            _fill(Trial.objects.latest("pk"), bought, changed=0)
            count_bought(now=timezone.now())
            yield switch

    return condition


def _fill(trial: Any, count: int, *, changed: int) -> None:
    """Verdicts of `trial` on as many posts, one in `changed` of them changed; vacuumed as in a running system."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH posts AS (
                INSERT INTO intake_submission (
                    id, source_id, received_at, test, state, content_type, body, query, headers, replay_key,
                    payload_digest, vendor_lead_id, reason, price, answer, answer_type, answer_status, processed_ms,
                    attempts, error
                )
                SELECT gen_random_uuid(), %(source)s, now() - n * interval '1 second' / 10, false, 'rejected', '', '',
                    '', '{}', gen_random_uuid(), gen_random_uuid(), '', 'duplicate', 0, '', '', 200, 1, 0, ''
                FROM generate_series(1, %(count)s) n RETURNING id, received_at
            )
            INSERT INTO compliance_trialverdict (
                trial_id, source_id, submission_id, at, state, price, live_outcome, live_code, would_outcome, code,
                field, reasons, effect, why
            )
            SELECT %(trial)s, %(source)s, id, received_at, (ARRAY['TX', 'OK', 'FL', 'GA'])[1 + n %% 4], 22,
                'accepted', '', CASE WHEN changed THEN 'rejected' ELSE 'accepted' END,
                CASE WHEN changed THEN 'duplicate' ELSE '' END, '', '[]',
                CASE WHEN changed THEN 'refuses' ELSE 'same' END, ''
            FROM (
                SELECT *, %(changed)s > 0 AND n %% greatest(%(changed)s, 1) = 0 AS changed
                FROM (SELECT *, row_number() OVER () AS n FROM posts) numbered
            ) rows
            """,
            {"trial": trial.pk, "source": trial.source_id, "count": count, "changed": changed},
        )
        cursor.execute("VACUUM ANALYZE compliance_trialverdict")
        cursor.execute("VACUUM ANALYZE intake_submission")


def _past() -> None:
    """The posts that the turns have left, asked again."""
    from django.utils import timezone

    from compliance.models import TrialLookBack
    from compliance.trials.looking_back import ask_look_back, look_back
    from intake.models import Source
    from leadcrm.testing.factories import TrialFactory

    trial = TrialFactory.create(check_name="filters", params={"states": ["OK"]}, source=Source.objects.get())
    ask_look_back(trial_id=trial.pk, days=7, by=trial.started_by, now=timezone.now())
    started = perf_counter()
    look_back(now=timezone.now())
    row = TrialLookBack.objects.get(trial=trial)
    took = perf_counter() - started
    print(
        f"the past: {row.seen:,} posts in {took:.1f} s, {row.seen / took:,.0f} a second; {row.not_kept} not kept"
    )


def _report() -> None:
    """The report and the first page of posts with VERDICTS verdicts, one in ten changed."""
    from compliance.trials.report import changed_posts, figures_of
    from intake.models import Source
    from leadcrm.testing.factories import TrialFactory

    trial = TrialFactory.create(check_name="price", params={}, source=Source.objects.get())
    _fill(trial, VERDICTS, changed=10)
    for name, act in (
        ("figures", lambda: figures_of(trial)),
        ("a page of posts", lambda: changed_posts(trial, None)),
    ):
        taken = []
        for _ in range(9):
            started = perf_counter()
            act()
            taken.append((perf_counter() - started) * 1000)
        print(
            f"{name} of a trial with {VERDICTS:,} verdicts: median {statistics.median(taken):.0f} ms",
            flush=True,
        )


if __name__ == "__main__":
    main()
