"""Export the head of the chain of evidence: `manage.py export_evidence_head [--file FILE] [--email ADDRESS]`."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.core.management import BaseCommand, CommandError
from django.utils import timezone

from compliance.evidence.chain import export_head

LETTER = """\
The head of the chain of evidence of {agency}, batch {number}:

{head}

Keep this message where nobody who runs leadcrm can change it. `manage.py verify_evidence --head FILE`, given the line
above, tells whether the evidence of today is still what it was.
"""


class Command(BaseCommand):
    help = (
        "Print the newest batch's number and hash as one line of JSON. Kept elsewhere, it is what a later rewriting of "
        "the evidence cannot agree with; see verify_evidence --head."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--file", metavar="FILE", help="Append the line to FILE and print nothing.")
        parser.add_argument(
            "--email", action="append", default=[], metavar="ADDRESS",
            help="Mail it there as well. May be given more than once.",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        head = export_head(now=timezone.now())
        line = json.dumps(head)
        if options["file"]:
            try:
                with Path(options["file"]).open("a") as file:
                    file.write(line + "\n")
            except OSError as error:
                raise CommandError(f"--file: {error}") from None
        else:
            self.stdout.write(line)
        if options["email"]:
            self._mail(head, line, options["email"])

    def _mail(self, head: dict[str, Any], line: str, addresses: list[str]) -> None:
        letter = LETTER.format(agency=settings.AGENCY_NAME, number=head["number"], head=line)
        subject = f"Evidence of {settings.AGENCY_NAME}: batch {head['number']}"
        try:
            send_mail(subject, letter, None, addresses)
        except OSError as error:  # SMTP errors are OSErrors
            raise CommandError(f"--email: the message could not be sent: {error}") from None
