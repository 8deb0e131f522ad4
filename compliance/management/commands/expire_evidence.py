"""Erase what was kept long enough. Runs by itself every night; this is for looking ahead, and for cron without beat."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone

from compliance.retention import expire


class Command(BaseCommand):
    """Erase, or say what would be erased."""

    help = (
        "Erase refused posts, leads and sealed evidence whose time of keeping is over. Legal holds stop it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """One option."""
        parser.add_argument("--dry-run", action="store_true", help="Say what is due; erase nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit code 1 where another run is under way."""
        if options["dry_run"]:
            with transaction.atomic():
                run = expire(now=timezone.now())
                transaction.set_rollback(True)
        else:
            run = expire(now=timezone.now())
        if run is None:
            self.stderr.write("Another run is under way.")
            raise SystemExit(1)
        verb = "due" if options["dry_run"] else "erased"
        self.stdout.write(
            f"{verb}: {run.posts:,} refused posts, {run.leads:,} leads, {run.sealed:,} sealed rows; "
            f"{run.held:,} kept by legal holds"
        )
