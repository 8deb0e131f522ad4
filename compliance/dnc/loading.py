"""How an import runs: alone with the list, read everything, then write and switch in one transaction."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from compliance.dnc import guards, store
from compliance.dnc.bitmaps import count
from compliance.dnc.files import Given, Source, open_source
from compliance.dnc.history import forget_before
from compliance.dnc.lists import ensure_list
from compliance.dnc.order import ImportOrder
from compliance.dnc.reading import FileFacts, read_changes, read_full
from compliance.dnc.refusals import ImportRefusedError
from compliance.dnc.writing import write_changes, write_full
from compliance.models.dnc import DncFile, DncList, DncVersion, VersionKind, VersionState

_LOCK_CLASS = 0x444E43  # "DNC": advisory locks of imports, one per list


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did. `already_loaded`: nothing, these very files are `version`."""

    version: DncVersion
    already_loaded: bool = False


def load(order: ImportOrder, files: Sequence[Given]) -> ImportResult:
    """Run one import. Raises ImportRefusedError; whatever it raises, look-ups have seen no change."""
    if not files:
        raise ImportRefusedError("no file given")
    listing = ensure_list(order.list_code)
    with _only_import_of(listing), ExitStack() as opened:
        _fail_interrupted(listing, order)
        listing.refresh_from_db()
        sources = [opened.enter_context(open_source(given)) for given in files]
        guards.check_twice_given(sources)
        same = guards.find_loaded(order, listing, sources)
        if same is not None:
            return ImportResult(same, already_loaded=True)
        guards.check_order(order, listing.current)
        version = _begin(order, listing, sources)
        with _failure_recorded(version, order):
            _LOADERS[order.kind](order, listing, version, sources)
    store.give_back_space()
    return ImportResult(version)


@contextmanager
def _only_import_of(listing: DncList) -> Iterator[None]:
    """Hold the list's advisory lock: it goes with the session, so a dead process holds none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_LOCK_CLASS, listing.pk])
        if not cursor.fetchone()[0]:
            raise ImportRefusedError(f"another import of {listing.code} is running")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK_CLASS, listing.pk])


def _fail_interrupted(listing: DncList, order: ImportOrder) -> None:
    """Versions still loading while we hold the lock belong to a process that died."""
    dead = DncVersion.objects.filter(dnc_list=listing, state=VersionState.LOADING)
    for version in dead:
        _fail(version, order, "interrupted")


def _fail(version: DncVersion, order: ImportOrder, error: str) -> None:
    DncVersion.objects.filter(pk=version.pk, state=VersionState.LOADING).update(
        state=VersionState.FAILED, finished_at=max(order.moment(), version.started_at), error=error
    )


@contextmanager
def _failure_recorded(version: DncVersion, order: ImportOrder) -> Iterator[None]:
    try:
        yield
    except ImportRefusedError as refused:
        _fail(version, order, str(refused))
        raise
    except BaseException as error:
        # The type alone: a database error quotes the values it stumbled on.
        _fail(version, order, type(error).__name__)
        raise


def _begin(order: ImportOrder, listing: DncList, sources: Sequence[Source]) -> DncVersion:
    base = listing.current
    last = DncVersion.objects.filter(dnc_list=listing).order_by("number").last()
    return DncVersion.objects.create(
        dnc_list=listing, number=last.number + 1 if last else 1, kind=order.kind, base=base,
        effective_on=order.effective_on, san=order.san, sha256=guards.sum_of(sources),
        covers_all=order.covers_all if order.kind is VersionKind.FULL else bool(base and base.covers_all),
        imported_by=order.imported_by, imported_by_user=order.user, started_at=order.moment(),
    )  # fmt: skip


def _load_full(order: ImportOrder, listing: DncList, version: DncVersion, sources: Sequence[Source]) -> None:
    bitmaps, facts = read_full(sources, progress=_reading(order, sources))
    version.numbers = sum(map(count, bitmaps.values()))
    version.area_codes = sorted(bitmaps)
    guards.check_full(order, listing, version.base, version.numbers, set(bitmaps))
    with _switching(order, listing, version, facts):
        write_full(order, version, bitmaps)


def _load_changes(
    order: ImportOrder, listing: DncList, version: DncVersion, sources: Sequence[Source]
) -> None:
    base = version.base
    assert base is not None
    changes, facts = read_changes(sources, progress=_reading(order, sources))
    rows = sum(fact.rows for fact in facts)
    guards.check_changes(order, listing, base, rows, set(changes))
    version.area_codes = sorted({*base.area_codes, *changes})
    with _switching(order, listing, version, facts):
        write_changes(order, version, changes)


def _reading(order: ImportOrder, sources: Sequence[Source]) -> Callable[[Source, int], None]:
    """Progress of reading over all files, in bytes as given."""
    total = sum(source.size for source in sources)
    before, done = {}, 0
    for source in sources:
        before[id(source)] = done
        done += source.size
    return lambda source, rows: order.report("reading", before[id(source)] + source.raw.tell(), total, rows)


@contextmanager
def _switching(
    order: ImportOrder, listing: DncList, version: DncVersion, facts: list[FileFacts]
) -> Iterator[None]:
    """The one transaction: what is written inside becomes visible together with the pointer that shows it."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            # One statement may take longer than any request may, and so may the work between two.
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield
        _switch(order, listing, version, facts)
        forget_before(list_id=listing.pk, now=order.moment())


def _switch(order: ImportOrder, listing: DncList, version: DncVersion, facts: list[FileFacts]) -> None:
    DncFile.objects.bulk_create(
        DncFile(
            version=version, name=fact.source.name[-255:], sha256=fact.source.sha256, size=fact.source.size,
            rows=fact.rows, area_codes=sorted(fact.areas),
        )
        for fact in facts
    )  # fmt: skip
    base = version.base
    if base is not None:
        DncVersion.objects.filter(pk=base.pk).update(state=VersionState.SUPERSEDED)
        if version.generation != base.generation:
            store.drop_generation(base.generation)
    version.rows = sum(fact.rows for fact in facts)
    version.state = VersionState.READY
    version.finished_at = max(order.moment(), version.started_at)
    version.save()
    first = {} if base else {"active": True}
    DncList.objects.filter(pk=listing.pk).update(current=version, **first)


_LOADERS = {VersionKind.FULL: _load_full, VersionKind.CHANGES: _load_changes}
