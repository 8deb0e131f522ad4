"""How the report looks: page, styles, headings that make the contents and the bookmarks, tables, quotes."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any, Final

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    LongTable,
    PageTemplate,
    Paragraph,
    Spacer,
    TableStyle,
)
from reportlab.platypus.tableofcontents import TableOfContents

from compliance.evidence.pack import fonts
from compliance.evidence.pack.fonts import BASE, BOLD, markup

INK, QUIET, RULE, PAPER = HexColor("#1a1d21"), HexColor("#565d66"), HexColor("#c9ced6"), HexColor("#f4f5f7")
BAD, GOOD = HexColor("#a3121f"), HexColor("#1c6b36")
MARGIN: Final = 0.8 * inch
WIDTH: Final = LETTER[0] - 2 * MARGIN


def _style(name: str, size: float, **more: Any) -> ParagraphStyle:
    options: dict[str, Any] = {
        "fontName": BASE,
        "leading": size * 1.36,
        "textColor": INK,
        "spaceAfter": 3,
        **more,
    }
    return ParagraphStyle(name, fontSize=size, **options)


BODY: Final = _style("body", 8.6)
SMALL: Final = _style("small", 7.4, textColor=QUIET, spaceAfter=1)
CAPTION: Final = _style("caption", 7.4, textColor=QUIET, spaceAfter=1, keepWithNext=1)
CELL: Final = _style("cell", 7.2, spaceAfter=0)
CELL_BAD: Final = _style("cell_bad", 7.2, spaceAfter=0, textColor=BAD)
HEAD: Final = _style("head", 7.2, fontName=BOLD, spaceAfter=0)
TITLE: Final = _style("title", 24, fontName=BOLD, spaceAfter=4)
LEAD: Final = _style("lead", 12.5, spaceAfter=10, textColor=QUIET)
H1: Final = _style("h1", 15, fontName=BOLD, spaceBefore=4, spaceAfter=6, keepWithNext=1)
H2: Final = _style("h2", 10.4, fontName=BOLD, spaceBefore=9, spaceAfter=3, keepWithNext=1)
BULLET: Final = _style("bullet", 8.6, leftIndent=12, bulletIndent=2)
QUOTE: Final = _style(
    "quote", 8.8, leftIndent=9, rightIndent=9, spaceBefore=10, spaceAfter=14, borderPadding=(6, 8, 6, 8),
    backColor=PAPER, borderColor=RULE, borderWidth=0.6,
)  # fmt: skip
COVER: Final = _style("cover", 10.4, fontName=BOLD, spaceBefore=9, spaceAfter=3, keepWithNext=1)
LEVELS: Final = {"h1": 0, "h2": 1}


class Report(BaseDocTemplate):  # type: ignore[misc]  # untyped
    """The document: Letter, page numbers, the language, bookmarks of all headings."""

    def __init__(self, file: BytesIO | Any, *, title: str, subject: str, author: str, footer: str) -> None:
        fonts.load()
        super().__init__(
            file, pagesize=LETTER, title=title, author=author, subject=subject, creator="leadcrm", lang="en-US",
            leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN, displayDocTitle=True,
        )  # fmt: skip
        self.footer = footer
        frame = Frame(MARGIN, MARGIN, WIDTH, LETTER[1] - 2 * MARGIN, id="body", leftPadding=0, rightPadding=0)
        self.addPageTemplates([PageTemplate(id="page", frames=[frame], onPage=self._mark)])
        self._headings = 0

    def beforeDocument(self) -> None:  # noqa: N802 (reportlab's name)
        """Once a pass: the same headings have the same names each time."""
        self._headings = 0

    def _mark(self, canvas: Any, _: Any) -> None:
        canvas.saveState()
        canvas.setFont(BASE, 7)
        canvas.setFillColor(QUIET)
        canvas.drawString(MARGIN, MARGIN - 20, self.footer)
        canvas.drawRightString(LETTER[0] - MARGIN, MARGIN - 20, f"Page {canvas.getPageNumber()}")
        canvas.restoreState()

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 (reportlab's name)
        """A heading is bookmarked; those of the first level stand in the contents too."""
        level = LEVELS.get(getattr(getattr(flowable, "style", None), "name", ""))
        if level is None or not isinstance(flowable, Paragraph):
            return
        self._headings += 1
        name, text = f"heading-{self._headings}", flowable.getPlainText()
        self.canv.bookmarkPage(name)
        self.canv.addOutlineEntry(text, name, level, closed=True)
        if level == 0:
            self.notify("TOCEntry", (level, markup(text), self.page, name))


def contents() -> TableOfContents:
    """The table of contents, filled in by `multiBuild`."""
    table = TableOfContents(dotsMinLevel=0)
    table.levelStyles = [_style("toc", 8.8, spaceAfter=0, leading=13)]
    return table


def para(text: object, style: ParagraphStyle = BODY) -> Paragraph:
    """A paragraph of plain text."""
    return Paragraph(markup(text), style)


def rich(template: str, *parts: object, style: ParagraphStyle = BODY) -> Paragraph:
    """A paragraph whose `template` is markup of ours, with {} for parts that are plain text."""
    return Paragraph(template.format(*(markup(part) for part in parts)), style)


def bullets(lines: Iterable[str]) -> list[Flowable]:
    """A list of sentences."""
    return [Paragraph(markup(line), BULLET, bulletText="\N{BULLET}") for line in lines]


def facts(pairs: Iterable[tuple[str, object]], *, first: float = 1.35 * inch) -> LongTable:
    """Names and values in two columns; nothing stands as a dash."""
    rows = [
        [para(name, HEAD), para("\N{EN DASH}" if said in (None, "") else said, CELL)] for name, said in pairs
    ]
    table = LongTable(rows, colWidths=[first, WIDTH - first], hAlign="LEFT", splitInRow=1)
    table.setStyle(TableStyle([*_GRID, ("BACKGROUND", (0, 0), (0, -1), PAPER)]))
    return table


def grid(head: Sequence[str], rows: Iterable[Sequence[object]], widths: Sequence[float]) -> LongTable:
    """A table with a head that is repeated on every page. `widths` are shares of the page's."""
    total = sum(widths)
    body = [[cell if isinstance(cell, Flowable) else para(cell, CELL) for cell in row] for row in rows]
    table = LongTable(
        [[para(name, HEAD) for name in head], *body],
        colWidths=[WIDTH * share / total for share in widths],
        repeatRows=1,
        hAlign="LEFT",
        splitInRow=1,  # a note may be longer than a page
    )
    table.setStyle(TableStyle([*_GRID, ("BACKGROUND", (0, 0), (-1, 0), PAPER)]))
    return table


_GRID: Final[list[tuple[Any, ...]]] = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE),
    ("LINEABOVE", (0, 0), (-1, 0), 0.4, RULE), ("LEFTPADDING", (0, 0), (-1, -1), 4),
    ("RIGHTPADDING", (0, 0), (-1, -1), 4), ("TOPPADDING", (0, 0), (-1, -1), 2.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
]  # fmt: skip


def toned(text: object, tone: str) -> Paragraph:
    """A cell; `tone` bad is red, and the word says it too."""
    return para(text, CELL_BAD if tone == "bad" else CELL)


def gap(height: float = 6) -> Spacer:
    """Some air."""
    return Spacer(1, height)
