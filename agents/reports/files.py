"""A report as the answer to a request: a file in one of FILES."""

from typing import Final

from django.http import HttpResponse

from agents.reports.render import rendered
from agents.reports.render.data import as_csv
from agents.reports.report import Made

FILES: Final = {
    "csv": "text/csv; charset=utf-8", "json": "application/json", "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
}  # fmt: skip


def as_file(made: Made, how: str, *, table: str = "") -> HttpResponse:
    """`made` as a file, named for the report and its days. `how`: one of FILES; `table`: of a CSV, only that one."""
    content = as_csv(made, table) if table else rendered(made, how)
    response = HttpResponse(content, content_type=FILES[how])
    name = f"{made.report.name}-{made.period.first}-{made.period.last}.{how}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
