"""The lists we know by name, so that an import need not be preceded by a form."""

from dataclasses import dataclass

from compliance.dnc.refusals import ImportRefusedError
from compliance.models.dnc import DncList, ListKind

# The registry's safe harbour asks for a version at most 31 days old (16 CFR 310.4(b)(3)(iv)).
NATIONAL_STALE_DAYS = 31
# The states publish at least every quarter, so a list older than the longest one lacks an edition. A starting value:
# what a state's law allows is for the operator to look up and set.
STATE_STALE_DAYS = 92


@dataclass(frozen=True, slots=True)
class Known:
    """What a list is, before it has a row. The row can be edited in the admin afterwards."""

    name: str
    kind: ListKind
    state: str = ""
    source: str = ""
    stale_after_days: int | None = None
    by_area_code: bool = False


_STATES = {
    "CO": "Colorado", "FL": "Florida", "IN": "Indiana", "LA": "Louisiana", "MA": "Massachusetts",
    "MO": "Missouri", "OK": "Oklahoma", "PA": "Pennsylvania", "TN": "Tennessee", "TX": "Texas",
    "WY": "Wyoming",
}  # fmt: skip

KNOWN: dict[str, Known] = {
    "national": Known(
        "National Do Not Call Registry", ListKind.NATIONAL, source="Federal Trade Commission",
        stale_after_days=NATIONAL_STALE_DAYS, by_area_code=True,
    ),
    "litigator": Known("Known litigators", ListKind.LITIGATOR),
    "reassigned": Known("Reassigned numbers", ListKind.REASSIGNED),
    **{
        f"state_{code.lower()}": Known(
            f"{name} do-not-call list", ListKind.STATE, code, stale_after_days=STATE_STALE_DAYS
        )
        for code, name in _STATES.items()
    },
}  # fmt: skip


def ensure_list(code: str) -> DncList:
    """The list of this code, made on first use if KNOWN. Raises ImportRefusedError for another code.

    A new list is inactive until its first version is loaded (only the national one is asked at once): a list
    that was never loaded must not hold up every lead of its state because an import failed.
    """
    found = DncList.objects.filter(code=code).first()
    if found is not None:
        return found
    known = KNOWN.get(code)
    if known is None:
        raise ImportRefusedError(
            f"there is no list {code!r}; add it in the admin or use one of: {', '.join(sorted(KNOWN))}"
        )
    made, _ = DncList.objects.get_or_create(
        code=code,
        defaults={
            "name": known.name, "kind": known.kind, "state": known.state, "source": known.source,
            "stale_after_days": known.stale_after_days, "by_area_code": known.by_area_code,
            "active": known.kind is ListKind.NATIONAL,
        },
    )  # fmt: skip
    return made


def active_lists() -> list[int]:
    """The ids of all lists that are asked."""
    return list(DncList.objects.filter(active=True).order_by("code").values_list("id", flat=True))
