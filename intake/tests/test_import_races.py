"""Several workers on one file take each line once; files are forgotten, and persons in them erased."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from intake.imports import working
from intake.imports.files import store_file
from intake.imports.forgetting import erase_lines, forget_files
from intake.imports.lines import lines_of
from intake.imports.reading import read_file
from intake.imports.results import untaken_csv
from intake.imports.working import carry_one
from intake.models import Lead, LeadImport, Submission
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
    assert erase_lines(phones=["+15125550101"], now=timezone.now()) == 1
    run(row)
    assert results(row)[2].reasons == ["erased"]
    assert [lead.last_name for lead in Lead.objects.all()] == ["Person102"]
    assert len(list(untaken_csv(row, dry=False))) == 1, "nothing to be mended"


@pytest.mark.django_db
def test_a_person_erased_while_a_file_lies_unread_does_not_come_back_through_it(door: Door) -> None:
    type(door.source).objects.update(demo=True)
    content = as_csv([person(101), person(102), person(103, **{"Shoe size": "or call +1 (512) 555.0101 x3"})])
    row = store_file(source=door.source, name="old.csv", chunks=[content], by=None, now=timezone.now())
    assert erase_lines(phones=["+15125550101", "+15125550109"], now=timezone.now()) == 0
    row.refresh_from_db()
    assert len(row.erased) == 2
    assert "5550101" not in str(row.erased)
    row = read_file(import_id=row.pk, now=timezone.now())
    assert row.erased == []
    assert [line.erased for line in lines_of(row.blocks.get())] == [True, False, True]
    assert b"Person101" not in b"".join(bytes(block.body) for block in row.blocks.all())
    LeadImport.objects.update(names={"Mobile": "phone", "Created": "lead_created_at"})
    run(LeadImport.objects.get())
    assert [lead.last_name for lead in Lead.objects.all()] == ["Person102"]


@pytest.mark.django_db(transaction=True)
def test_nobody_is_erased_while_a_file_is_read_that_may_hold_them(door: Door) -> None:
    row = store_file(source=door.source, name="a.csv", chunks=[b"phone,state"], by=None, now=timezone.now())

    def erase() -> str:
        try:
            with transaction.atomic():
                erase_lines(phones=["+15125550101"], now=timezone.now())
        except ValidationError as error:
            return error.messages[0]
        finally:
            connection.close()
        return "erased"

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():  # as read_file does
            LeadImport.objects.select_for_update().get(pk=row.pk)
            assert pool.submit(erase).result() == "A file of leads is being read: try again in a minute."
        assert pool.submit(erase).result() == "erased"


@pytest.mark.django_db
def test_nobody_is_erased_whose_line_a_worker_holds(door: Door) -> None:
    type(door.source).objects.update(demo=True)
    row = ready(door.source, as_csv([person(101), person(102)]))
    start(row)
    now = timezone.now()
    assert working._claim(row.pk, now) is not None
    with pytest.raises(ValidationError, match="try again in two minutes"):
        erase_lines(phones=["+15125550101"], now=now)
    assert erase_lines(phones=["+15125550107"], now=now) == 0
    assert erase_lines(phones=["+15125550101"], now=now + working.LEASE * 2) == 1


@pytest.mark.django_db
def test_a_file_that_takes_its_readers_life_is_refused_in_the_end(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = store_file(source=door.source, name="a.csv", chunks=[b"phone,state"], by=None, now=timezone.now())

    def dies(**_: Any) -> None:
        raise SystemExit

    monkeypatch.setattr(working, "read_file", dies)
    for _ in range(working.MAX_ATTEMPTS):
        with pytest.raises(SystemExit):
            carry_one(import_id=row.pk)
    carry_one(import_id=row.pk)
    row.refresh_from_db()
    assert (row.state, row.parts.count()) == ("refused", 0)
    assert row.error


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
