"""What files are read, and which are refused whole, with the line, the column and why."""

import csv
import io
import zipfile
from datetime import datetime
from typing import Any

import openpyxl
import pytest

from intake.imports import xlsx_rows
from intake.imports.columns import Column, Plan
from intake.imports.lines import Line, lines_of
from intake.models import LeadImport, Source
from intake.tests.imports_support import upload
from leadcrm.lib.spreadsheets import csv_lines
from leadcrm.testing.factories import SourceFactory

pytestmark = pytest.mark.django_db
HEAD = b"first name,phone,state\n"


@pytest.fixture
def source(db: None) -> Source:
    return SourceFactory.create()


def cells(row: LeadImport) -> list[tuple[int, list[str]]]:
    return [
        (line.number, list(line.cells)) for block in row.blocks.order_by("number") for line in lines_of(block)
    ]


def faults(row: LeadImport) -> list[tuple[int, str, str]]:
    lines = [line for block in row.blocks.order_by("number") for line in lines_of(block)]
    return [(line.number, line.column, line.wrong) for line in lines if line.wrong]


def workbook(*rows: tuple[Any, ...]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for each in rows:
        book.active.append(each)
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "read_as"),
    [
        ("first name,phone,state\nJosé,5125550101,TX\n".encode(), "CSV, UTF-8, commas"),
        ("\ufefffirst name;phone;state\r\nJosé;5125550101;TX\r\n".encode(), "CSV, UTF-8, semicolons"),
        ("first name\tphone\tstate\nJosé\t5125550101\tTX".encode("cp1252"), "CSV, Windows-1252, tabs"),
        ("sep=;\r\nfirst name;phone;state\r\nJosé;5125550101;TX\r\n".encode(), "CSV, UTF-8, semicolons"),
        (workbook(("first name", "phone", "state"), ("José", 5125550101, "TX")), "XLSX"),
    ],
)  # fmt: skip
def test_files_are_read_as_people_have_them(source: Source, content: bytes, read_as: str) -> None:
    row = upload(source, content)
    assert (row.state, row.format, row.header) == ("ready", read_as, ["first name", "phone", "state"])
    assert [line[1] for line in cells(row)] == [["José", "5125550101", "TX"]]
    assert not row.parts.exists()
    assert b"5125550101" not in bytes(row.blocks.get().body), "stored open"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b"\xd0\xcf\x11\xe0 old excel", "old Excel"),
        (b"%PDF-1.7 ...", "PDF"),
        ("phone,state\n1,TX".encode("utf-16"), "UTF-16"),
        (b"phone,state\n\x00\x01,TX\n", "byte 13 is a zero byte"),
        (b"phone\n5125550101\n", "one column only"),
        (b"5125550101,Dana,TX\n5125550102,Test,TX\n", "line 1, column 1 holds data"),
        (b"phone,State,PHONE\n1,TX,2\n", "columns 1 and 3 are both called"),
        (HEAD, "no line beneath"),
        (HEAD + b'Dana,5125550101,TX\n"Test,5125550102,TX\nMore,5125550103,TX\n', "quotation mark is opened in line 3"),
        (b"PK\x03\x04 but no workbook", "cannot be opened"),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused_whole_with_the_place_and_the_reason(
    source: Source, content: bytes, why: str
) -> None:
    if not content:
        with pytest.raises(Exception, match=why):
            upload(source, content)
        return
    row = upload(source, content)
    assert row.state == "refused"
    assert why.lower() in row.error.lower(), row.error
    assert not row.blocks.exists()
    assert not row.parts.exists()


def test_a_line_that_cannot_be_read_is_told_by_line_and_column_and_the_others_are_read(
    source: Source,
) -> None:
    lines = (
        b'Dana,5125550101,TX\n\nTest,5125550102\n"Anna "B" C",5125550103,TX\nToo,5125550104,TX,more\n'
        b'"Two\nlines",5125550105,TX\nLast,5125550106,TX,\n'
    )
    row = upload(source, HEAD + lines)
    assert [number for number, values in cells(row) if values] == [2, 7, 9]
    wrong = faults(row)
    assert [(number, column) for number, column, _ in wrong] == [(4, "state"), (5, ""), (6, "column 4")]
    assert "Has 2 cells where the header names 3" in wrong[0][2]
    assert "quotation mark" in wrong[1][2].lower()


