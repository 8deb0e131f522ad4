"""Several workers on one file take each line once; files are forgotten, and persons in them erased."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from intake.imports.forgetting import erase_lines, forget_files
from intake.imports.working import carry_one
from intake.models import Lead, Submission
from intake.tests.imports_support import as_csv, person, ready, results, run, start
from leadcrm.testing.door import Door


@pytest.mark.django_db(transaction=True)
def test_three_workers_at_once_take_each_line_of_a_file_once(door: Door) -> None:
    type(door.source).objects.update(demo=True)
    row = ready(door.source, as_csv(person(number) for number in range(100, 190)))
    start(row)

    def worker(_: int) -> None:
        while carry_one(import_id=row.pk):
            pass
        connection.close()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(worker, range(3)))
    later = timezone.now() + timedelta(seconds=5)
    carry_one(import_id=row.pk, clock=lambda: later)
    row.refresh_from_db()
    assert (row.state, row.seen, row.counts) == ("done", 90, {"accepted": 90})
    assert (Lead.objects.count(), Submission.objects.count(), row.results.count()) == (90, 90, 90)


@pytest.mark.django_db
def test_an_erased_person_stands_in_no_file_and_is_not_taken_any_more(door: Door) -> None:
    type(door.source).objects.update(demo=True)
    row = ready(door.source, as_csv([person(101), person(102)]))
    assert erase_lines(phones=["+15125550101"]) == 1
    run(row)
    assert results(row)[2].reasons == ["erased"]
    assert [lead.last_name for lead in Lead.objects.all()] == ["Person102"]


@pytest.mark.django_db
def test_a_file_goes_after_its_time_unless_somebody_in_it_is_under_a_hold(door: Door) -> None:
    type(door.source).objects.update(demo=True)
    row = run(ready(door.source, as_csv([person(101)])))
    now = timezone.now() + timedelta(days=40)
    before = now - timedelta(days=30)
    assert forget_files(before=before, held=["+15125550101"], now=now) == (0, 1)
    assert forget_files(before=before, held=[], now=now) == (1, 0)
    row.refresh_from_db()
    assert not row.blocks.exists()
    assert not row.results.exists()
    assert (row.counts, row.file_name) == ({"accepted": 1}, "[forgotten]")
