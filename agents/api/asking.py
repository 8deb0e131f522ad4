"""What a system asks for in an address: which days, as what, which table. Errors name the parameter."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.core.exceptions import ValidationError

from agents.reports.files import FILES
from agents.reports.periods import Period, asked
from leadcrm.lib.api_errors import refused

PARAMETERS: Final = ("period", "from", "to", "format", "table")
_SAID_AS: Final = {"first": "from", "last": "to"}


@dataclass(frozen=True, slots=True)
class Asked:
    """The days, one of FILES, and of a CSV perhaps the key of the one table that is wanted."""

    period: Period
    format: str
    table: str


def read_parameters(said: Mapping[str, str], today: date) -> Asked:
    """What `said` means on `today` (the agency's); nothing is yesterday as JSON. Raises ApiError 400."""
    unknown = [name for name in said if name not in PARAMETERS]
    if unknown:
        raise refused({name: f"is none of {', '.join(PARAMETERS)}" for name in unknown})
    how = said.get("format") or "json"
    if how not in FILES:
        raise refused({"format": f"“{how}” is none of {', '.join(FILES)}"})
    table = said.get("table", "")
    if table and how != "csv":
        raise refused({"table": "goes with format=csv; other formats hold all tables"})
    first, last = _day(said, "from"), _day(said, "to")
    try:
        return Asked(asked(period=said.get("period", ""), first=first, last=last, today=today), how, table)
    except ValidationError as error:
        told = {_SAID_AS.get(name, name): "; ".join(texts) for name, texts in error.message_dict.items()}
        raise refused(told) from None


def _day(said: Mapping[str, str], name: str) -> date | None:
    text = said.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise refused({name: f"“{text}” is no day such as 2026-11-30"}) from None
