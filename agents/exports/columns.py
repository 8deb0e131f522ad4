"""What a column of an exported file is, and what its values are made from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Model

from intake.models import Source, Vendor
from leadcrm.models import User

M = TypeVar("M", bound=Model)

_MOMENT: Final = "%Y-%m-%d %H:%M:%S"


@dataclass(slots=True)
class Around:
    """What stands in other tables: names by key, read once a file, and what `looks` found for the rows at hand."""

    sources: dict[int, str] = field(default_factory=dict)
    vendor_of: dict[int, str] = field(default_factory=dict)
    vendors: dict[int, str] = field(default_factory=dict)
    people: dict[int, str] = field(default_factory=dict)
    products: dict[str, str] = field(default_factory=dict)
    found: dict[str, dict[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Column(Generic[M]):
    """One column: `value(row, around)` from the model's `fields` alone, and from what `look` finds for many rows.

    `usual` ones are ticked for whoever exports for the first time.
    """

    name: str
    label: str
    value: Callable[[M, Around], Any]
    fields: tuple[str, ...] = ()
    usual: bool = True
    look: str = ""


@dataclass(frozen=True, slots=True)
class Sheet(Generic[M]):
    """A sort of file: its columns in their order, and how what stands elsewhere is looked up, by name."""

    columns: tuple[Column[M], ...]
    looks: dict[str, Callable[[Sequence[M]], dict[Any, Any]]]

    def chosen(self, names: Sequence[str]) -> list[Column[M]]:
        """The columns of these names, in the order of the sheet; names that are no more are passed over."""
        return [column for column in self.columns if column.name in names]

    def usual(self) -> list[str]:
        """Names of the columns that most people want."""
        return [column.name for column in self.columns if column.usual]


def read_names(products: dict[str, str]) -> Around:
    """The names that stand in every row. Three short tables."""
    sources = list(Source.objects.values_list("pk", "name", "vendor__name"))
    return Around(
        sources={pk: name for pk, name, _ in sources},
        vendor_of={pk: vendor for pk, _, vendor in sources},
        vendors=dict(Vendor.objects.values_list("pk", "name")),
        people={user.pk: str(user) for user in User.objects.only("first_name", "last_name", "email")},
        products=products,
    )


def agency_moment(at: datetime | None) -> str:
    """On the agency's clock, which the column's heading names: a spreadsheet sorts and subtracts it."""
    return f"{at.astimezone(settings.AGENCY_ZONE):{_MOMENT}}" if at else ""


def utc_moment(at: datetime | None) -> str:
    """In UTC, where no hour of autumn comes twice."""
    return f"{at.astimezone(UTC):{_MOMENT}}" if at else ""


def moment_there(at: datetime | None, zone: str) -> str:
    """On the clock of the zone `zone`, with its letters (CST), since each row may have another; "" for no zone."""
    if at is None or not zone:
        return ""
    there = at.astimezone(ZoneInfo(zone))
    return f"{there:{_MOMENT}} {there.tzname()}"


def in_agency_time(label: str) -> str:
    """`label` with the agency's zone."""
    return f"{label} ({settings.AGENCY_TIME_ZONE})"
