"""What the operators' commands share: one answer for people or for programs, and errors that name the option.

class Command(AnswerCommand):
    help = "Open a pool."
    option_of = {"name": "--name"}          # which option a use case's field error is about

    def add_options(self, parser): parser.add_argument("--name", required=True)
    def answer(self, **options): return {"pool": open_pool(name=options["name"]).pk}
    def lines(self, answer): return [f"Pool {answer['pool']} is open."]
"""

import json
from argparse import ArgumentTypeError
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from ipaddress import ip_network
from typing import Any, ClassVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.management import BaseCommand, CommandError
from django.core.management.base import CommandParser
from django.db import OperationalError, ProgrammingError
from psycopg.errors import UndefinedColumn, UndefinedTable

from leadcrm.lib.actor import acting
from leadcrm.lib.places import STATES


class AnswerCommand(BaseCommand):
    """A command that prints one answer, plain or (`--format json`) as one JSON object on one line.

    A ValidationError of the use case becomes a CommandError in the options' words; nothing is printed then.
    """

    option_of: ClassVar[Mapping[str, str]] = {}

    def add_arguments(self, parser: CommandParser) -> None:
        """The command's own options, and --format."""
        self.add_options(parser)
        parser.add_argument(
            "--format", choices=["text", "json"], default="text", help="How to print the answer."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it and print what came of it."""
        answer = self.answered(**options)
        as_json = options["format"] == "json"
        self.stdout.write(json.dumps(answer, default=str) if as_json else "\n".join(self.lines(answer)))

    def answered(self, **options: Any) -> dict[str, Any]:
        """What `answer` says. Raises CommandError in the options' words."""
        try:
            with acting(None, via=type(self).__module__.rpartition(".")[2]):
                return self.answer(**options)
        except ValidationError as error:
            raise CommandError(self._explain(error)) from None
        except OperationalError as error:
            raise CommandError(f"The database does not answer; see DATABASE_URL. It says: {error}") from error
        except ProgrammingError as error:
            if isinstance(error.__cause__, UndefinedTable | UndefinedColumn):
                raise CommandError(
                    "The database is not up to date: run `manage.py migrate` first."
                ) from error
            raise

    def add_options(self, parser: CommandParser) -> None:
        """Declare the command's own options."""
        raise NotImplementedError

    def answer(self, **options: Any) -> dict[str, Any]:
        """Do the work and return the answer. Raises ValidationError for options that cannot be."""
        raise NotImplementedError

    def lines(self, answer: dict[str, Any]) -> list[str]:
        """The answer in lines for a person."""
        raise NotImplementedError

    def _explain(self, error: ValidationError) -> str:
        if not hasattr(error, "error_dict"):
            return " ".join(error.messages)
        said = []
        for field, messages in error.message_dict.items():
            option = "" if field == NON_FIELD_ERRORS else self.option_of.get(field, field) + ": "
            said += [option + message for message in messages]
        return "\n".join(said)


def table(rows: Sequence[tuple[str, object]]) -> list[str]:
    """Names and values in two columns."""
    width = max(len(name) for name, _ in rows)
    return [f"{name:<{width}}  {value}" for name, value in rows]


def dollars(text: str) -> Decimal:
    """An amount in US dollars, such as 22 or 22.50. For argparse: raises ArgumentTypeError."""
    try:
        amount = Decimal(text.strip().removeprefix("$"))
    except InvalidOperation:
        raise ArgumentTypeError(f"“{text}” is no amount of dollars, such as 22.50") from None
    if not amount.is_finite() or amount < 0:
        raise ArgumentTypeError(f"“{text}” is no amount of dollars, such as 22.50")
    return amount


def whole_number(text: str) -> int:
    """Zero or a positive whole number. For argparse: raises ArgumentTypeError."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise ArgumentTypeError(f"“{text}” is no whole number")
    return int(text)


def positive_number(text: str) -> int:
    """A positive whole number. For argparse: raises ArgumentTypeError."""
    number = whole_number(text)
    if number == 0:
        raise ArgumentTypeError("must be 1 or more")
    return number


def day(text: str) -> date:
    """A day such as 2026-11-30. For argparse: raises ArgumentTypeError."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise ArgumentTypeError(f"“{text}” is no day such as 2026-11-30") from None


def state_codes(text: str) -> tuple[str, ...]:
    """State codes between commas, each once, in order. For argparse: raises ArgumentTypeError."""
    codes = [word.strip().upper() for word in text.split(",") if word.strip()]
    unknown = [code for code in codes if code not in STATES]
    if unknown or not codes:
        raise ArgumentTypeError(f"“{', '.join(unknown) or text}” is no state; write codes such as TX,OK")
    return tuple(dict.fromkeys(codes))


def network(text: str) -> str:
    """An IP address or network in CIDR form. For argparse: raises ArgumentTypeError."""
    try:
        return str(ip_network(text.strip(), strict=False))
    except ValueError:
        raise ArgumentTypeError(f"“{text}” is no address or network, such as 192.0.2.0/24") from None
