"""Lying bars as SVG: sizes are attributes, colours come from the page's style sheet by class (no inline style)."""

from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from agents.reports.report import Bars

MOST: Final = 12
_ROW, _NAMES, _LONGEST, _WIDTH = 22, 150, 200, 460
# Names are cut where the bars begin; the table has them whole.
_LETTERS: Final = 22


def lengths(bars: Bars) -> list[tuple[str, float, str]]:
    """The first MOST bars: name, length between 0 and 1, and what stands beside it."""
    longest = max((length for _, length, _ in bars.bars), default=0) or 1
    return [(name, max(length, 0) / longest, said) for name, length, said in bars.bars[:MOST]]


def as_svg(bars: Bars) -> SafeString:
    """The picture, its title and summary for who cannot see it."""
    drawn = lengths(bars)
    parts = format_html_join(
        "",
        '<text class="bars-name" x="{}" y="{}" text-anchor="end">{}</text><rect class="bars-bar" x="{}" y="{}" '
        'width="{}" height="14" rx="2"/><text class="bars-said" x="{}" y="{}">{}</text>',
        (
            (
                _NAMES - 10, at * _ROW + 15, _cut(name), _NAMES, at * _ROW + 4, round(max(length * _LONGEST, 1), 1),
                round(_NAMES + length * _LONGEST + 8, 1), at * _ROW + 15, said,
            )
            for at, (name, length, said) in enumerate(drawn)
        ),
    )  # fmt: skip
    return format_html(
        '<svg class="bars" viewBox="0 0 {} {}" role="img" aria-label="{}: {}" font-size="12">{}</svg>',
        _WIDTH, len(drawn) * _ROW + 4, bars.title, bars.summary, parts,
    )  # fmt: skip


def _cut(name: str) -> str:
    return name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}\N{HORIZONTAL ELLIPSIS}"
