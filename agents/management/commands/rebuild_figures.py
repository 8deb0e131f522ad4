"""Count the figures by day anew."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser
from django.utils import timezone

from agents.figures.noting import first_day
from agents.figures.update import rebuild
from leadcrm.lib.commands import AnswerCommand, day


class Command(AnswerCommand):
    help = (
        "Count the figures of pages and reports anew from the rows themselves, the newest day first. The background "
        "job keeps them up to date; this is for after a restore or a repair. May be stopped: the job goes on with it."
    )
    option_of = {"first": "--from", "last": "--to"}

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--from", dest="first", type=day, metavar="D", help="First day (default: the first post's)."
        )
        parser.add_argument("--to", dest="last", type=day, metavar="D", help="Last day (default: today).")

    def answer(self, **options: Any) -> dict[str, Any]:
        today = timezone.localdate()
        last = options["last"] or today
        first = options["first"] or first_day() or last
        if last < first:
            raise ValidationError({"last": f"{last} lies before {first}, the first day"})
        if last > today:
            raise ValidationError({"last": f"{last} is still to come"})
        quiet = options["format"] == "json" or options["verbosity"] == 0
        return {"from": first, "to": last, "days": rebuild(first=first, last=last, told=self._quietly(quiet))}

    def _quietly(self, quiet: bool) -> Any:
        def tell(done: date) -> None:
            if not quiet:
                self.stdout.write(f"{done} counted")

        return tell

    def lines(self, answer: dict[str, Any]) -> list[str]:
        return [f"{answer['days']} days counted, {answer['from']} to {answer['to']}."]