def test_a_byte_that_is_no_character_is_told_with_its_column(source: Source) -> None:
    row = upload(source, HEAD + b"Jos\xe9,5125550101,TX\nA\x81b,5125550102,TX\n")
    assert faults(row) == [(3, "first name", "Holds a byte that is no character in UTF-8 or Windows-1252.")]


def test_cells_of_a_workbook_are_read_as_people_see_them(source: Source) -> None:
    made, born = datetime.fromisoformat("2025-03-01 14:05"), datetime.fromisoformat("1950-06-30")
    rows = [
        ("phone", "zip", "created", "born", "ok"), (2145550123.0, 2134, made, born, True),
        (None, None, None, None, None), ("#N/A", 1, made, None, None), ("5125550101", None, None, None, None),
    ]  # fmt: skip
    row = upload(source, workbook(*rows))
    assert cells(row)[0] == (2, ["2145550123", "2134", "2025-03-01 14:05:00", "1950-06-30", "true"])
    assert faults(row) == [(4, "phone", "Holds the error #N/A of a formula.")]
    assert cells(row)[-1] == (5, ["5125550101"])


def repacked(content: bytes, name: str, body: bytes) -> bytes:
    """The workbook with another member `name`."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            if member.filename != name:
                new.writestr(member.filename, old.read(member))
        new.writestr(name, body)
    return out.getvalue()


def test_a_workbook_that_unpacks_into_a_bomb_is_refused(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_rows, "MOST_TEXTS", 1024 * 1024)
    good = workbook(("phone", "state"), ("5125550101", "TX"))
    bomb = repacked(good, "xl/sharedStrings.xml", b"<sst>" + b" " * 8 * 1024 * 1024 + b"</sst>")
    assert len(bomb) < 100_000
    assert "more text" in upload(source, bomb).error


def test_a_workbook_whose_xml_declares_entities_is_refused(source: Source) -> None:
    good = workbook(("phone", "state"), ("5125550101", "TX"))
    trick = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet><sheetData><row><c>&a;</c></row></sheetData></worksheet>'
    row = upload(source, repacked(good, "xl/worksheets/sheet1.xml", trick))
    assert row.state == "refused"
    assert "cannot be opened" in row.error


def test_a_small_workbook_that_grows_a_hundredfold_is_refused(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_rows, "LOOSELY_PACKED", 1024 * 1024)
    good = workbook(("phone", "state"), ("5125550101", "TX"))
    row = b"<sheetData><row>" + b"<c><v>1</v></c>" * 100_000 + b"</row></sheetData>"
    bomb = repacked(good, "xl/worksheets/sheet1.xml", b"<worksheet>" + row + b"</worksheet>")
    assert len(bomb) < 100_000
    assert "packed" in upload(source, bomb).error


def test_a_row_that_says_it_is_below_every_sheet_ends_the_reading(source: Source) -> None:
    good = workbook(("phone", "state"), ("5125550101", "TX"))
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    far = sheet.replace(b'<row r="2"', b'<row r="2000000"')
    assert far != sheet
    assert "below row 1,048,576" in upload(source, repacked(good, "xl/worksheets/sheet1.xml", far)).error


def test_a_cell_too_long_to_be_read_is_named_as_such(source: Source) -> None:
    row = upload(source, HEAD + b"Dana,5125550101,TX\n" + b"x" * 140_000 + b",5125550102,TX\n")
    assert row.state == "refused"
    assert "Line 3" in row.error
    assert "quotation" not in row.error.partition("or ")[0]


def test_a_file_of_ours_that_comes_back_mended_says_what_it_said_before_a_spreadsheet_was_guarded_against() -> (
    None
):
    cells = ["-4711", "=1+1", "@x", "'quoted", "O'Hara"]
    [written] = csv_lines([cells])
    [again] = csv.reader([written])
    assert again != cells
    plan = Plan(tuple(Column(name, name, "", "") for name in "abcde"))
    assert list(plan.payload(Line(2, again)).values()) == cells
