"""Restore a backup into an empty database and compare: `manage.py restore FILE`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import CommandError
from django.utils import timezone

from leadcrm.backups import BackupFailed, differences, read_backup, restore_backup
from leadcrm.lib.commands import AnswerCommand, positive_number


class Command(AnswerCommand):
    help = (
        "Restore a dump of `manage.py backup` into the database of DATABASE_URL, which must be empty; then compare "
        "rows and figures with the dump's list and verify all evidence. An error if anything differs."
    )
    # The tables that a check would look for are what is restored.
    requires_system_checks: tuple[str, ...] = ()
    requires_migrations_checks = False

    def add_options(self, parser: ArgumentParser) -> None:
        """The dump, and how."""
        parser.add_argument(
            "dump", type=Path, help="A file of `manage.py backup`, its list (.json) beside it."
        )
        parser.add_argument(
            "--jobs", type=positive_number, default=1, metavar="N",
            help="Restore N tables at once: faster, and not all or nothing (default %(default)s).",
        )  # fmt: skip
        parser.add_argument(
            "--compare", action="store_true", help="Restore nothing; only compare what was restored before."
        )

    def answer(self, **options: Any) -> dict[str, Any]:
        """Restore and compare."""
        try:
            if options["compare"]:
                backup = read_backup(options["dump"])
            else:
                backup = restore_backup(dump=options["dump"], jobs=options["jobs"])
        except BackupFailed as failed:
            raise CommandError(str(failed)) from None
        found = list(differences(backup=backup, now=timezone.now()))
        if found:
            raise CommandError("\n".join(["What was restored is not what was backed up:", *found]))
        return {"dump": str(backup.dump), "tables": len(backup.contents["tables"]), "rows": backup.rows}

    def lines(self, answer: dict[str, Any]) -> list[str]:
        """In words."""
        return [
            f"{answer['rows']:,} rows in {answer['tables']} tables are as in {answer['dump']}; all evidence agrees."
        ]
