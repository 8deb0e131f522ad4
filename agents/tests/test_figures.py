"""Figures that are kept in the background are those one would count: after a random week, and whatever broke off."""

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agents.figures import update
from agents.figures.noting import OVERLAP
from agents.figures.reading import Activity, Cohort, activity, added, cohorts
from agents.figures.spans import BOUNDS, SIZE, place_of, quantile, within
from agents.figures.update import count_recent_days_again, keep_figures, rebuild
from agents.models import CohortFigures, FigureDue, FigureState, Outcome, PostFigures
from agents.tests.figures_sums import kept_sums, summed_again
from agents.tests.figures_support import (
    START,
    Agency,
    added_cohorts,
    day_of,
    exact_activity,
    exact_cohorts,
    exact_posts,
    kept_activity,
    kept_by_owner,
    kept_by_source,
    kept_cohorts,
    kept_posts,
)
from leadcrm.testing.factories import LeadFactory, SubmissionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_rows")]


def assert_kept_is_exact() -> None:
    assert kept_posts() == exact_posts()
    assert kept_cohorts() == exact_cohorts()
    assert kept_activity() == exact_activity()
    assert kept_by_source() == added_cohorts("source_id")
    assert kept_by_owner() == added_cohorts("owner_id")
    assert kept_sums() == summed_again()


@pytest.mark.parametrize("seed", range(4))
def test_after_a_random_week_every_kept_figure_is_the_exact_one(seed: int) -> None:
    agency = Agency(Random(seed))
    for _ in range(6):
        agency.live(30)
        assert keep_figures(now=agency.now)
    assert PostFigures.objects.count() > 5
    assert_kept_is_exact()


def test_what_was_there_before_the_first_run_is_counted_day_by_day() -> None:
    agency = Agency(Random(7))
    agency.live(80)
    assert keep_figures(now=agency.now)
    assert_kept_is_exact()


def test_days_read_in_whole_weeks_add_up_to_the_same_as_one_by_one() -> None:
    agency = Agency(Random(12))
    agency.live(120)
    keep_figures(now=agency.now)
    sources = [source.pk for source in agency.sources[:2]]
    ways: list[dict[str, Any]] = [{"by": by} for by in ("person", "source", "vendor", "all", "day")]
    for skipped, days in ((0, 1), (0, 4), (1, 9), (2, 8), (3, 7), (2, 16)):
        first = day_of(START) + timedelta(days=skipped)
        span: dict[str, Any] = {"first": first, "last": first + timedelta(days=days - 1)}
        for way in (*ways, {"by": "all", "sources": sources}):
            asked = {**way, "spans": ["assigned_in", "dialed_in", "hours"]}
            assert cohorts(**span, **asked) == _one_by_one(cohorts, Cohort(), days, first, asked)
        people: dict[str, Any] = {"by": "person"}
        assert activity(**span, **people) == _one_by_one(activity, Activity(), days, first, people)


def _one_by_one(read: Any, nothing: Any, days: int, first: date, asked: dict[str, Any]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for n in range(days):
        day = first + timedelta(days=n)
        for key, each in read(first=day, last=day, **asked).items():
            found[key] = added([found.get(key, nothing), each], nothing)
    return found


def test_a_second_run_with_no_news_leaves_no_work_and_the_same_figures() -> None:
    agency = Agency(Random(8))
    agency.live(40)
    keep_figures(now=agency.now)
    before = kept_cohorts()
    for _ in range(3):
        agency.now += 2 * OVERLAP
        keep_figures(now=agency.now)
    assert kept_cohorts() == before
    assert not FigureDue.objects.exists()


def test_a_run_that_breaks_off_is_finished_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    agency = Agency(Random(9))
    agency.live(20)
    keep_figures(now=agency.now)
    agency.live(60)
    monkeypatch.setattr(update, "AT_ONCE", 3)
    assert not keep_figures(now=agency.now, budget=timedelta(0))
    assert FigureDue.objects.exists()
    assert FigureState.objects.get().as_of != agency.now
    assert keep_figures(now=agency.now)
    assert FigureState.objects.get().as_of == agency.now
    assert_kept_is_exact()


def test_figures_follow_what_managers_call_reaching_somebody() -> None:
    agency = Agency(Random(10))
    agency.live(60)
    keep_figures(now=agency.now)
    Outcome.objects.filter(code="voicemail").update(reached=True)
    keep_figures(now=agency.now)
    assert_kept_is_exact()


def test_days_are_those_of_the_agency_and_follow_its_zone(settings: pytest.FixtureRequest) -> None:
    late = LeadFactory.create(received_at=START.replace(hour=3, minute=30))  # the evening before, in New York
    SubmissionFactory.create(source=late.source, received_at=late.received_at, test=True)
    keep_figures(now=START)
    assert list(PostFigures.objects.values_list("day", "posts")) == [(day_of(late.received_at), 1)]
    assert day_of(late.received_at) == START.date() - timedelta(days=1)


def test_a_night_counts_anew_what_no_watermark_saw() -> None:
    lead = LeadFactory.create(received_at=START)
    keep_figures(now=START)
    type(lead).objects.filter(pk=lead.pk).update(price=99)  # behind every use case's back
    keep_figures(now=START + timedelta(hours=1))
    assert CohortFigures.objects.get().cost == lead.price
    count_recent_days_again(now=START + timedelta(hours=2))
    keep_figures(now=START + timedelta(hours=2))
    assert CohortFigures.objects.get().cost == 99


def test_a_rebuild_counts_the_days_asked_for_and_tells_of_each() -> None:
    agency = Agency(Random(11))
    agency.live(60)
    told: list[object] = []
    first, last = day_of(START), day_of(agency.now)
    assert rebuild(first=first, last=last, told=told.append) == (last - first).days + 1
    assert told == sorted(told, reverse=True)  # type: ignore[type-var]
    assert_kept_is_exact()


def test_the_job_asks_the_same_number_of_questions_of_one_lead_and_of_fifty() -> None:
    keep_figures(now=START)

    def questions(leads: int) -> int:
        source = LeadFactory.create(received_at=START).source
        LeadFactory.create_batch(leads - 1, source=source, received_at=START)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            keep_figures(now=START + timedelta(minutes=1))
        return len(asked)

    assert questions(1) == questions(50)


def test_a_duration_has_one_place_and_shares_within_a_bound_are_exact() -> None:
    counts = [0] * SIZE
    for seconds in (0, 4.9, 5, 59.9, 60, 299, 300, 3599, 10**9):
        counts[place_of(seconds)] += 1
    assert sum(counts) == 9
    assert (within(counts, 60), within(counts, 300), within(counts, 3600)) == (4, 6, 8)


def test_a_quantile_lies_between_the_bounds_around_the_true_one() -> None:
    rng = Random(3)
    durations = sorted(rng.expovariate(1 / 600) for _ in range(501))
    counts = [0] * SIZE
    for seconds in durations:
        counts[place_of(seconds)] += 1
    for part in (0.5, 0.9):
        found, true = quantile(counts, part), durations[int(part * 500)]
        assert found is not None
        place = place_of(true)
        assert BOUNDS[place - 1] <= found <= BOUNDS[place]
    assert quantile([0] * SIZE, 0.5) is None
