"""A dry run tells who is in the file twice, as the real run will find it."""

from typing import Any

import pytest
from django.utils import timezone

from compliance.models import CheckSetting
from intake.imports import twins
from intake.imports.results import results_csv
from intake.imports.running import start_dry_run
from intake.imports.working import carry_one
from intake.models import ImportKey, LeadImport
from intake.tests.imports_support import as_csv, dry_run, person, ready, results, run, start, work
from leadcrm.testing.door import Door

pytestmark = pytest.mark.django_db


@pytest.fixture
def door(door: Door) -> Door:
    """A source that takes made-up numbers as if they were live, under the code's own duplicate check."""
    door.source.demo = True
    door.source.save()
    CheckSetting.objects.filter(check_name="duplicate").delete()
    return door


def told(row: LeadImport, *, dry: bool) -> list[tuple[str, list[str]]]:
    return [(each.outcome, each.reasons) for _, each in sorted(results(row, dry=dry).items())]


@pytest.mark.parametrize(
    "setting",
    [
        {}, {"mode": "review"}, {"mode": "observe"}, {"mode": "off"}, {"params": {"match": "phone"}},
        {"params": {"match": "email"}}, {"params": {"match": "all"}}, {"params": {"days": 0}},
        {"params": {"days": 0, "open_leads": False}},
    ],
    ids=str,
)  # fmt: skip
def test_a_dry_run_says_of_persons_twice_in_a_file_what_the_real_run_will(
    door: Door, monkeypatch: pytest.MonkeyPatch, setting: dict[str, Any]
) -> None:
    if setting:
        CheckSetting.objects.create(check_name="duplicate", source=door.source, **setting)
    monkeypatch.setattr(twins, "_PAGE", 3)
    lines = [
        person(101), person(102, Mobile="12"),
        person(101),  # 4: all of line 2
        person(103, **{"E-Mail": "person101@example.com"}),  # 5: the address of line 2 only
        person(103, **{"E-Mail": "other@example.com"}),  # 6: the number of line 5, which is taken or not
        person(102),  # 7: line 3 was not taken
        person(104, Mobile="(512) 555-0101"), person(105), person(105, Mobile="nobody"),
    ]  # fmt: skip
    file = ready(door.source, as_csv(lines))
    tried = dry_run(file)
    assert (sum(tried.dry_counts["outcomes"].values()), tried.state) == (9, "ready")
    assert not ImportKey.objects.exists()
    says = told(tried, dry=True)
    start(file)
    work(file)
    really = told(file, dry=False)
    assert [outcome for outcome, _ in says] == [outcome for outcome, _ in really]
    assert [reasons for outcome, reasons in says if outcome == "rejected"] == [
        reasons for outcome, reasons in really if outcome == "rejected"
    ]


def test_the_second_line_of_a_person_names_the_first(door: Door) -> None:
    row = dry_run(ready(door.source, as_csv([person(101), person(102), person(103, Mobile="512-555-0101")])))
    assert row.dry_counts["outcomes"] == {"accepted": 2, "rejected": 1}
    assert row.dry_counts["reasons"] == {"duplicate": 1}
    assert list(results_csv(row, dry=True))[3].startswith(
        "4,rejected,duplicate,,Mobile: Is the same person as line 2."
    )
    assert run(row).counts == {"accepted": 2, "rejected": 1}


def test_digests_of_one_import_say_nothing_of_another(door: Door) -> None:
    found: set[int] = set()
    for _ in range(2):
        row = ready(door.source, as_csv([person(101)]))
        start_dry_run(import_id=row.pk, now=timezone.now())
        carry_one(import_id=row.pk)
        keys = set(ImportKey.objects.filter(of=row).values_list("key", flat=True))
        assert len(keys) == 2
        assert not keys & found
        found |= keys
