"""The cells of the license matrix: ten thousand on a page, so they are written here and not by a template."""

from collections.abc import Mapping
from typing import Final

from django.utils.html import escape
from django.utils.safestring import SafeString

from agents.addresses import address
from agents.routing.matrix import Cell, Matrix, StateRow
from leadcrm.lib.clock import day_words

_LICENSE: Final = "admin:agents_license_change"
# Short names of the cells' kinds, for the style sheet.
_CLASSES: Final = {"valid": "ok", "ending": "red", "expired": "over", "not_yet": "yet"}


def heads_html(matrix: Matrix) -> SafeString:
    """The headings of the agents' columns."""
    cells = (
        f'<th scope="col" class="who"><span>{escape(str(agent))}{"" if agent.receiving else " (paused)"}</span></th>'
        for agent in matrix.agents
    )
    return SafeString("".join(cells))


def names_html(matrix: Matrix) -> dict[int, str]:
    """The names of the agents by key, escaped once for all states."""
    return {agent.pk: escape(str(agent)) for agent in matrix.agents}


def cells_html(row: StateRow, names: Mapping[int, str]) -> SafeString:
    """The cells of one state. Each says with words when it holds, links to the license, and names its agent."""
    cells = []
    for agent, name in names.items():
        cell = row.cells.get(agent)
        if cell is None:
            cells.append("<td></td>")
            continue
        url, (text, more) = address(_LICENSE, cell.license_id), _words(cell)
        cells.append(
            f'<td class="{_CLASSES[cell.kind]}" data-who="{name}">'
            f'<a href="{url}" title="{more}">{text}</a></td>'
        )
    return SafeString("".join(cells))


def _words(cell: Cell) -> tuple[str, str]:
    """What stands in a cell, and what it says to whoever points at it."""
    if cell.kind == "not_yet":
        return day_words(cell.starts), f"not yet: from {cell.starts}"
    if cell.until is None:
        return "yes", "no end"
    if cell.kind == "valid":
        return "yes", f"until {cell.until}"
    return (
        day_words(cell.until),
        f"{'expired' if cell.kind == 'expired' else 'ends'} {cell.until}",
    )
