"""The background job: leads that came, were corrected, lost or taken up again, each looked at once."""

from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from django.db import transaction
from django.db.models import Max, Q

from agents.models import TwinMark
from agents.twins.groups import not_alone, regroup
from intake.editing import SETTABLE
from intake.models import LeadEvent, LeadEventKind
from leadcrm.lib.alone import alone

_JOB: Final = 0x5457_4A4F_42  # "TWJOB"
# Lines of the history that are read at once.
CHUNK: Final = 2_000
# Leads whose groups are drawn in one transaction.
PORTION: Final = 50
# A line may be committed after one with a higher number. No transaction is open for so long (settings).
SETTLED: Final = timedelta(minutes=2)
_TELLING: Final = Q(kind__in=[LeadEventKind.RECEIVED, LeadEventKind.STATUS]) | Q(
    kind=LeadEventKind.EDITED, field__in=SETTABLE
)


def find_twins(*, now: datetime, seconds: float = 20.0) -> bool:
    """Look at all leads whose history went on, for `seconds` at most; True where nothing is left for the next run.

    The history of leads is read from where the last run ended, through the line that was its last SETTLED ago: each
    line once, in order. What a run that died had written stands; the next goes on behind it. A second process that
    comes meanwhile does nothing.
    """
    ends = monotonic() + seconds
    with alone(_JOB) as mine:
        if not mine:
            return False
        mark, _ = TwinMark.objects.get_or_create(pk=1)
        if mark.seen_at is not None and now - mark.seen_at < SETTLED:
            return True
        while mark.event < mark.seen:
            if monotonic() > ends:
                return False
            _read_on(mark, now, ends)
        mark.seen = LeadEvent.objects.order_by().aggregate(end=Max("pk"))["end"] or 0
        mark.seen_at = now
        mark.save()
        return True


def _read_on(mark: TwinMark, now: datetime, ends: float) -> None:
    """The next CHUNK lines, or as many as there is time for.

    Groups are drawn around a few leads in a transaction: merges wait for it, with their leads in hand.
    """
    upto = min(mark.event + CHUNK, mark.seen)
    rows = LeadEvent.objects.filter(_TELLING, pk__gt=mark.event, pk__lte=upto).order_by("pk")
    lines = list(rows.values_list("pk", "lead"))
    touched = set(not_alone({lead for _, lead in lines}))
    portion: list[int] = []
    for line, lead in lines:
        if lead not in touched:
            continue
        touched.discard(lead)
        portion.append(lead)
        if len(portion) == PORTION:
            _draw(portion, mark, line, now)
            portion.clear()
            if monotonic() > ends:
                return
    _draw(portion, mark, upto, now)


def _draw(leads: list[int], mark: TwinMark, line: int, now: datetime) -> None:
    """The groups around `leads`, and that everything through `line` was read, in one transaction."""
    with transaction.atomic():
        if leads:
            regroup(leads=leads, now=now)
        mark.event = line
        mark.save()
