"""Fill an installation with demonstration data: people, sources, a week of leads."""

import json
import shlex
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.utils import timezone

from agents.demo.seed import sample_post, seed_demo
from leadcrm.lib.commands import AnswerCommand, table


class Command(AnswerCommand):
    help = (
        "Make demonstration data: an office of five people, two vendors with five sources, three carriers, about "
        "sixty leads of the last week at every stage, and the policies sold to them. All people are made up. Run "
        "again, it makes nothing twice and prints the same logins and key."
    )

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--force", action="store_true", help="Also where there are leads that are no demonstration."
        )

    def answer(self, **options: Any) -> dict[str, Any]:
        seeded = seed_demo(now=timezone.now(), force=options["force"])
        return {
            "logins": [
                {"role": role, "email": email, "password": password}
                for role, email, password in seeded.logins
            ],
            "api_key": seeded.api_key,
            "endpoint": f"{settings.PUBLIC_URL}/api/lead-intake",
            "source": seeded.source.pk,
            "name": str(seeded.source),
            "posted": seeded.posted,
        }

    def lines(self, answer: dict[str, Any]) -> list[str]:
        logins = [(login["role"], f"{login['email']}  {login['password']}") for login in answer["logins"]]
        done = f"{answer['posted']} posts were made." if answer["posted"] else "It was all there already."
        return [
            done,
            "",
            f"Logins at {settings.PUBLIC_URL}/",
            *(f"  {line}" for line in table(logins)),
            "",
            f"Post a lead as {answer['name']}:",
            f"  curl -sS {answer['endpoint']} \\",
            f"    -H 'Authorization: Bearer {answer['api_key']}' \\",
            "    -H 'Content-Type: application/json' \\",
            f"    -d {shlex.quote(json.dumps(sample_post(timezone.now())))}",
        ]
