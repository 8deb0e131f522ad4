"""`manage.py report`: what cron runs every morning. Errors name the argument; nobody is written to twice."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any, cast

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.management import CommandError, call_command
from django.utils import timezone

from agents.figures.update import keep_figures
from agents.models import PersonMailState, ReportMail, ReportRun, RunState
from agents.reports.sending import KEPT, forget_contents, send_report_mails
from leadcrm.testing.factories import LeadFactory, ReportMailFactory, ReportRunFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_rows")]
TO = "owner@example.com"


def report(*args: str, **options: Any) -> str:
    """What the command prints."""
    out = StringIO()
    call_command("report", *args, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def yesterday() -> None:
    """A lead was bought yesterday."""
    LeadFactory.create(received_at=timezone.now() - timedelta(days=1))
    keep_figures(now=timezone.now())


def test_it_prints_the_report_of_yesterday_and_records_the_run(yesterday: None) -> None:
    printed = report("vendor_scorecard")
    assert printed.startswith("Vendor scorecard\n")
    assert "What became of the leads" in printed
    run = ReportRun.objects.get()
    assert (run.report, run.via, run.state, run.format) == ("vendor_scorecard", "command", "done", "table")
    assert run.first == run.last == timezone.localdate() - timedelta(days=1)
    assert run.rows == 2


def test_it_writes_a_file_in_the_format_asked_for(yesterday: None, tmp_path: Path) -> None:
    for how, start in (("csv", b"# posts"), ("html", b"<!doctype html>"), ("pdf", b"%PDF-")):
        file = tmp_path / f"card.{how}"
        assert report("vendor_scorecard", "--format", how, "--out", str(file)) == f"Written to {file}.\n"
        assert file.read_bytes().startswith(start)
    assert (
        json.loads(report("vendor_scorecard", "--format", "json"))["tables"]["posts"]["total"]["posts"] == 1
    )


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["weekly"], "name: “weekly” is none of daily_summary"),
        (["compliance", "--period", "sometimes"], "--period: “sometimes” is none of yesterday"),
        (["compliance", "--period", "yesterday", "--from", "2026-01-01"], "--period: give either"),
        (["compliance", "--from", "2026-01-02", "--to", "2026-01-01"], "--to: 2026-01-01 lies before"),
        (["compliance", "--from", "2024-01-01", "--to", "2026-01-01"], "--to: a report covers 400 days"),
        (["compliance", "--to", "2026-01-01"], "--from: is missing"),
        (["compliance", "--from", "2999-01-01"], "--from: 2999-01-01 is still to come"),
        (["compliance", "--email", "nobody"], "--email: “nobody” is no e-mail address"),
        (["compliance", "--email", ""], "--email: Give at least one"),
        (["compliance", "--format", "pdf"], "--out: A PDF is written to a file"),
        (["compliance", "--format", "csv", "--email", TO], "--format: is of what is written"),
        (["compliance", "--out", "/nowhere/at/all"], "--out: No such file"),
        (["compliance", "--from", "tomorrow"], "--from: “tomorrow” is no day"),
        (["compliance", "--format", "doc"], "--format: invalid choice"),
    ],
)
def test_what_cannot_be_is_refused_by_the_name_of_its_argument(args: list[str], said: str) -> None:
    with pytest.raises(CommandError) as refused:
        report(*args)
    assert said in str(refused.value)
    assert not mail.outbox


def test_a_mail_has_tables_in_html_the_same_as_text_and_csv(yesterday: None) -> None:
    assert (
        report("daily_summary", "--email", f"{TO}, Second@example.com")
        == f"Sent to {TO}, Second@example.com.\n"
    )
    first, second = sorted(mail.outbox, key=lambda each: each.to, reverse=True)
    assert (first.to, second.to) == ([TO], ["Second@example.com"])
    assert first.subject.startswith("Daily summary, ")
    assert "In short" in first.body
    html, kind = cast(EmailMultiAlternatives, first).alternatives[0]
    assert kind == "text/html"
    assert "<style" not in str(html)
    assert "Leads bought" in str(html)
    (name, content, kind) = first.attachments[0]
    assert (name[:14], kind) == ("daily_summary-", "text/csv")
    assert "# vendors" in content


def test_who_had_the_report_of_these_days_does_not_get_it_again_unless_asked(yesterday: None) -> None:
    report("daily_summary", "--email", TO)
    assert report("daily_summary", "--email", TO.upper()).startswith("Had gone out already")
    assert ReportRun.objects.order_by("-pk")[0].state == RunState.REPEATED
    assert len(mail.outbox) == 1
    assert report("daily_summary", "--email", f"{TO},new@example.com") == "Sent to new@example.com.\n"
    assert report("daily_summary", "--email", TO, "--again") == f"Sent to {TO}.\n"
    assert [each.to[0] for each in mail.outbox] == [TO, "new@example.com", TO]
    report("daily_summary", "--email", TO, "--from", "2026-01-01")
    assert len(mail.outbox) == 4


def test_nothing_is_printed_or_sent_where_there_is_nothing_to_tell() -> None:
    assert report("certificates_at_risk", "--quiet-if-empty") == ""
    assert report("daily_summary", "--quiet-if-empty", "--email", TO) == ""
    assert not mail.outbox
    assert {run.state for run in ReportRun.objects.all()} == {"empty"}
    assert "Every certificate is retained." in report("certificates_at_risk")


def test_a_mail_server_that_refuses_fails_the_command_and_is_tried_again(
    yesterday: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with pytest.raises(CommandError, match=rf"--email: not sent to {TO} \(\w+\)"):
        report("daily_summary", "--email", TO)
    row = ReportMail.objects.get()
    assert (row.state, row.attempts) == (PersonMailState.WAITING, 1)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    send_report_mails(now=timezone.now() + timedelta(minutes=6))
    assert [each.to for each in mail.outbox] == [[TO]]


def test_a_mail_that_was_given_up_may_be_asked_for_again(yesterday: None) -> None:
    day = timezone.localdate() - timedelta(days=1)
    run = ReportRunFactory.create(first=day)
    ReportMailFactory.create(run=run, to=TO, state="failed")
    assert report("daily_summary", "--email", TO) == f"Sent to {TO}.\n"


def test_a_report_that_breaks_is_recorded_and_the_command_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(**_: Any) -> None:
        raise RuntimeError("the disk of person@example.com is full")

    monkeypatch.setattr("agents.reports.sending.make", break_down)
    with pytest.raises(RuntimeError):
        report("daily_summary")
    run = ReportRun.objects.get()
    assert (run.state, run.failure) == (RunState.FAILED, "RuntimeError")


def test_what_was_mailed_is_dropped_after_a_while_and_a_late_mail_with_it() -> None:
    old = ReportMailFactory.create(run__created_at=timezone.now() - KEPT - timedelta(days=1))
    fresh = ReportMailFactory.create()
    assert forget_contents(now=timezone.now()) == 1
    assert send_report_mails(now=timezone.now()) == 1
    old.refresh_from_db()
    assert (old.state, mail.outbox[0].to) == (PersonMailState.DROPPED, [fresh.to])


def test_the_figures_are_counted_anew_by_a_command(yesterday: None, capsys: Any) -> None:
    call_command("rebuild_figures", "--to", str(timezone.localdate()))
    assert "2 days counted" in capsys.readouterr().out
    call_command("rebuild_figures", "--format", "json")
    assert json.loads(capsys.readouterr().out)["days"] == 2
    with pytest.raises(CommandError, match="--to: 2026-01-01 lies before 2026-01-02"):
        call_command("rebuild_figures", "--from", "2026-01-02", "--to", "2026-01-01")
    with pytest.raises(CommandError, match="--to: 2999-01-01 is still to come"):
        call_command("rebuild_figures", "--to", "2999-01-01")
