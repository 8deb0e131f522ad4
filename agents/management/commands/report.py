"""Make a report: print it, write it to a file, mail it."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from agents.models import ReportRun, RunState, RunVia
from agents.reports import ALSO, REPORTS, find_report
from agents.reports.periods import NAMES, asked
from agents.reports.render import FORMATS, rendered
from agents.reports.sending import Order, not_sent, readers, run_report, send_report_mails
from leadcrm.lib.commands import AnswerCommand, day


class Command(AnswerCommand):
    help = "Make a report of whole days of the agency; without days, of yesterday. Every run is recorded."
    option_of = {
        "name": "name", "first": "--from", "last": "--to", "period": "--period", "email": "--email", "out": "--out",
        "format": "--format",
    }  # fmt: skip

    def add_arguments(self, parser: CommandParser) -> None:
        """Its own formats in place of those of other commands."""
        parser.add_argument("name", help=f"One of {', '.join([*REPORTS, *ALSO])}.")
        parser.add_argument("--from", dest="first", type=day, metavar="D", help="First day, as 2026-11-01.")
        parser.add_argument("--to", dest="last", type=day, metavar="D", help="Last day (default: the first).")
        parser.add_argument(
            "--period",
            metavar="P",
            help=f"Instead of days: {', '.join(NAMES)}, or a month as 2026-10.",
        )
        parser.add_argument(
            "--format",
            choices=list(FORMATS),
            default="table",
            help="What is printed or written (default table).",
        )
        parser.add_argument("--out", metavar="FILE", help="Write it there instead of printing it.")
        parser.add_argument(
            "--email", metavar="A,B", help="Mail it, with the tables as CSV; print nothing else."
        )
        parser.add_argument(
            "--quiet-if-empty",
            action="store_true",
            help="Print and send nothing if there is nothing to tell.",
        )
        parser.add_argument(
            "--again", action="store_true", help="Mail it also to who has had this report of these days."
        )

    def answer(self, **options: Any) -> dict[str, Any]:
        report = find_report(options["name"])
        if report is None:
            raise ValidationError({"name": f"“{options['name']}” is none of {', '.join(REPORTS)}"})
        if options["format"] == "pdf" and not options["out"] and not options["email"]:
            raise ValidationError({"out": "A PDF is written to a file: name one"})
        if options["email"] is not None and options["format"] != "table" and not options["out"]:
            raise ValidationError(
                {"format": "is of what is written: mails are HTML with CSV. Name a file with --out"}
            )
        to = readers(options["email"]) if options["email"] is not None else []
        period = asked(
            period=options["period"] or "", first=options["first"], last=options["last"], today=timezone.localdate()
        )  # fmt: skip
        order = Order(
            report, period, RunVia.COMMAND, "mail" if to else options["format"], readers=to,
            quiet_if_empty=options["quiet_if_empty"], again=options["again"],
        )  # fmt: skip
        run, made = run_report(order=order, now=timezone.now())
        if run.state == RunState.EMPTY:
            return {"text": ""}
        said = self._mailed(run) if to else ""
        if options["out"]:
            return {"text": said + _written(options["out"], rendered(made, options["format"]))}
        return {"text": said} if to else {"text": rendered(made, options["format"]).decode()}

    def _mailed(self, run: ReportRun) -> str:
        """What became of the mails. Raises CommandError where one did not go out."""
        if run.state == RunState.REPEATED:
            return "Had gone out already to all of them; --again sends it once more.\n"
        send_report_mails(now=timezone.now())
        left = not_sent(run)
        if left:
            why = "; ".join(f"{to} ({error})" for to, error in left.items())
            raise CommandError(
                f"--email: not sent to {why}. A worker tries again; see “Reports made” in the admin."
            )
        return f"Sent to {', '.join(run.mails.order_by('pk').values_list('to', flat=True))}.\n"

    def handle(self, *args: Any, **options: Any) -> None:
        """As other commands, but what is printed is the report itself, byte for byte."""
        answered = self.answered(**options)
        self.stdout.write(answered["text"], ending="")


def _written(name: str, content: bytes) -> str:
    try:
        Path(name).write_bytes(content)
    except OSError as error:
        raise CommandError(f"--out: {error.strerror or error}") from error
    return f"Written to {name}.\n"
