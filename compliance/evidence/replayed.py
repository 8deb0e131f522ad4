"""What a replay comes to, and how a verdict is compared with the record of one."""

import enum
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from compliance.check import Verdict
from intake.post import Reason

# Of a check's record: what is compared on its own, or cannot come out the same.
_OWN: Final = frozenset({"check", "outcome", "ms", "reasons", "detail", "held", "waived"})
# Depend on the environment of the process, and matter only where they make a reason.
_ELSEWHERE: Final = frozenset({"names_agency"})
_WORDS: Final = {
    "pass": "nothing against it", "stop": "against it", "unknown": "cannot be known", "off": "off",
    "skip": "not asked: no readable phone",
}  # fmt: skip


class Basis(enum.StrEnum):
    """Where a line of a replay comes from."""

    RECOMPUTED = "recomputed"
    RECORD = "taken from the record"


@dataclass(frozen=True, slots=True)
class CheckReplay:
    """One check: as it was recorded and as it comes out, in words for people.

    `why` something had to be taken from the record, or was not in it; `wrong` what in the record cannot be.
    """

    name: str
    label: str
    recorded: str
    found: str
    basis: Basis
    agrees: bool
    why: str = ""
    wrong: str = ""

    @property
    def words(self) -> str:
        """The difference, in a sentence."""
        if self.wrong:
            return f"{self.label}: {self.wrong}"
        same = self.recorded == self.found
        return f"{self.label}: recorded {self.recorded}, comes out {self.found}" + (
            " on other grounds" if same else ""
        )


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of deciding again. `differs` says in words where record and rows do not agree.

    `impossible` says why nothing could be recomputed. `outcome` and `reasons` are what came out.
    """

    kind: Literal["post", "contact"]
    decision_id: int
    recorded: str
    found: str = ""
    outcome: str = ""
    reasons: tuple[Reason, ...] = ()
    checks: tuple[CheckReplay, ...] = ()
    differs: tuple[str, ...] = ()
    impossible: str = ""
    note: str = ""

    @property
    def agrees(self) -> bool:
        """True when it was decided again and nothing differs; for lines taken from the record see `on_record`."""
        return not self.differs and not self.impossible

    @property
    def on_record(self) -> tuple[str, ...]:
        """The labels of what was taken from the record, in which nothing was proved."""
        return tuple(line.label for line in self.checks if line.basis == Basis.RECORD)

    @property
    def verdict(self) -> str:
        """One sentence."""
        if self.impossible:
            return f"Cannot be decided again: {self.impossible}."
        if self.differs:
            return "Does not come out as recorded."
        rest = f" Taken from the record: {', '.join(self.on_record)}." if self.on_record else ""
        return "Comes out as recorded." + rest + (f" {self.note}" if self.note else "")


def is_same(verdict: Verdict, record: Mapping[str, Any]) -> bool:
    """True when a check's record says what `verdict` does. Wording may differ: it changes between releases."""
    told = [(each.get("code"), each.get("field", "")) for each in record.get("reasons") or ()]
    found = [(reason.code, reason.field) for reason in verdict.reasons]
    more = {name: value for name, value in record.items() if name not in _OWN or name in verdict.record}
    return (record.get("outcome"), told) == (verdict.outcome, found) and all(
        name in verdict.record and _covers(_json(verdict.record[name]), value) for name, value in more.items()
    )


def _covers(found: Any, kept: Any) -> bool:
    """True when all that was `kept` is `found` too; what is found beyond it is of a later release."""
    if isinstance(found, dict) and isinstance(kept, dict):
        return all(
            name in found and _covers(found[name], value)
            for name, value in kept.items()
            if name not in _ELSEWHERE
        )
    if isinstance(found, list) and isinstance(kept, list):
        pairs = zip(found, kept, strict=False)
        return len(found) == len(kept) and all(_covers(one, other) for one, other in pairs)
    return bool(found == kept)


def _json(value: Any) -> Any:
    """As it looks after it was stored."""
    return json.loads(json.dumps(value, default=str))


def verdict_words(verdict: Verdict) -> str:
    """What a check found, for people."""
    said = _WORDS.get(verdict.outcome, verdict.outcome)
    about = [reason.code + (f" ({reason.field})" if reason.field else "") for reason in verdict.reasons]
    return f"{said}: {', '.join(about)}" if about and verdict.outcome != "unknown" else said


def words_of(outcome: str, codes: Iterable[str]) -> str:
    """An outcome with its first reason."""
    code = next(iter(codes), "")
    return f"{outcome} ({code})" if code else str(outcome)
