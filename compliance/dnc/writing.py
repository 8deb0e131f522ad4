"""Write a new version beside or over the one in use, and keep the way back. Inside one transaction."""

from compliance.dnc import store
from compliance.dnc.bitmaps import compare, new_area, pack_flips
from compliance.dnc.order import ImportOrder
from compliance.dnc.reading import Bitmaps, Changes, in_order
from compliance.models.dnc import DncDelta, DncVersion


def write_full(order: ImportOrder, version: DncVersion, bitmaps: Bitmaps) -> None:
    """Write all blocks under a new generation, and against a base what changed. Empties `bitmaps`."""
    version.generation = version.pk
    base = version.base
    areas = sorted({*bitmaps, *(store.areas_held(base.generation) if base else ())})
    for done, area in enumerate(areas):
        order.report("writing", done, len(areas), 0)
        new = bitmaps.pop(area, None)
        if new is not None:
            store.write_area(version.generation, area, new)
        if base is not None:
            _keep_changes(version, area, store.read_area(base.generation, area), new or new_area())
    if base is None:
        version.added = version.numbers
    order.report("writing", len(areas), len(areas), 0)


def write_changes(order: ImportOrder, version: DncVersion, changes: Changes) -> None:
    """Play the changes onto the blocks of the base. Empties `changes`."""
    base = version.base
    assert base is not None
    version.generation = base.generation
    areas = sorted(changes)
    for done, area in enumerate(areas):
        order.report("writing", done, len(areas), 0)
        old = store.read_area(base.generation, area)
        new = bytearray(old)
        in_order(changes.pop(area), new)
        changed = _keep_changes(version, area, old, new)
        store.update_area(base.generation, area, new, changed)
    version.numbers = base.numbers + version.added - version.removed
    order.report("writing", len(areas), len(areas), 0)


def _keep_changes(version: DncVersion, area: int, old: bytearray, new: bytearray) -> bytes:
    """Keep one area code's delta and count it. Gives the bitmap of the changes."""
    changed, added, removed = compare(old, new)
    if added or removed:
        packed, dense = pack_flips(changed, added + removed)
        DncDelta.objects.create(version=version, area_code=area, flips=packed, dense=dense)
        version.added += added
        version.removed += removed
    return changed
