"""A new source with the terms of another. Every table that hangs on a source is named here or in its own room."""

from collections.abc import Iterable
from typing import Any, Final

from django.db import transaction
from django.db.models import ManyToManyRel

from intake.contracts import save_new_source
from intake.models import Source, SourceStatus, Vendor
from leadcrm.lib import pipeline

# What hangs on a source, by the name a source knows it by. Rooms further down add their own (step "clone_terms");
# a test finds what is in neither list.
COPIED: Final = ("field_rules", "hours", "price_rules", "return_terms")
LEFT: Final = {
    "keys": "a key is one contract's; the clone gets its own",
    "pings_received": "pings are of the source they came to",
    "submissions": "posts are of the source they came to",
    "leads": "leads are of the source they were bought from",
    "imports": "files were loaded for the source they were loaded for",
    "returns": "returns are of the leads",
    "returncandidate": "candidates are leads",
    "retry_seen": "says what the vendor has tried",
    "ratewindow": "a counter",
}
COLUMNS: Final = (
    "vertical", "mode", "profile", "dialect", "detail", "price_kind", "price", "currency", "required_fields",
    "replay_by", "posting_terms", "posting_price", "replay_days", "key_in_body", "allowed_networks", "rate_limit",
    "pings", "ping_fields", "ping_seconds", "ping_rate_limit",
)  # fmt: skip
COLUMNS_LEFT: Final = {
    "id": "its own", "vendor": "chosen anew", "name": "chosen anew", "status": "a clone starts in test mode",
    "demo": "only what was set up as a demonstration is one", "posting_token": "its own", "created_at": "its own",
}  # fmt: skip


def clone_source(*, origin: Source, vendor: Vendor, name: str, same_pools: bool = True) -> Source:
    """A new source of `vendor` in test mode, with everything that says what `origin` buys and how it is posted.

    Without keys, posts and counters. `same_pools`: its leads go to the pools that name `origin`, too. All or nothing.
    Raises ValidationError by field, also where the vendor has a source of that name: so a second press makes no second.
    """
    with transaction.atomic():
        origin = Source.objects.select_for_update().get(pk=origin.pk)
        clone = Source(vendor=vendor, name=name.strip(), status=SourceStatus.TEST)
        for column in COLUMNS:
            setattr(clone, column, getattr(origin, column))
        save_new_source(clone)
        copy_rows(origin, clone, COPIED)
        pipeline.step("clone_terms")(origin=origin, clone=clone, same_pools=same_pools)
    return clone


def copy_rows(origin: Source, clone: Source, names: Iterable[str]) -> None:
    """Copy what hangs on `origin` under `names` to `clone`: rows of its own, or its place in what names it."""
    for name in names:
        relation: Any = Source._meta.get_field(name)
        if isinstance(relation, ManyToManyRel):
            getattr(clone, name).add(*getattr(origin, name).all())
            continue
        rows = list(getattr(origin, name).all())
        for row in rows:
            row.pk, row._state.adding = None, True
            setattr(row, relation.field.name, clone)
        relation.related_model._default_manager.bulk_create(rows)
