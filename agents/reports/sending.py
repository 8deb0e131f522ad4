"""Reports that are recorded and mailed: rows first, mails after (agents.mail_queue), none twice for its period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Max, QuerySet

from agents.mail_queue import MailQueue
from agents.models import PersonMailState, ReportKey, ReportMail, ReportRun, RunState, RunVia
from agents.reports import find_report
from agents.reports.making import make
from agents.reports.periods import Period
from agents.reports.render.data import as_csv
from agents.reports.render.html import as_mail
from agents.reports.render.plain import as_text
from agents.reports.report import Made, Report
from leadcrm.models import User

MOST_READERS: Final = 50
# How long what was mailed is kept, for mails that are sent late.
KEPT: Final = timedelta(days=30)


def readers(text: str) -> list[str]:
    """The addresses in `text`, between commas, each once. Raises ValidationError naming `email`."""
    found = [word.strip() for word in text.replace("\n", ",").split(",") if word.strip()]
    each = list({address.lower(): address for address in found}.values())
    if not each:
        raise ValidationError({"email": "Give at least one address"})
    if len(each) > MOST_READERS:
        raise ValidationError({"email": f"{MOST_READERS} addresses at most"})
    for address in each:
        try:
            validate_email(address)
        except ValidationError:
            raise ValidationError({"email": f"“{address}” is no e-mail address"}) from None
    return each


@dataclass(frozen=True, slots=True)
class Order:
    """Which report of which days, for whom and how. `readers` empty: it is not mailed."""

    report: Report
    period: Period
    via: RunVia
    format: str
    made_by: User | None = None
    readers: Sequence[str] = ()
    quiet_if_empty: bool = False
    again: bool = False
    key: ReportKey | None = None


def run_report(*, order: Order, now: datetime) -> tuple[ReportRun, Made]:
    """Make a report, record it, and leave its mails to be sent; whatever breaks is recorded and raised again.

    Who had this report of these days before is not written to, unless `again`: nobody left, the run is `repeated`.
    """
    run = ReportRun(
        report=order.report.name, first=order.period.first, last=order.period.last, format=order.format, via=order.via,
        made_by=order.made_by, key=order.key, created_at=now, recipients=list(order.readers), state=RunState.WAITING,
        due_at=now,
    )  # fmt: skip
    try:
        made = carry_out(run=run, order=order, now=now)
    except Exception as broke:
        run.state, run.due_at, run.failure, run.attempts = RunState.FAILED, None, type(broke).__name__, 1
        run.save()
        raise
    return run, made


def carry_out(*, run: ReportRun, order: Order, now: datetime) -> Made:
    """Make the report of `run` and write it with its mails, all or nothing. Raises what making it raises."""
    started = perf_counter()
    with transaction.atomic():
        made = make(report=order.report, period=order.period, now=now)
        empty = made.body.is_empty and order.quiet_if_empty
        run.state, run.due_at, run.failure = RunState.EMPTY if empty else RunState.DONE, None, ""
        run.rows, run.attempts = made.body.rows, run.attempts + 1
        if order.readers and not empty:
            run.text, run.html, run.csv = as_text(made), as_mail(made), as_csv(made)
        run.ms = round((perf_counter() - started) * 1000)
        run.save()
        if order.readers and not empty and not _note_mails(run, order, now):
            run.state, run.text, run.html, run.csv = RunState.REPEATED, "", "", ""
            run.save()
    return made


def _note_mails(run: ReportRun, order: Order, now: datetime) -> int:
    """A row for each reader that has not had it; how many."""
    same = {"report": run.report, "first": run.first, "last": run.last}
    edition = 0
    if order.again:
        newest = ReportMail.objects.filter(**same).aggregate(newest=Max("edition"))["newest"]
        edition = 0 if newest is None else newest + 1
    rows = [
        ReportMail(run=run, to=address, edition=edition, due_at=now, created_at=now, **same)
        for address in order.readers
    ]
    ReportMail.objects.bulk_create(rows, ignore_conflicts=True)
    return ReportMail.objects.filter(run=run).count()


def _read(rows: QuerySet[ReportMail]) -> QuerySet[ReportMail]:
    return rows.select_related("run")


def _letter(batch: Sequence[ReportMail], _: datetime) -> dict[str, Any]:
    mail = batch[0]
    report, run = find_report(mail.report), mail.run
    title = f"{report.title if report else mail.report}, {Period(mail.first, mail.last)}"
    return {
        "subject": f"{title}: {settings.AGENCY_NAME}", "body": run.text, "html": run.html,
        "to": [mail.to], "files": [(f"{mail.report}-{mail.first}-{mail.last}.csv", run.csv, "text/csv")],
    }  # fmt: skip


def _still_needed(batch: Sequence[ReportMail], _: datetime) -> list[ReportMail]:
    """Those whose content is still kept."""
    return [mail for mail in batch if mail.run.html]


MAILS: Final = MailQueue[ReportMail](
    name="report_mail", rows=ReportMail.objects.all, reader="run", read=_read, still_needed=_still_needed,
    letter=_letter, most_tries=6, first_wait=timedelta(minutes=5), claim_lasts=timedelta(minutes=5), most_at_once=1,
)  # fmt: skip


def send_report_mails(*, now: datetime) -> int:
    """Send what is due, one mail an address; how many went out. Two at once do not send the same."""
    return MAILS.send_due(now=now)


def not_sent(run: ReportRun) -> dict[str, str]:
    """Readers of `run` that it has not reached, and why."""
    rows = ReportMail.objects.filter(run=run).exclude(state=PersonMailState.SENT)
    return {row.to: row.error or row.get_state_display() for row in rows.order_by("pk")}


def forget_contents(*, now: datetime) -> int:
    """Drop what old runs have mailed; that they ran stays. How many."""
    old = ReportRun.objects.filter(created_at__lt=now - KEPT).exclude(html="")
    return old.update(text="", html="", csv="")
