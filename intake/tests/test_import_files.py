"""What files are read, and which are refused whole, with the line, the column and why."""

import csv
import io
import tracemalloc
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from intake.imports import xlsx_parts, xlsx_rows
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
        ("first name\tphone\tstate\r\nJosé\t5125550101\tTX\r\n".encode("utf-16"), "CSV, UTF-16, tabs"),
        (b"first name|phone|state\nJos\xe9|5125550101|TX\n", "CSV, Windows-1252, bars"),
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


def with_texts(content: bytes, table: bytes) -> bytes:
    """The workbook with a table of texts, as Excel writes one."""
    at, kind = (
        "xl/_rels/workbook.xml.rels",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/",
    )
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        relations = archive.read(at)
    one = f'<Relationship Id="rTexts" Type="{kind}sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    more = repacked(content, at, relations.replace(b"</Relationships>", one.encode()))
    return repacked(more, "xl/sharedStrings.xml", table)


def test_texts_of_the_table_are_read_without_their_reading_aids(source: Source) -> None:
    table = (
        "<sst><si><t>phone</t></si><si><r><t>sta</t></r><r><t>te</t></r><rPh><t>ignored</t></rPh></si>"
        "<si><t>5125550101</t></si><si><t>José</t></si></sst>"
    ).encode()
    rows = "".join(
        f'<row><c t="s"><v>{one}</v></c><c t="s"><v>{other}</v></c></row>' for one, other in ((0, 1), (2, 3))
    )
    row = upload(source, with_texts(with_sheet(rows), table))
    assert (row.header, cells(row)) == (["phone", "state"], [(2, ["5125550101", "José"])])


def test_a_workbook_that_unpacks_into_a_bomb_is_refused(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_parts, "MOST_TEXTS", 1024 * 1024)
    good = workbook(("phone", "state"), ("5125550101", "TX"))
    bomb = with_texts(good, b"<sst>" + b" " * 7 * 1024 * 1024 + b"</sst>")
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


SHEET = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'


def with_sheet(rows: str) -> bytes:
    good = workbook(("phone", "state"), ("5125550101", "TX"))
    return repacked(good, "xl/worksheets/sheet1.xml", f"{SHEET}{rows}</sheetData></worksheet>".encode())


HEADER = "".join(
    ['<row r="1">', *(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in ("phone", "zip")), "</row>"]
)
TWICE = '<row r="2"><c r="A2"><v>1</v></c></row>'


def test_numbers_are_read_as_excel_shows_them(source: Source) -> None:
    book, out = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    for each in (
        ("phone", "zip", "zip 2", "made", "at"),
        (5125550101, 2134, 21340001, 45717, 0.5),
        (1.2145550123e10,),
    ):
        sheet.append(each)
    formats = {"B2": "00000", "C2": "00000\\-0000", "D2": "yyyy\\-mm\\-dd", "E2": "h:mm"}
    for cell, code in formats.items():
        sheet[cell].number_format = code
    book.save(out)
    row = upload(source, out.getvalue())
    assert cells(row) == [
        (2, ["5125550101", "02134", "021340001", "2025-03-01", "12:00:00"]), (3, ["12145550123"]),
    ]  # fmt: skip


def test_the_first_sheet_that_is_not_hidden_is_read_and_said_to_be(source: Source) -> None:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.append(("secret", "notes"))
    book.active.sheet_state = "hidden"
    leads = book.create_sheet("Leads 2024")
    for each in (("phone", "state"), ("5125550101", "TX"), (None, "CA")):
        leads.append(each)
    leads.merge_cells("A2:A3")
    book.create_sheet("Other").append(("x", "y"))
    book.save(out)
    row = upload(source, out.getvalue())
    assert [line for _, line in cells(row)] == [["5125550101", "TX"], ["", "CA"]]
    assert row.format == (
        "XLSX, only sheet “Leads 2024” of 3, 1 of them hidden, 1 merged: only the first cell of these holds a value"
    )


def test_a_formula_gives_its_result_and_one_without_is_told(source: Source) -> None:
    rows = (
        HEADER
        + '<row r="2"><c r="A2"><f>1+1</f><v>5125550101</v></c><c r="B2" t="str"><f>A1</f><v>78701</v></c></row>'
        '<row r="3"><c r="A3"><f>1+1</f></c><c r="B3"><v>78701</v></c></row>'
    )
    row = upload(source, with_sheet(rows))
    assert cells(row)[0] == (2, ["5125550101", "78701"])
    assert faults(row) == [
        (3, "phone", "Holds a formula without its result. Open the file in Excel and save it again.")
    ]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        (HEADER + TWICE + TWICE, "stands in it twice"),
        (HEADER + '<row r="2"><c r="ZZZ2"><v>1</v></c></row>', "cannot be read"),
        (HEADER + '<row r="2"><c r="A2" t="s"><v>77</v></c></row>', "cannot be read"),
        (HEADER + f'<row r="2"><c r="A2" x="{"y" * 3_000_000}"><v>1</v></c></row>', "cannot be read"),
    ],
    ids=["row twice", "no such column", "no such text", "endless tag"],
)  # fmt: skip
def test_a_sheet_that_excel_never_wrote_is_refused_whole(source: Source, rows: str, why: str) -> None:
    row = upload(source, with_sheet(rows))
    assert (row.state, row.blocks.count()) == ("refused", 0)
    assert why in row.error


def test_a_workbook_at_its_limits_is_read_in_little_memory(tmp_path: Path) -> None:
    """A row of 40,000 cells and a table of 40,000 texts: read as trees these took tens of MB."""
    wide = HEADER + '<row r="2">' + "<c><v>1</v></c>" * 40_000 + "</row>"
    content = with_texts(with_sheet(wide), b"<sst>" + b"<si><t>x</t></si>" * 40_000 + b"</sst>")
    path = tmp_path / "wide.xlsx"
    path.write_bytes(content)
    tracemalloc.start()
    try:
        read = [len(line.cells) for line in xlsx_rows.XlsxRows(io.FileIO(path))]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert read == [2, 201]
    assert peak < 3 * xlsx_parts.MB


def test_a_list_of_a_million_members_is_not_read(source: Source) -> None:
    good = bytearray(workbook(("phone", "state"), ("5125550101", "TX")))
    at = good.rindex(b"PK\x05\x06")
    good[at + 12 : at + 16] = (50_000_000).to_bytes(4, "little")
    assert "too many parts" in upload(source, bytes(good)).error


def test_a_line_larger_than_any_post_is_told_and_kept_in_no_memory(source: Source) -> None:
    head = b",".join(b"c%d" % n for n in range(30)) + b"\n"
    row = upload(source, head + b",".join([b"x" * 10_000] * 30) + b"\n" + b",".join([b"y"] * 30) + b"\n")
    assert faults(row) == [(2, "", "Is larger than 256 kB.")]
    assert len(cells(row)[1][1]) == 30
