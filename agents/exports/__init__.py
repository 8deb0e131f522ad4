"""Leads and posts as files for a spreadsheet: which columns there are, how the lines stream, who took what."""

from typing import Any, Final

from agents.exports import leads, posts
from agents.exports.columns import Sheet
from agents.models import ExportKind

SHEETS: Final[dict[ExportKind, Sheet[Any]]] = {ExportKind.LEADS: leads.SHEET, ExportKind.POSTS: posts.SHEET}
