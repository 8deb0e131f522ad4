"""Which files can be read as a do-not-call list, and what is said about those that cannot."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from compliance.dnc.answers import Listed
from compliance.dnc.imports import FileRefusedError, ImportRefusedError, import_full
from compliance.models import DncVersion
from compliance.tests.dnc_support import NOVEMBER, OCTOBER, changes, full, named, noon, state

pytestmark = pytest.mark.django_db

FIRST, SECOND, OTHER_AREA, UNLISTED = "2015550101", "2015550102", "9795550103", "2015550104"

FULL_LISTS = {
    "comma": "201,5550101\n201,5550102\n979,5550103\n",
    "ten digits": "2015550101\n2015550102\n9795550103\n",
    "punctuated": "(201) 555-0101\n(201) 555-0102\n(979) 555-0103\n",
    "windows line ends": "201,5550101\r\n201,5550102\r\n979,5550103\r\n",
    "no line end at the end": "201,5550101\n201,5550102\n979,5550103",
    "windows, no line end at the end": "201,5550101\r\n201,5550102\r\n979,5550103",
    "blank lines at the end": "201,5550101\n201,5550102\n979,5550103\n\n\r\n\n",
    "byte order mark": "\ufeff201,5550101\n201,5550102\n979,5550103\n",
    "any order": "979,5550103\n201,5550102\n201,5550101\n201,5550102\n",
}


def load(content: bytes | str, name: str = "list.txt") -> DncVersion:
    return import_full(
        files=[named(content, name)], list_code="litigator", effective_on=OCTOBER, imported_by="Jo",
        now=noon(OCTOBER),
    ).version  # fmt: skip


def assert_loaded() -> None:
    assert [state(phone, "litigator") for phone in (FIRST, SECOND, OTHER_AREA)] == [Listed.LISTED] * 3
    assert state(UNLISTED, "litigator") == Listed.CLEAR


@pytest.mark.parametrize("text", FULL_LISTS.values(), ids=FULL_LISTS.keys())
def test_every_format_of_a_full_list_is_read(text: str) -> None:
    version = load(text)

    assert_loaded()
    assert version.numbers == 3
    assert version.area_codes == [201, 979]


def test_a_gzip_file_is_read() -> None:
    load(gzip.compress(FULL_LISTS["comma"].encode()), "list.txt.gz")
    assert_loaded()


def test_every_file_of_a_zip_is_read() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as folder:
        folder.writestr("201.txt", "201,5550101\n201,5550102\n")
        folder.writestr("979.txt", "9795550103\r\n")
    load(packed.getvalue(), "list.zip")
    assert_loaded()


def test_files_longer_than_a_chunk_are_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("".join(f"{area},{n:07d}\n" for area in (201, 979) for n in range(2_000_000, 2_060_000)))
    version = import_full(
        files=[path], list_code="litigator", effective_on=OCTOBER, imported_by="Jo", now=noon(OCTOBER)
    ).version
    assert (version.rows, version.numbers) == (120_000, 120_000)
    assert state("9792059999", "litigator") == Listed.LISTED
    assert state("9792060000", "litigator") == Listed.CLEAR


CHANGE_LISTS = {
    "number, action": "201,5550104,A\n201,5550101,D\n",
    "action first": "A,201,5550104\nD,201,5550101\n",
    "number after action": "A,2015550104\nD,2015550101\n",
    "seven before area": "5550104,201,A\n5550101,201,D\n",
    "date last": "201,5550104,A,2026-10-15\n201,5550101,D,2026-10-16\n",
    "date first": "2026-10-15,2015550104,A\n2026-10-16,2015550101,D\n",
    "date in the middle": "(201) 555-0104,10/9/2026,A\n(201) 555-0101,10/16/2026,D\n",
    "compact date": "A,20261015,2015550104\nD,20261016,2015550101\n",
    "date and time": "A,2026-10-15T01:02:03Z,2015550104\nD,2026-10-15 02:03:04,2015550101\n",
    "twelve hour clock": "A;10/15/2026 1:02:03 AM;2015550104\nD;10/15/2026 12:00 PM;2015550101\n",
    "lower case": "201,5550104,a\n201,5550101,d\n",
    "tabs": "201\t5550104\tA\n201\t5550101\tD\n",
}


@pytest.mark.parametrize("text", CHANGE_LISTS.values(), ids=CHANGE_LISTS.keys())
def test_every_order_of_a_change_lists_columns_is_read(text: str) -> None:
    full([FIRST, SECOND])

    version = changes(text).version

    assert state(UNLISTED) == Listed.LISTED
    assert state(FIRST) == Listed.CLEAR
    assert state(SECOND) == Listed.LISTED
    assert (version.added, version.removed, version.numbers) == (1, 1, 2)


def test_the_later_date_wins_whatever_the_order_of_the_lines() -> None:
    full([FIRST])
    changes(
        "201,5550104,D,2026-10-20\n201,5550104,A,2026-10-19\n201,5550101,A,2026-10-20\n201,5550101,D,2026-10-19\n"
    )
    assert state(UNLISTED) == Listed.CLEAR
    assert state(FIRST) == Listed.LISTED


def test_without_dates_the_later_line_wins() -> None:
    full([FIRST])
    changes("201,5550104,A\n201,5550104,D\n201,5550101,D\n201,5550101,A\n")
    assert state(UNLISTED) == Listed.CLEAR
    assert state(FIRST) == Listed.LISTED


def test_changes_that_change_nothing_are_not_counted() -> None:
    full([FIRST])
    version = changes("201,5550101,A\n201,5550104,D\n").version
    assert (version.rows, version.added, version.removed, version.numbers) == (2, 0, 0, 1)


RAGGED = {
    "a digit short": ("201,5550101\n201,555010\n201,5550102\n", 2),
    "a digit more": ("201,5550101\n201,5550102\n201,55501033\n", 3),
    "another format": ("201,5550101\n2015550102\n", 2),
    "a letter": ("201,5550101\n201,555O102\n", 2),
    "a blank line inside": ("201,5550101\n\n201,5550102\n", 2),
    "a header": ("area,number\n201,5550101\n", 1),
    "mixed line ends": ("201,5550101\r\n201,5550102\n", 2),
    "cut off": ("201,5550101\n201,5550102\n201,5", 3),
    "a trailing comma": ("201,5550101,\n", 1),
    "NUL bytes": ("201,5550101\n\0\0\0,\0\0\0\0\0\0\0\n", 2),
    "no such area code": ("201,5550101\n101,5550102\n", 2),
    "sixteen bit text": ("201,5550101\n".encode("utf-16"), 1),
    "an image": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 1),
}


@pytest.mark.parametrize(("content", "line"), RAGGED.values(), ids=RAGGED.keys())
def test_a_ragged_full_list_is_refused_by_file_and_line(content: str | bytes, line: int) -> None:
    with pytest.raises(FileRefusedError, match=rf"^bad.txt, line {line}: ") as refused:
        load(content, "bad.txt")

    assert refused.value.line == line
    assert "555" not in str(refused.value)
    assert state(FIRST, "litigator") == Listed.UNKNOWN


def test_the_line_is_right_beyond_the_first_chunk() -> None:
    with pytest.raises(FileRefusedError, match="line 100001: "):
        load("201,5550101\n" * 100_000 + "201,55501\n")


RAGGED_CHANGES = {
    "no action": ("201,5550101,A\n201,5550102,\n", 2),
    "another letter": ("201,5550101,A\n201,5550102,X\n", 2),
    "columns swapped": ("201,5550101,A\nA,201,5550102\n", 2),
    "no such day": ("201,5550101,A,2026-02-28\n201,5550102,A,2026-02-30\n", 2),
    "no such hour": ("201,5550101,A,2026-02-28 10:00\n201,5550102,A,2026-02-28 25:00\n", 2),
    "no such area code": ("201,5550101,A\n001,5550102,A\n", 2),
    "no number": ("A,2026-02-28\n", 1),
    "two numbers": ("A,2015550101,2015550102\n", 1),
}


@pytest.mark.parametrize(("text", "line"), RAGGED_CHANGES.values(), ids=RAGGED_CHANGES.keys())
def test_a_ragged_change_list_is_refused_by_file_and_line(text: str, line: int) -> None:
    full([FIRST])
    with pytest.raises(FileRefusedError, match=rf"^list.txt, line {line}: "):
        changes(text)
    assert state(SECOND) == Listed.CLEAR


def test_a_bad_second_file_keeps_the_good_first_one_out() -> None:
    with pytest.raises(FileRefusedError, match=r"^b.txt, line 1: "):
        import_full(
            files=[named("201,5550101\n", "a.txt"), named("nonsense\n", "b.txt")],
            list_code="litigator", effective_on=OCTOBER, imported_by="Jo", now=noon(OCTOBER),
        )  # fmt: skip
    assert state(FIRST, "litigator") == Listed.UNKNOWN


BROKEN = {
    "gzip cut off": gzip.compress(FULL_LISTS["comma"].encode())[:-12],
    "gzip damaged": gzip.compress(FULL_LISTS["comma"].encode())[:12] + b"\xff" * 40,
    "zip cut off": b"PK\x03\x04 and no more",
    "one line without end": b"2" * 1_000_000,
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_refused_by_name(content: bytes) -> None:
    with pytest.raises(FileRefusedError, match=r"^bad.bin"):
        load(content, "bad.bin")


def test_an_empty_full_list_is_refused() -> None:
    with pytest.raises(ImportRefusedError, match="no number"):
        load("")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefusedError, match="no such file"):
        import_full(
            files=[tmp_path / "none.txt"], list_code="litigator", effective_on=OCTOBER, imported_by="Jo"
        )


def test_a_change_list_is_not_taken_for_a_full_one_nor_the_other_way_round() -> None:
    full([FIRST])
    with pytest.raises(FileRefusedError, match="--changes"):
        import_full(
            files=[named("201,5550104,A\n")], list_code="national", effective_on=NOVEMBER, imported_by="Jo",
            now=noon(NOVEMBER),
        )  # fmt: skip
    with pytest.raises(FileRefusedError, match="without --changes"):
        changes("201,5550104\n")
