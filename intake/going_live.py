"""Opening a source to live posts, with what is missing said first."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from intake.checklist import Item, look, missing
from intake.models import Source, SourceStatus
from intake.sources import SOURCES
from leadcrm.lib.config import current_version


class NotReady(Exception):
    """Something should be there first, and nobody said that the source goes live without it."""

    def __init__(self, items: Sequence[Item]) -> None:
        super().__init__(", ".join(item.title for item in items))
        self.items = items


def check_list(*, source: Source, now: datetime) -> list[Item]:
    """The check-list of `source` under the configuration of this moment."""
    version = current_version()
    return look(source=SOURCES.get(source.pk, version), config_version=version, now=now)


def go_live(*, source: Source, although_missing: bool, now: datetime) -> tuple[bool, list[Item]]:
    """Let `source` buy leads from now on: whether that changed anything, and what was missing all the same.

    Raises NotReady where something is missing, unless `although_missing`. Safe to repeat: the second changes nothing.
    """
    lacking = missing(check_list(source=source, now=now))
    if lacking and not although_missing:
        raise NotReady(lacking)
    with transaction.atomic():
        others = Source.objects.filter(pk=source.pk).exclude(status=SourceStatus.LIVE)
        changed = bool(others.update(status=SourceStatus.LIVE))
    return changed, lacking
