"""Certificates of consent that are not in our hands: those that vanish first on top. Numbers of leads, no people."""

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from agents.reports.periods import Period
from agents.reports.report import Body, Column, Report, Row, Table, word
from compliance.models import Certificate, CertificateState

# Retained within seconds, as a rule: a younger one is no news.
_YOUNG: Final = timedelta(minutes=10)
_MOST: Final = 500
_COLUMNS: Final = (
    word("lead", "Lead"), word("source", "Source"), word("certificate", "Certificate"), word("bought", "Bought"),
    Column("attempts", "Tries"), Column("left", "Time left"), word("error", "Why it is not retained"),
)  # fmt: skip


def make(period: Period, now: datetime) -> Body:
    """Those waiting at `now`, and those lost of leads bought in these days; at most 500 of each."""
    rows = Certificate.objects.select_related("lead__source__vendor")
    waiting = rows.filter(state=CertificateState.WAITING, accepted_at__lt=now - _YOUNG)
    lost = rows.filter(
        state=CertificateState.LOST, accepted_at__gte=period.begins, accepted_at__lt=period.ends
    )
    return Body(
        tables=[
            Table(
                "waiting", "Not retained yet", _COLUMNS,
                [_row(row, now) for row in waiting.order_by("vanishes_at", "pk")[:_MOST]],
                empty="Every certificate is retained.",
            ),
            Table(
                "lost", f"Lost, of leads bought {period}", _COLUMNS,
                [_row(row, now) for row in lost.order_by("-pk")[:_MOST]], empty="None was lost.",
            ),
        ],
        notes=(f"At most {_MOST} of each; the pages for managers have the rest.",),
    )  # fmt: skip


def _row(row: Certificate, now: datetime) -> Row:
    return (
        f"A-{row.lead_id}", str(row.lead.source), row.get_provider_display(),
        f"{timezone.localtime(row.accepted_at):%Y-%m-%d %H:%M}", row.attempts, row.time_left(now),
        row.error.replace("_", " "),
    )  # fmt: skip


report = Report(
    "certificates_at_risk", "Certificates at risk",
    "Evidence of consent that is not in our hands, what vanishes first on top.", make, live=True,
)  # fmt: skip
