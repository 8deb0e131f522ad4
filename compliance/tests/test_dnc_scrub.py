"""A table scrubbed from the command line: every row comes back, with what the lists say of it."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from compliance.dnc.scrubbing import scrub
from compliance.tests.dnc_support import NOVEMBER, OCTOBER, changes, full, lines

PHONE, CLEAR = "2015550101", "2015550102"
pytestmark = pytest.mark.django_db


@pytest.fixture
def leads(tmp_path: Path) -> Path:
    path = tmp_path / "leads.csv"
    path.write_text(
        'name,Phone,note\nAnn,(201) 555-0101,"a, b"\nBen,+12015550102,é\nCy,555-0103,\nDee,979-555-0104,x\n',
        encoding="utf-8",
    )
    return path


def scrubbed(path: Path, *args: str) -> list[dict[str, str]]:
    out, counts = io.StringIO(), io.StringIO()
    call_command("scrub", str(path), *args, stdout=out, stderr=counts)
    return list(csv.DictReader(io.StringIO(out.getvalue())))


def test_every_row_comes_back_with_state_list_version_date_and_reason(leads: Path) -> None:
    version = full([PHONE], on=OCTOBER).version

    ann, ben, cy, dee = scrubbed(leads, "--as-of", "2026-10-15")

    assert (ann["name"], ann["Phone"], ann["note"]) == ("Ann", "(201) 555-0101", "a, b")
    assert ben["note"] == "é"
    answers = [tuple(row[f"dnc_{name}"] for name in ("state", "list", "version", "date", "reason"))
               for row in (ann, ben, cy, dee)]  # fmt: skip
    number = str(version.pk)
    assert answers == [
        ("listed", "national", number, "2026-10-01", ""),
        ("clear", "national", number, "2026-10-01", ""),
        ("unknown", "", "", "", "not_a_us_number: 7 digits instead of 10"),
        ("unknown", "national", number, "2026-10-01", "national: area_code_not_held"),
    ]


def test_all_active_lists_are_asked_and_those_that_list_are_named(leads: Path) -> None:
    first = full([PHONE, CLEAR]).version
    second = full([PHONE], code="state_tx").version
    ann, ben, *_ = scrubbed(leads)
    assert (ann["dnc_list"], ann["dnc_version"]) == ("national;state_tx", f"{first.pk};{second.pk}")
    assert (ben["dnc_state"], ben["dnc_list"]) == ("listed", "national")


def test_chosen_lists_only(leads: Path) -> None:
    full([PHONE])
    full([CLEAR], code="litigator")
    ann, ben, *_ = scrubbed(leads, "--lists", "litigator")
    assert [ann["dnc_state"], ben["dnc_state"]] == ["clear", "listed"]


def test_as_of_a_past_day(leads: Path) -> None:
    full([PHONE])
    changes("201,5550101,D\n201,5550102,A\n")
    before = [row["dnc_state"] for row in scrubbed(leads, "--as-of", "2026-10-31")]
    after = [row["dnc_state"] for row in scrubbed(leads, "--as-of", "2026-11-01")]
    assert (before[:2], after[:2]) == (["listed", "clear"], ["clear", "listed"])


def test_a_stale_list_is_said(leads: Path) -> None:
    full([PHONE], on=date(2026, 1, 1))
    ann, *_ = scrubbed(leads)
    assert (ann["dnc_state"], ann["dnc_reason"]) == ("listed", "national: stale")


def test_json_is_an_array_of_the_same_rows(leads: Path) -> None:
    full([PHONE])
    out, counts = io.StringIO(), io.StringIO()
    call_command("scrub", str(leads), "--format", "json", stdout=out, stderr=counts)
    assert json.loads(out.getvalue()) == scrubbed(leads)
    assert counts.getvalue() == "4 rows: 1 listed, 1 clear, 2 unknown\n"


def test_the_output_file_appears_only_when_it_is_whole(leads: Path, tmp_path: Path) -> None:
    full([PHONE])
    out = tmp_path / "out.csv"
    leads.write_text(leads.read_text() + "Eve,2015550105\n")
    with pytest.raises(CommandError, match=r"leads.csv, line 6: 2 columns instead of 3"):
        call_command("scrub", str(leads), "--out", str(out), stderr=io.StringIO())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["leads.csv"]

    leads.write_text("phone\n2015550101\n")
    call_command("scrub", str(leads), "--out", str(out), stderr=io.StringIO())
    assert out.read_text().startswith(
        "phone,dnc_state,dnc_list,dnc_version,dnc_date,dnc_reason\n2015550101,listed,"
    )


BAD = {
    "no such column": (
        b"name,tel\nAnn,2015550101\n",
        "line 1: no column 'phone'; the columns are: name, tel",
    ),
    "column twice": (b"phone,phone\n1,2\n", "line 1: two columns 'phone'"),
    "scrubbed before": (b"phone,dnc_state\n1,2\n", "line 1: there is a column 'dnc_state' already"),
    "empty": (b"", "line 1: the file is empty"),
    "not UTF-8": (b"phone\n2015550101\n\xff\xfe\n", "not UTF-8"),
    "open quote": (b'phone\n"2015550101\n', "unexpected end of data"),
}


@pytest.mark.parametrize(("content", "message"), BAD.values(), ids=BAD.keys())
def test_a_table_that_cannot_be_read_is_refused_by_file_and_line(
    content: bytes, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=r"bad.csv, line \d+: ") as refused:
        scrubbed(path)
    assert message in str(refused.value)


def test_a_wrong_day_or_list_or_file_is_refused(leads: Path, tmp_path: Path) -> None:
    full([PHONE])
    for args in (["--as-of", "yesterday"], ["--lists", "natonal"]):
        with pytest.raises(CommandError, match=r"yesterday|natonal"):
            scrubbed(leads, *args)
    with pytest.raises(CommandError, match="No such file"):
        scrubbed(tmp_path / "none.csv")


def test_many_numbers_in_several_batches_keep_their_order() -> None:
    full([f"201555{n:04d}" for n in range(0, 1000, 3)])
    phones = [f"201555{n:04d}" if n % 7 else "not a number" for n in range(1000)]

    found = list(scrub(iter(phones), batch=64))

    assert [one.phone for one in found] == phones
    assert [one.answers[0].state == "listed" for one in found if one.digits] == [
        n % 3 == 0 for n in range(1000) if n % 7
    ]


def test_numbers_are_taken_no_further_than_a_batch_ahead() -> None:
    full([PHONE])
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        while True:
            taken += 1
            yield PHONE

    found = scrub(endless(), batch=10)
    for _ in range(11):
        next(found)
    assert taken == 20


def test_import_command_says_what_it_did(tmp_path: Path) -> None:
    path = tmp_path / "201.txt"
    path.write_text(lines([PHONE, CLEAR]))
    args = [
        str(path),
        "--list",
        "national",
        "--san",
        "10000001",
        "--version-date",
        "2026-10-01",
        "--by",
        "Jo",
    ]

    out = io.StringIO()
    call_command("import_dnc", *args, "--format", "json", stdout=out, verbosity=0)
    facts = json.loads(out.getvalue())
    assert facts["status"] == "loaded"
    assert (facts["list"], facts["numbers"], facts["san"], facts["imported_by"]) == (
        "national",
        2,
        "10000001",
        "Jo",
    )

    out = io.StringIO()
    call_command("import_dnc", *args, stdout=out, verbosity=0)
    assert out.getvalue().startswith("These files are already loaded as national version 1 of 2026-10-01")


def test_import_command_says_how_to_confirm(tmp_path: Path) -> None:
    full([f"20155501{n:02d}" for n in range(100)])
    path = tmp_path / "201.txt"
    path.write_text(lines([PHONE]))
    args = [str(path), "--list", "national", "--version-date", str(NOVEMBER)]
    with pytest.raises(CommandError, match=r"from 100 to 1 numbers.* give --confirm\. Nothing has changed\."):
        call_command("import_dnc", *args, verbosity=0)
    call_command("import_dnc", *args, "--confirm", stdout=io.StringIO(), verbosity=0)


def test_import_command_shows_progress_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "201.txt"
    path.write_text(lines([PHONE]))
    call_command(
        "import_dnc", str(path), "--list", "national", "--version-date", "2026-10-01", stdout=io.StringIO()
    )
    assert "reading" in capsys.readouterr().err
