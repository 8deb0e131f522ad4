"""What the operators' commands share."""

from argparse import ArgumentTypeError
from collections.abc import Callable
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import OperationalError, ProgrammingError
from psycopg.errors import UndefinedTable

from leadcrm.lib.commands import (
    AnswerCommand,
    dollars,
    network,
    positive_number,
    state_codes,
    table,
    whole_number,
)

pytestmark = pytest.mark.django_db  # a command says to the database who is at work


class Sample(AnswerCommand):
    option_of = {"price": "--price"}
    error: Exception | None = None

    def add_options(self, parser: Any) -> None:
        parser.add_argument("--price", type=dollars, default=Decimal(1))

    def answer(self, **options: Any) -> dict[str, Any]:
        if self.error:
            raise self.error
        return {"price": options["price"], "name": "Größe"}

    def lines(self, answer: dict[str, Any]) -> list[str]:
        return table([("Price", answer["price"]), ("Longer name", 2)])


def run(*options: str, error: Exception | None = None) -> str:
    command, out = Sample(), StringIO()
    command.error = error
    call_command(command, *options, stdout=out)
    return out.getvalue()


def test_the_answer_is_printed_in_lines_or_as_one_json_object() -> None:
    assert run("--price", "2.50") == "Price        2.50\nLonger name  2\n"
    assert run("--price", "2.50", "--format", "json") == '{"price": "2.50", "name": "Gr\\u00f6\\u00dfe"}\n'


def test_a_field_error_is_told_in_the_options_words() -> None:
    with pytest.raises(CommandError, match=r"^--price: too much\nother: odd$"):
        run(error=ValidationError({"price": "too much", "other": "odd"}))
    with pytest.raises(CommandError, match=r"^no field$"):
        run(error=ValidationError("no field"))


def test_a_value_of_the_wrong_kind_is_told_with_its_option() -> None:
    with pytest.raises(CommandError, match="--price: “much” is no amount of dollars"):
        run("--price", "much")


def test_a_database_that_does_not_answer_or_has_no_tables_is_told_in_a_sentence() -> None:
    with pytest.raises(CommandError, match="database does not answer; see DATABASE_URL"):
        run(error=OperationalError("connection refused"))
    missing = ProgrammingError("relation does not exist")
    missing.__cause__ = UndefinedTable("relation does not exist")
    with pytest.raises(CommandError, match=r"manage\.py migrate"):
        run(error=missing)
    with pytest.raises(ProgrammingError):
        run(error=ProgrammingError("a fault of ours"))


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (dollars, "22", Decimal(22)),
        (dollars, " $22.50", Decimal("22.50")),
        (whole_number, "0", 0),
        (positive_number, "7", 7),
        (state_codes, "tx, OK,TX,", ("TX", "OK")),
        (network, "192.0.2.7/24", "192.0.2.0/24"),
        (network, "2001:db8::1", "2001:db8::1/128"),
    ],
)
def test_values_are_read(read: Callable[[str], object], text: str, value: object) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (dollars, "-1"),
        (dollars, "NaN"),
        (dollars, "Infinity"),
        (dollars, ""),
        (whole_number, "1.5"),
        (whole_number, "-1"),
        (whole_number, "٣"),
        (whole_number, "9999999999"),
        (positive_number, "0"),
        (state_codes, "TX,Texas"),
        (state_codes, " , "),
        (network, "300.1.1.1"),
    ],
)
def test_what_cannot_be_meant_is_refused(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(ArgumentTypeError):
        read(text)
