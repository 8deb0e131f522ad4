"""Scrub a CSV file against the do-not-call lists: `manage.py scrub FILE --column phone --out FILE`."""

import csv
import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from compliance.dnc.answers import Listed
from compliance.dnc.lookup import UnknownListError, list_ids
from compliance.dnc.tables import ADDED, TableError, scrub_table


class Command(BaseCommand):
    help = (
        "Read a CSV file with a header, write it with what the do-not-call lists say of each row's number: "
        f"{', '.join(ADDED)}. A number that is listed anywhere is listed; where nothing lists it and one "
        "list cannot say, it is unknown. Counts go to stderr."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="CSV, UTF-8; - for stdin")
        parser.add_argument("--column", default="phone", help="the column with the numbers")
        parser.add_argument("--lists", nargs="+", metavar="LIST", help="lists to ask (default: all active)")
        parser.add_argument(
            "--as-of", type=_when, metavar="D",
            help="as the lists were held at the end of a day (YYYY-MM-DD) or at a moment (YYYY-MM-DDTHH:MM)",
        )  # fmt: skip
        parser.add_argument("--out", metavar="FILE", help="default: stdout")
        parser.add_argument("--format", choices=["csv", "json"], default="csv")

    def handle(self, **options: Any) -> None:
        write = _write_json if options["format"] == "json" else _write_csv
        try:
            lists = list_ids(_codes(options["lists"])) if options["lists"] else None
            with _input(options["file"]) as stream, _output(options["out"], self.stdout) as out:
                rows = scrub_table(stream, column=options["column"], lists=lists, on=options["as_of"])
                counts = write(rows, out)
        except (TableError, UnknownListError) as error:
            raise CommandError(f"{options['file']}, {error}" if _is_table(error) else str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.filename or options['file']}: {error.strerror}") from error
        told = ", ".join(f"{counts[state]:,} {state}" for state in Listed)
        self.stderr.write(f"{counts.total():,} rows: {told}")


def _write_csv(rows: Iterator[list[str]], out: TextIO) -> Counter[str]:
    writer = csv.writer(out, lineterminator="\n")
    header = next(rows)
    writer.writerow(header)
    place = header.index(ADDED[0])
    counts: Counter[str] = Counter()
    for row in rows:
        writer.writerow(row)
        counts[row[place]] += 1
    return counts


def _write_json(rows: Iterator[list[str]], out: TextIO) -> Counter[str]:
    """One JSON array, an object per row and line, written as it comes."""
    header = next(rows)
    counts: Counter[str] = Counter()
    out.write("[")
    for row in rows:
        out.write("\n" if not counts else ",\n")
        out.write(json.dumps(dict(zip(header, row, strict=True)), ensure_ascii=False))
        counts[row[header.index(ADDED[0])]] += 1
    out.write("\n]\n")
    return counts


@contextmanager
def _input(name: str) -> Iterator[TextIO]:
    if name == "-":
        yield sys.stdin
        return
    with Path(name).open(encoding="utf-8-sig", newline="") as stream:
        yield stream


@contextmanager
def _output(name: str | None, stdout: Any) -> Iterator[TextIO]:
    """Stdout, or a file that appears under its name only when it is whole."""
    if name is None:
        stdout.ending = ""
        yield stdout
        return
    part = Path(f"{name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as stream:
            yield stream
        part.replace(name)
    finally:
        part.unlink(missing_ok=True)


def _codes(given: list[str]) -> list[str]:
    """List codes given apart or joined by commas."""
    return [code for part in given for code in part.split(",") if code]


def _is_table(error: Exception) -> bool:
    return isinstance(error, TableError)


def _when(text: str) -> date | datetime:
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(
            f"{text!r} is no day (YYYY-MM-DD) and no moment (YYYY-MM-DDTHH:MM)"
        ) from error
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
