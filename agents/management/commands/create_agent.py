"""Take an agent on: login, licenses, place in the pool."""

import sys
from argparse import ArgumentTypeError
from getpass import getpass
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from agents.models import Agent
from agents.onboarding import DEFAULT_POOL, LicenseGrant, NewAgent, take_on_agent
from leadcrm.lib.commands import AnswerCommand, positive_number, table, whole_number

MOST_WEIGHT = 32767


def license_grant(text: str) -> LicenseGrant:
    """One license. For argparse: raises ArgumentTypeError."""
    try:
        return LicenseGrant.read(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def weight(text: str) -> int:
    """A share that the database can hold. For argparse: raises ArgumentTypeError."""
    number = whole_number(text)
    if number > MOST_WEIGHT:
        raise ArgumentTypeError(f"must be {MOST_WEIGHT} or less")
    return number


class Command(AnswerCommand):
    help = (
        "Take an agent on: a login, licenses that are valid from today, and a place in the pool "
        f"“{DEFAULT_POOL}”, which takes every lead."
    )
    option_of = {
        "email": "--email",
        "name": "--name",
        "first_name": "--name",
        "last_name": "--name",
        "password": "--password",
        "licenses": "--license",
        "team": "--team",
    }

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True, help="The login.")
        parser.add_argument("--name", required=True, help="First and last name.")
        parser.add_argument(
            "--password", required=True,
            help="At least 12 characters; - reads it from standard input, where no process list shows it.",
        )  # fmt: skip
        parser.add_argument(
            "--license", dest="licenses", action="append", type=license_grant, default=[], metavar="TX:life",
            help=(
                "State and line (life, health, property, casualty, or a product such as final_expense), with "
                "a last day if there is one: TX:life:2027-06-30. May be repeated."
            ),
        )  # fmt: skip
        parser.add_argument(
            "--weight", type=weight, default=1, metavar="N", help="Share of the leads (default 1)."
        )
        parser.add_argument(
            "--daily-cap", type=positive_number, metavar="N", help="New leads per day at most."
        )
        parser.add_argument("--team", default="", metavar="T", help="The team; made when there is none.")
        parser.add_argument("--staff", action="store_true", help="May also enter the admin.")

    def answer(self, **options: Any) -> dict[str, Any]:
        new = NewAgent(
            email=options["email"],
            name=options["name"],
            password=_password(options["password"]),
            licenses=tuple(options["licenses"]),
            weight=options["weight"],
            daily_cap=options["daily_cap"],
            team=options["team"],
            staff=options["staff"],
        )
        return _describe(take_on_agent(new=new, licensed_from=timezone.localdate()), new.weight)

    def lines(self, answer: dict[str, Any]) -> list[str]:
        licenses = ", ".join(f"{each['state']} {each['line']}" for each in answer["licenses"])
        rows = [
            ("Agent", f"{answer['agent']} ({answer['name']}, {answer['email']})"),
            ("Licenses", licenses or "none: the agent gets no leads until there is one"),
            ("Pool", f"{answer['pool']}, weight {answer['weight']}"),
            ("Login", answer["login"]),
        ]
        return table(rows)


def _password(given: str) -> str:
    if given != "-":
        return given
    password = getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise CommandError("--password: nothing came from standard input")
    return password


def _describe(agent: Agent, share: int) -> dict[str, Any]:
    return {
        "agent": agent.pk,
        "user": agent.user.pk,
        "email": agent.user.email,
        "name": agent.user.get_full_name(),
        "team": agent.team.name if agent.team else None,
        "staff": agent.user.is_staff,
        "pool": DEFAULT_POOL,
        "weight": share,
        "daily_cap": agent.daily_cap,
        "licenses": [
            {
                "state": each.state,
                "line": each.line,
                "effective_on": each.effective_on,
                "expires_on": each.expires_on,
            }
            for each in agent.licenses.all()
        ],
        "login": f"{settings.PUBLIC_URL}/",
    }
