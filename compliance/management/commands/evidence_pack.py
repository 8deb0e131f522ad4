"""Make the evidence pack of one phone number."""

import os
import shutil
import sys
from getpass import getuser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from compliance.evidence.pack.making import make_pack
from leadcrm.lib.commands import AnswerCommand, table

# So many leads are named for people; with --format json all are.
SOME = 10


class Command(AnswerCommand):
    help = (
        "Write everything kept about one phone number into a ZIP: a report, the rows, the rules, the posts as they "
        "came, and a program that verifies them. That it was made, by whom and what for, is recorded."
    )
    option_of = {"phone": "PHONE", "reason": "--reason", "by": "--by"}

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument(
            "phone", metavar="PHONE",
            help="In any US notation. “-” reads it from standard input, so that no shell history and no list of "
            "processes shows it.",
        )  # fmt: skip
        parser.add_argument(
            "--out", required=True, metavar="ZIP", help="The file to write; must not be there yet."
        )
        parser.add_argument(
            "--reason", required=True, help="What it is for; kept with the record of the pack."
        )
        parser.add_argument("--by", default="", help="Who asks for it (default: the system's user).")

    def answer(self, **options: Any) -> dict[str, Any]:
        out = Path(options["out"])
        # Not to be read by others, and never written over a file that is there.
        try:
            handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}. Nothing was made.") from None
        try:
            with os.fdopen(handle, "wb") as file:
                made = make_pack(
                    phone=_phone(options["phone"]), reason=options["reason"], by=None,
                    by_name=options["by"] or _user(), now=timezone.now(),
                )  # fmt: skip
                with made.file as pack:
                    shutil.copyfileobj(pack, file)
        except BaseException:
            out.unlink()
            raise
        record = made.record
        return {
            "pack": record.pk, "file": str(out), "bytes": record.size, "sha256": record.sha256,
            "leads": record.leads, "head": record.head,
        }  # fmt: skip

    def lines(self, answer: dict[str, Any]) -> list[str]:
        more = f" and {len(answer['leads']) - SOME} more" if len(answer["leads"]) > SOME else ""
        leads = (", ".join(f"A-{lead}" for lead in answer["leads"][:SOME]) or "none") + more
        return table(
            [
                ("File", f"{answer['file']}, {answer['bytes']:,} bytes"),
                ("SHA-256", answer["sha256"]),
                ("Leads", leads),
                ("Head of the chain", answer["head"] or "no batch was sealed yet"),
                ("Record", f"evidence pack {answer['pack']}"),
            ]
        )


def _phone(given: str) -> str:
    return sys.stdin.readline().strip() if given == "-" else given


def _user() -> str:
    """Empty in a container that has no name for its user: then --by must say."""
    try:
        return getuser()
    except (KeyError, OSError):
        return ""
