"""Decide recorded decisions again and say whether they come out as recorded."""

from argparse import ArgumentTypeError
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from compliance.evidence.replayed import Replay
from compliance.evidence.replaying import KINDS, replay_one, replay_since
from leadcrm.lib.commands import AnswerCommand, positive_number
from leadcrm.lib.keys import key_from


def decision(text: str) -> tuple[str, int]:
    """`17` or `post:17`, `contact:17`. For argparse: raises ArgumentTypeError."""
    kind, _, number = text.rpartition(":")
    key = key_from(number)
    if kind not in ("", *KINDS) or not key:
        raise ArgumentTypeError(f"“{text}” is no decision; write 17, post:17 or contact:17")
    return kind or "post", key


def day(text: str) -> datetime:
    """The first moment of a day, agency time. For argparse: raises ArgumentTypeError."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), settings.AGENCY_ZONE)
    except ValueError:
        raise ArgumentTypeError(f"“{text}” is no day, such as 2026-11-25") from None


class Command(AnswerCommand):
    help = (
        "Decide again what was decided, from the stored posts, the configuration and the lists of that time, and say "
        "whether it comes out as recorded. Changes nothing, asks no service. Exit code 1 when a decision does not."
    )
    option_of = {"since": "--since"}

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument(
            "decisions", nargs="*", type=decision, metavar="ID",
            help="Decisions on posts by number (17), on calls and texts as contact:17.",
        )  # fmt: skip
        parser.add_argument(
            "--since", type=day, metavar="DATE", help="All decisions made on that day or later."
        )
        parser.add_argument(
            "--sample",
            type=positive_number,
            metavar="N",
            help="With --since: so many of each kind, at random.",
        )
        parser.add_argument(
            "--kind", choices=sorted(KINDS), help="With --since: decisions of this kind only."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what came of it, then end with code 1 if anything differs."""
        self.differing = 0
        super().handle(*args, **options)
        if self.differing:
            raise CommandError(f"{self.differing} not as recorded.", returncode=1)

    def answer(self, **options: Any) -> dict[str, Any]:
        if bool(options["decisions"]) == bool(options["since"]):
            raise ValidationError("Name decisions, or a day with --since.")
        if options["since"]:
            kinds = [options["kind"]] if options["kind"] else list(KINDS)
            found = (
                each
                for kind in kinds
                for each in replay_since(kind, options["since"], sample=options["sample"])
            )
            return self._summed(found, whole=False)
        return self._summed(map(_one, options["decisions"]), whole=True)

    def _summed(self, replays: Iterator[Replay], *, whole: bool) -> dict[str, Any]:
        """Counts, and the replays that are to be shown: all, or those that do not agree."""
        counts = {"agree": 0, "agree_in_part": 0, "differ": 0, "impossible": 0}
        shown = []
        for each in replays:
            result = result_of(each)
            counts[result] += 1
            if whole or result in ("differ", "impossible"):
                shown.append({**as_dict(each), "result": result})
        self.differing = counts["differ"]
        return {"decisions": sum(counts.values()), **counts, "shown": shown}

    def lines(self, answer: dict[str, Any]) -> list[str]:
        sums = (
            f"{answer['decisions']} decided again: {answer['agree']} as recorded, {answer['agree_in_part']} as "
            f"recorded with something taken from the record, {answer['differ']} not as recorded, "
            f"{answer['impossible']} could not be decided again."
        )
        return [*(line for each in answer["shown"] for line in _lines(each)), sums]


def _one(asked: tuple[str, int]) -> Replay:
    kind, number = asked
    found = replay_one(kind, number)
    if found is None:
        raise CommandError(f"There is no decision {kind}:{number}.", returncode=2)
    return found


def result_of(found: Replay) -> str:
    """One word for the counts."""
    if found.impossible:
        return "impossible"
    if found.differs:
        return "differ"
    return "agree_in_part" if found.on_record else "agree"


def as_dict(found: Replay) -> dict[str, Any]:
    """A replay for programs."""
    return {
        "decision": f"{found.kind}:{found.decision_id}", "agrees": found.agrees, "verdict": found.verdict,
        "recorded": found.recorded, "comes_out": found.found, "differs": list(found.differs),
        "checks": [
            {
                "check": line.name, "recorded": line.recorded, "comes_out": line.found, "basis": str(line.basis),
                "agrees": line.agrees, "why": line.why,
            }
            for line in found.checks
        ],
    }  # fmt: skip


def _lines(found: dict[str, Any]) -> list[str]:
    """One decision for a person."""
    lines = [f"{found['decision']}: {found['recorded']}. {found['verdict']}"]
    lines += [f"  differs  {difference}" for difference in found["differs"]]
    for line in found["checks"]:
        basis = f"{line['basis']}{f' ({why})' if (why := line['why']) else ''}"
        lines.append(f"  {line['check']:<14} {line['comes_out']}; {basis}")
    return lines
