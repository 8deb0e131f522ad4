"""A report on paper: Letter, lying, the chart on top, tables that repeat their headings on every page."""

from io import BytesIO
from typing import Any, Final

from django.conf import settings
from reportlab.graphics.shapes import Drawing, Rect, String
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import LETTER, landscape
from reportlab.lib.units import inch
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable, LongTable, Paragraph, SimpleDocTemplate, Spacer, TableStyle

from agents.reports.render.svg import lengths
from agents.reports.render.words import words
from agents.reports.report import Bars, Column, Made, Row, Table
from compliance.evidence.pack import fonts
from compliance.evidence.pack.fonts import BASE, BOLD
from compliance.evidence.pack.layout import CELL, H2, HEAD, INK, QUIET, RULE, SMALL, TITLE, para

_PAGE: Final = landscape(LETTER)
_MARGIN: Final = 0.55 * inch
_WIDTH: Final = _PAGE[0] - 2 * _MARGIN
_BAR, _NAMES, _LONGEST = 14, 170, 360
_NUMBER: Final = CELL.clone("number", alignment=2)
_NUMBER_HEAD: Final = HEAD.clone("number_head", alignment=2)
_TOTAL: Final = HEAD.clone("total", alignment=2)
_PADDING: Final = 8
_BLUE: Final = HexColor("#2b6cb0")


def as_pdf(made: Made) -> bytes:
    """The document. The same report gives the same bytes but for the moment it was made."""
    fonts.load()
    file = BytesIO()
    document = SimpleDocTemplate(
        file, pagesize=_PAGE, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN, bottomMargin=_MARGIN,
        title=f"{made.report.title}, {made.period}", author=settings.AGENCY_NAME, creator="leadcrm", lang="en-US",
    )  # fmt: skip
    parts: list[Flowable] = [
        para(made.report.title, TITLE.clone("small_title", fontSize=16, leading=20, spaceAfter=1)),
        para(f"{made.period} · {settings.AGENCY_NAME}", SMALL),
    ]
    if made.body.chart:
        parts += [
            para(made.body.chart.title, H2),
            para(made.body.chart.summary, SMALL),
            _bars(made.body.chart),
        ]
    for table in made.body.tables:
        parts += [para(table.title, H2), _table(table)]
    parts += [Spacer(1, 10), *(para(note, SMALL) for note in [*made.body.notes, *made.notes])]
    document.build(parts, onFirstPage=_number, onLaterPages=_number)
    return file.getvalue()


def _number(canvas: Any, _: Any) -> None:
    canvas.setFont(BASE, 7)
    canvas.setFillColor(QUIET)
    canvas.drawRightString(_PAGE[0] - _MARGIN, _MARGIN - 16, f"Page {canvas.getPageNumber()}")


def _table(table: Table) -> Flowable:
    if not table.rows:
        return para(table.empty, SMALL)
    heads = [para(column.title, HEAD if column.text else _NUMBER_HEAD) for column in table.columns]
    rows = [_row(table.columns, row) for row in table.rows]
    if table.total:
        rows.append(_row(table.columns, table.total, total=True))
    look = [
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE), ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("LEFTPADDING", (0, 0), (-1, -1), 3), ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), 2), ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]  # fmt: skip
    return LongTable(
        [heads, *rows], colWidths=_widths(table), repeatRows=1, style=TableStyle(look), hAlign="LEFT"
    )


def _row(columns: Any, row: Row, *, total: bool = False) -> list[Paragraph]:
    looks = {True: HEAD if total else CELL, False: _TOTAL if total else _NUMBER}
    return [para(words(value), looks[column.text]) for column, value in zip(columns, row, strict=True)]


def _widths(table: Table) -> list[float]:
    """Each column as wide as its longest word or number, words up to what is left of the page."""
    rows = [*table.rows, *([table.total] if table.total else [])]
    wished = [
        _PADDING + max(_wish(column), *(stringWidth(words(row[at]), BOLD, 7.2) for row in rows))
        for at, column in enumerate(table.columns)
    ]
    numbers = sum(w for w, column in zip(wished, table.columns, strict=True) if not column.text)
    text = sum(wished) - numbers
    part = min(1.0, (_WIDTH - numbers) / text) if text else 1.0
    if part < 0.4:  # too many columns: all give way alike
        return [width * _WIDTH / sum(wished) for width in wished]
    return [w * part if column.text else w for w, column in zip(wished, table.columns, strict=True)]


def _wish(column: Column) -> float:
    """A heading may be broken between its words."""
    return max((stringWidth(word, BOLD, 7.2) for word in column.title.split()), default=0.0)


def _bars(bars: Bars) -> Drawing:
    drawn = lengths(bars)
    picture = Drawing(_WIDTH, len(drawn) * _BAR + 2)
    for at, (name, length, said) in enumerate(reversed(drawn)):
        base = at * _BAR + 3
        picture.add(_words(_NAMES - 6, base + 2, name[:34], anchor="end"))
        picture.add(Rect(_NAMES, base, max(length * _LONGEST, 0.6), 9, fillColor=_BLUE, strokeColor=None))
        picture.add(_words(_NAMES + length * _LONGEST + 5, base + 2, said))
    return picture


def _words(x: float, y: float, text: str, anchor: str = "start") -> String:
    """Letters that the base font lacks are left out here; the table has them."""
    known = "".join(letter for letter in text if fonts.font_of(letter) == BASE)
    return String(x, y, known, fontName=BASE, fontSize=7.2, textAnchor=anchor, fillColor=INK)
