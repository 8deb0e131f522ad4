"""Ask the do-not-call lists about the open leads now: `manage.py rescrub [--every-list]`."""

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from compliance.models import ListedLead
from compliance.rescrub import rescrub
from leadcrm.lib.commands import AnswerCommand


class Command(AnswerCommand):
    help = (
        "Ask the do-not-call lists about the numbers of all open leads: lists with a version newer than the last "
        "re-scrub, and every list about leads that are new since then. Runs every five minutes by itself."
    )

    def add_options(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every-list", action="store_true", help="Ask every list about all open leads.")

    def answer(self, **options: Any) -> dict[str, Any]:
        run = rescrub(now=timezone.now(), every_list=options["every_list"])
        open_now = ListedLead.objects.filter(cleared_at__isnull=True).count()
        if run is None:
            return {"run": None, "open": open_now}
        return {
            "run": run.pk, "leads": run.leads, "listed": run.listed, "cleared": run.cleared,
            "seconds": round(run.ms / 1000, 2), "versions": run.versions, "open": open_now,
        }  # fmt: skip

    def lines(self, answer: dict[str, Any]) -> list[str]:
        if answer["run"] is None:
            return ["Nothing to ask: no list is newer than the last re-scrub, or another one is running."]
        return [
            f"Open leads asked: {answer['leads']:,}, in {answer['seconds']} s.",
            f"Entries found: {answer['listed']:,}, closed: {answer['cleared']:,}, open now: {answer['open']:,}.",
        ]
