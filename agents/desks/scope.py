"""What a figure on a desk is about: days, and whose or whence; as it stands in the address of a list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.http import urlencode

from agents.reports.periods import Period, from_to
from leadcrm.lib.keys import key_from

# As a person: leads that nobody has. As a team: people without one.
NONE: Final = 0
# The figure.
COUNTED: Final = "counted"
_FROM, _TO = "from", "to"
_PARTS: Final = {
    "vendor": "of_vendor", "source": "of_source", "person": "of_person", "team": "of_team", "hour": "at_hour",
}  # fmt: skip
# All that an address may say of it.
PARAMETERS: Final = (COUNTED, _FROM, _TO, *_PARTS.values())


@dataclass(frozen=True, slots=True)
class Scope:
    """Days of the agency, and of these a part: of a vendor, source, person or team (keys, NONE), an hour of the day."""

    period: Period
    vendor: int | None = None
    source: int | None = None
    person: int | None = None
    team: int | None = None
    hour: int | None = None

    def query(self) -> str:
        """In a list's address, after the figure."""
        parts = {name: getattr(self, part) for part, name in _PARTS.items()}
        asked = {_FROM: self.period.first, _TO: self.period.last, **parts}
        return urlencode({name: str(value) for name, value in asked.items() if value is not None})


def read_scope(query: Mapping[str, str]) -> Scope:
    """The scope that an address tells of. Raises ValueError where it tells of none."""
    try:
        period = from_to(date.fromisoformat(query[_FROM]), date.fromisoformat(query[_TO]))
    except KeyError as missing:
        raise ValueError(f"{missing} is missing") from None
    except ValidationError as wrong:
        raise ValueError(str(wrong)) from wrong
    return Scope(period, **{part: _key(query[name]) for part, name in _PARTS.items() if name in query})


def _key(text: str) -> int:
    """A key, or NONE; an hour reads alike. Raises ValueError for anything else."""
    key = key_from(text)
    if not key and text != str(NONE):
        raise ValueError("a key that no row has")
    return key
