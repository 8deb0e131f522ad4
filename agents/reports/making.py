"""Making a report of a period: its tables, and how fresh its figures are."""

from datetime import datetime

from django.conf import settings
from django.utils import timezone

from agents.figures.reading import AsOf, as_of
from agents.reports.periods import Period
from agents.reports.report import Made, Report
from leadcrm.lib.admin.words import WHOM_TO_TELL


def make(*, report: Report, period: Period, now: datetime) -> Made:
    """The report as figures stand at `now` (aware). Reads only."""
    fresh = as_of()
    return Made(
        report, period, report.make(period, now), now, fresh, [] if report.live else fresh_notes(fresh)
    )


def fresh_notes(fresh: AsOf) -> list[str]:
    """How fresh figures are, in words."""
    if fresh.at is None:
        return [
            f"No figures yet: they are counted in the background, which seems to stand still. {WHOM_TO_TELL}"
        ]
    local = timezone.localtime(fresh.at, settings.AGENCY_ZONE)
    notes = [f"Figures as of {local:%Y-%m-%d %H:%M} ({settings.AGENCY_TIME_ZONE})."]
    if left := fresh.days_left:
        notes.append(f"{left} older day{' is' if left == 1 else 's are'} still being counted.")
    return notes
