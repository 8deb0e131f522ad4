"""Seal all stored evidence under the first of EVIDENCE_KEYS."""

from itertools import chain
from typing import Any

from django.core.management.base import CommandParser

from compliance.evidence.answers_resealing import reseal_answers
from compliance.evidence.vault import reseal_vault
from intake.imports.resealing import reseal_imports
from intake.resealing import BATCH, Resealed, reseal_submissions
from leadcrm.lib.commands import AnswerCommand, whole_number
from leadcrm.lib.pipeline import step

MOST_TOLD = 20


class Command(AnswerCommand):
    help = (
        "Seal posts, files of leads, services' answers, what is kept of erased people and the keys of authenticator "
        "apps under the first key of EVIDENCE_KEYS: what is sealed under another one, and what was stored before there "
        "were keys. May run beside the product, be stopped, and be started again."
    )

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--batch", type=whole_number, default=BATCH, metavar="N",
            help=f"Rows in one transaction (default {BATCH}).",
        )  # fmt: skip

    def answer(self, **options: Any) -> dict[str, Any]:
        done = Resealed(0, {})
        batch = max(1, options["batch"])
        steps = (reseal_submissions, reseal_imports, reseal_vault, reseal_answers, step("reseal"))
        for _ in chain.from_iterable(reseal(done, batch=batch) for reseal in steps):
            if options["format"] == "text" and self.stderr.isatty():
                self.stderr.write(f"\r{done.sealed:,} sealed", ending="")
                self.stderr.flush()
        return {"sealed": done.sealed, "unopened": done.unopened}

    def lines(self, answer: dict[str, Any]) -> list[str]:
        unopened = answer["unopened"]
        lines = [f"Sealed under the first key: {answer['sealed']:,}."]
        if unopened:
            lines.append(f"Rows that do not open, and were left as they are: {len(unopened):,}.")
            lines += [f"  {row_id}: {why}" for row_id, why in list(unopened.items())[:MOST_TOLD]]
            if len(unopened) > MOST_TOLD:
                lines.append(f"  and {len(unopened) - MOST_TOLD:,} more")
        else:
            lines.append("Nothing stored needs another key now.")
        return lines
