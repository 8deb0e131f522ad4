"""A report as text, CSV, JSON, HTML, PDF and mail. All take a Made; none reads anything."""

from collections.abc import Callable, Mapping
from typing import Final

from agents.reports.render.data import as_csv, as_json
from agents.reports.render.html import as_document
from agents.reports.render.plain import as_text
from agents.reports.report import Made


def _pdf(made: Made) -> bytes:
    from agents.reports.render.pdf import as_pdf  # its library is slow to load, and seldom wanted

    return as_pdf(made)


FORMATS: Final[Mapping[str, Callable[[Made], bytes]]] = {
    "table": lambda made: as_text(made).encode(),
    "csv": lambda made: as_csv(made).encode(),
    "json": lambda made: as_json(made).encode(),
    "html": lambda made: as_document(made).encode(),
    "pdf": _pdf,
}


def rendered(made: Made, how: str) -> bytes:
    """The report in one of FORMATS, text as UTF-8."""
    return FORMATS[how](made)
