"""A report as a page of its own (a file), and as the body of a mail, where only plain tables look alike everywhere."""

from collections.abc import Iterable
from typing import Final

from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from agents.reports.render.svg import as_svg, lengths
from agents.reports.render.words import words
from agents.reports.report import Bars, Column, Made, Row, Table

_STYLE: Final = """
:root{color-scheme:light dark}
body{font:14px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;color:#1a1d21;background:#fff}
h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:1.6rem 0 .4rem}p{margin:.3rem 0}.quiet{color:#565d66}
.wide{overflow-x:auto}table{border-collapse:collapse;white-space:nowrap}
th,td{padding:.25rem .7rem;text-align:right;border-bottom:1px solid #d9dde3}
th{font-weight:600;vertical-align:bottom}.word{text-align:left}
tfoot td{font-weight:600;border-top:2px solid #8b929b}svg{max-width:34rem;width:100%;height:auto;fill:currentColor}
.bars-bar{fill:#2b6cb0}
@media(prefers-color-scheme:dark){body{color:#e6e8eb;background:#14171a}.quiet{color:#a3abb5}
th,td{border-color:#343a41}.bars-bar{fill:#63a4e8}}
"""
_MAIL: Final = {
    "body": "font-family:Arial,sans-serif;font-size:14px;color:#1a1d21;background:#ffffff;margin:0;padding:16px",
    "h1": "font-size:20px;margin:0 0 2px", "h2": "font-size:15px;margin:22px 0 6px",
    "p": "margin:4px 0;color:#565d66", "table": "border-collapse:collapse;font-size:13px",
    "number": "padding:3px 9px;border-bottom:1px solid #d9dde3;text-align:right;white-space:nowrap",
    "word": "padding:3px 9px;border-bottom:1px solid #d9dde3;text-align:left",
    "total": "padding:3px 9px;border-top:2px solid #8b929b;text-align:right;font-weight:bold;white-space:nowrap",
}  # fmt: skip


def as_document(made: Made) -> str:
    """A whole page that needs nothing beside it."""
    return format_html(
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}, {period}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head>'
        '<body><h1>{title}</h1><p class="quiet">{period} · {agency}</p>{chart}{tables}{notes}</body></html>\n',
        title=made.report.title, period=str(made.period), agency=settings.AGENCY_NAME,
        style=mark_safe(_STYLE),  # noqa: S308 - a constant
        chart=_chart(made.body.chart), tables=_each(_table(table) for table in made.body.tables),
        notes=format_html_join("", '<p class="quiet">{}</p>', ((note,) for note in _notes(made))),
    )  # fmt: skip


def as_mail(made: Made) -> str:
    """The body of a mail: every style at its element, bars as cells of a table, no picture to be fetched."""
    return format_html(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head><body style="{body}">'
        '<h1 style="{h1}">{title}</h1><p style="{p}">{period} · {agency}</p>{chart}{tables}{notes}</body></html>\n',
        title=made.report.title, period=str(made.period), agency=settings.AGENCY_NAME, body=_MAIL["body"],
        h1=_MAIL["h1"], p=_MAIL["p"], chart=_mail_chart(made.body.chart),
        tables=_each(_mail_table(table) for table in made.body.tables),
        notes=format_html_join("", '<p style="{}">{}</p>', ((_MAIL["p"], note) for note in _notes(made))),
    )  # fmt: skip


def _notes(made: Made) -> list[str]:
    return [*made.body.notes, *made.notes]


def _each(parts: Iterable[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))


def _chart(bars: Bars | None) -> SafeString:
    if bars is None:
        return SafeString("")
    return format_html("<h2>{}</h2><p>{}</p>{}", bars.title, bars.summary, as_svg(bars))


def _table(table: Table) -> SafeString:
    if not table.rows:
        return format_html('<h2>{}</h2><p class="quiet">{}</p>', table.title, table.empty)
    heads = format_html_join("", '<th scope="col"{}>{}</th>', ((_class(c), c.title) for c in table.columns))
    foot = format_html("<tfoot>{}</tfoot>", _row(table.columns, table.total)) if table.total else ""
    body = _each(_row(table.columns, row) for row in table.rows)
    return format_html(
        '<h2>{}</h2><div class="wide"><table><thead><tr>{}</tr></thead><tbody>{}</tbody>{}</table></div>',
        table.title, heads, body, foot,
    )  # fmt: skip


def _row(columns: Iterable[Column], row: Row) -> SafeString:
    cells = ((_class(column), words(value)) for column, value in zip(columns, row, strict=True))
    return format_html("<tr>{}</tr>", format_html_join("", "<td{}>{}</td>", cells))


def _class(column: Column) -> SafeString:
    return SafeString(' class="word"' if column.text else "")


def _mail_chart(bars: Bars | None) -> SafeString:
    """Each bar is a coloured cell as wide as it is long."""
    if bars is None:
        return SafeString("")
    rows = format_html_join(
        "",
        '<tr><td style="{}">{}</td><td width="320"><table cellpadding="0" cellspacing="0" width="{}">'
        '<tr><td bgcolor="#2b6cb0" height="12" style="font-size:1px">&nbsp;</td></tr></table></td>'
        '<td style="{}">{}</td></tr>',
        (
            (_MAIL["word"], name, max(round(length * 320), 1), _MAIL["number"], said)
            for name, length, said in lengths(bars)
        ),
    )
    return format_html(
        '<h2 style="{}">{}</h2><p style="{}">{}</p><table style="{}">{}</table>',
        _MAIL["h2"], bars.title, _MAIL["p"], bars.summary, _MAIL["table"], rows,
    )  # fmt: skip


def _mail_table(table: Table) -> SafeString:
    if not table.rows:
        return format_html(
            '<h2 style="{}">{}</h2><p style="{}">{}</p>', _MAIL["h2"], table.title, _MAIL["p"], table.empty
        )
    heads = format_html_join(
        "", '<th scope="col" style="{}">{}</th>', ((_look(column), column.title) for column in table.columns)
    )
    body = _each(_mail_row(table.columns, row) for row in table.rows)
    foot = _mail_row(table.columns, table.total, total=True) if table.total else ""
    return format_html(
        '<h2 style="{}">{}</h2><table style="{}"><tr>{}</tr>{}{}</table>',
        _MAIL["h2"], table.title, _MAIL["table"], heads, body, foot,
    )  # fmt: skip


def _mail_row(columns: Iterable[Column], row: Row, *, total: bool = False) -> SafeString:
    cells = (
        (_MAIL["total"] if total and not column.text else _look(column), words(value))
        for column, value in zip(columns, row, strict=True)
    )
    return format_html("<tr>{}</tr>", format_html_join("", '<td style="{}">{}</td>', cells))


def _look(column: Column) -> str:
    return _MAIL["word" if column.text else "number"]
