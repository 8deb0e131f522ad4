"""Licenses that end within 60 days, the first to end on top; those that ended a month ago or less without a renewal."""

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from agents.models import License
from agents.reports.periods import Period
from agents.reports.report import Body, Column, Report, Table, word

AHEAD: Final = timedelta(days=60)
BEHIND: Final = timedelta(days=30)
_COLUMNS: Final = (
    word("agent", "Agent"), word("team", "Team"), word("state", "State"), word("line", "Line"),
    word("number", "Number"),
    word("last_day", "Last day"), Column("days", "Days left"), word("how", ""),
)  # fmt: skip


def make(period: Period, now: datetime) -> Body:
    """As of the agency's date at `now`. A license that is renewed already is not told of."""
    today = timezone.localdate(now)
    ending = License.objects.of_people_at_work().ending(first=today - BEHIND, last=today + AHEAD, today=today)
    rows = []
    for row in ending.select_related("agent__user", "agent__team").order_by("expires_on", "pk"):
        left = (row.expires_on - today).days if row.expires_on else 0
        how = "ended" if left < 0 else "urgent" if left <= 30 else ""
        team = str(row.agent.team or "")
        rows.append((str(row.agent), team, row.state, row.line, row.number, row.expires_on, left, how))
    title = f"Licenses that end within {AHEAD.days} days"
    return Body(
        tables=[Table("licenses", title, _COLUMNS, rows, empty="None ends soon.")],
        notes=(f"Also those that ended in the last {BEHIND.days} days without a renewal.",),
    )


report = Report(
    "license_expiry", "Licenses that end", "Licenses of agents at work that end within 60 days or ended lately.", make,
    live=True,
)  # fmt: skip
