"""What makes an import look like a mistake. Each guard returns, or raises with words for the operator."""

import hashlib
from collections.abc import Sequence

from django.utils import timezone

from compliance.dnc.files import Source
from compliance.dnc.history import LOADED
from compliance.dnc.order import ImportOrder
from compliance.dnc.refusals import ImportRefusedError, NeedsConfirmationError
from compliance.models.dnc import DncFile, DncList, DncVersion, VersionKind

# A full list that loses more than this share is more likely a half download than a change of heart.
SHRINK_TENTHS = 9


def sum_of(sources: Sequence[Source]) -> str:
    """The sum that stands for a set of files, in any order; that of the file itself if it is one."""
    sums = sorted(source.sha256 for source in sources)
    return sums[0] if len(sums) == 1 else hashlib.sha256("\n".join(sums).encode()).hexdigest()


def check_twice_given(sources: Sequence[Source]) -> None:
    """Refuse one file named twice in one import."""
    seen: dict[str, str] = {}
    for source in sources:
        if source.size and source.sha256 in seen:
            raise ImportRefusedError(f"{source.name} is the same file as {seen[source.sha256]} (SHA-256)")
        seen[source.sha256] = source.name


def find_loaded(order: ImportOrder, listing: DncList, sources: Sequence[Source]) -> DncVersion | None:
    """The version these files already are, if the date is the same too. Another date needs confirmation."""
    loaded = DncVersion.objects.filter(dnc_list=listing, kind=order.kind, state__in=LOADED)
    same = loaded.filter(sha256=sum_of(sources)).order_by("number").last()
    if same is not None:
        if same.effective_on == order.effective_on and not order.confirm:
            return same
        _confirm(order, f"these files were loaded as version {_name(same)} (same SHA-256)")
    if order.kind is VersionKind.CHANGES:
        _check_applied_before(order, listing, sources)
    return None


def _check_applied_before(order: ImportOrder, listing: DncList, sources: Sequence[Source]) -> None:
    sums = {source.sha256: source.name for source in sources if source.size}
    applied = DncFile.objects.filter(
        version__dnc_list=listing,
        version__kind=VersionKind.CHANGES,
        version__state__in=LOADED,
        sha256__in=sums,
    ).select_related("version")
    for file in applied[:1]:
        name = sums[file.sha256]
        _confirm(order, f"{name} was applied with version {_name(file.version)} (same SHA-256)")


def check_order(order: ImportOrder, base: DncVersion | None) -> None:
    """Refuse what does not follow on the version in use."""
    if order.effective_on > timezone.localdate(order.moment()):
        raise ImportRefusedError(f"the version date {order.effective_on} is in the future")
    if base is None:
        if order.kind is VersionKind.CHANGES:
            raise ImportRefusedError(
                f"no version of {order.list_code} is loaded: a change list needs the full list it changes"
            )
        return
    if order.kind is VersionKind.CHANGES and order.effective_on <= base.effective_on:
        raise ImportRefusedError(
            f"the change list is dated {order.effective_on}, the version in use {base.effective_on}: "
            "change lists are applied in the order of their dates"
        )
    if order.effective_on < base.effective_on:
        raise ImportRefusedError(
            f"the list is dated {order.effective_on}, older than the version in use ({base.effective_on})"
        )


def check_full(
    order: ImportOrder, listing: DncList, base: DncVersion | None, numbers: int, areas: set[int]
) -> None:
    """Refuse an empty list; ask about one that shrinks or loses area codes."""
    if not numbers:
        raise ImportRefusedError("there is no number in the files")
    if base is None:
        return
    if numbers * 10 < base.numbers * SHRINK_TENTHS:
        _confirm(
            order, f"the list would shrink from {base.numbers:,} to {numbers:,} numbers, by more than 10 %"
        )
    lost = sorted(set(base.area_codes) - areas)
    if listing.by_area_code and lost:
        _confirm(order, f"area codes held now and in no file: {_some(lost)}")


def check_changes(order: ImportOrder, listing: DncList, base: DncVersion, rows: int, areas: set[int]) -> None:
    """Ask about an empty change list, and about area codes of which the full list is not held."""
    if not rows:
        _confirm(order, "there is no change in the files")
    unheld = sorted(areas - set(base.area_codes))
    if listing.by_area_code and not base.covers_all and unheld:
        _confirm(order, f"area codes whose full list is not loaded: {_some(unheld)}")


def _confirm(order: ImportOrder, what: str) -> None:
    if not order.confirm:
        raise NeedsConfirmationError(what)


def _name(version: DncVersion) -> str:
    return f"{version.number} of {version.effective_on} by {version.imported_by}"


def _some(areas: list[int]) -> str:
    return ", ".join(map(str, areas[:10])) + (f" and {len(areas) - 10} more" if len(areas) > 10 else "")
