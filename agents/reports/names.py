"""Who stands behind the keys of figures, in words. Short tables, one query each."""

from dataclasses import dataclass
from typing import Final

from intake.models import Source, Vendor
from intake.queries import product_names
from leadcrm.models import User

NOBODY: Final = "Nobody"


@dataclass(frozen=True, slots=True)
class SourceName:
    """A source and whose it is."""

    vendor: str
    source: str
    product: str


def sources() -> dict[int, SourceName]:
    """By key, in the order of vendor and name."""
    products = product_names()
    rows = Source.objects.select_related("vendor", "vertical").order_by("vendor__name", "name", "pk")
    return {
        row.pk: SourceName(row.vendor.name, row.name, products.get(row.vertical.code, "")) for row in rows
    }


def vendors() -> dict[int, str]:
    """By key, in the order of their names."""
    return dict(Vendor.objects.order_by("name").values_list("pk", "name"))


def people(keys: "set[int | None]") -> dict[int | None, str]:
    """Those of `keys`, by name; whoever has nobody comes last, as “Nobody”."""
    found = User.objects.filter(pk__in=[key for key in keys if key is not None])
    named: dict[int | None, str] = {
        user.pk: str(user) for user in found.order_by("last_name", "first_name", "pk")
    }
    return {**named, None: NOBODY} if None in keys else named
