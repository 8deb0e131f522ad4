"""Back the database up: `manage.py backup FOLDER`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import CommandError
from django.utils import timezone

from leadcrm.backups import BackupFailed, take_backup
from leadcrm.lib.commands import AnswerCommand


class Command(AnswerCommand):
    help = (
        "Dump the database into a folder, with a list of how many rows there are of what, as a file beside it. May run "
        "beside the product. The keys (SECRET_KEY, EVIDENCE_KEYS, LOOKUP_KEY) are not in it: keep them elsewhere."
    )

    def add_options(self, parser: ArgumentParser) -> None:
        """The folder."""
        parser.add_argument("folder", type=Path, help="Where the two files go; it is made if need be.")

    def answer(self, **options: Any) -> dict[str, Any]:
        """Take it."""
        try:
            backup = take_backup(folder=options["folder"], now=timezone.now())
        except BackupFailed as failed:
            raise CommandError(str(failed)) from None
        return {"dump": str(backup.dump), "rows": backup.rows, "bytes": backup.contents["bytes"]}

    def lines(self, answer: dict[str, Any]) -> list[str]:
        """In words."""
        return [f"{answer['dump']}: {answer['rows']:,} rows, {answer['bytes']:,} bytes."]
