"""What a look-up says: listed, clear or unknown, by which version of which list, how old. Pure."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


class Listed(enum.StrEnum):
    """The three answers. Unknown is never clear."""

    LISTED = "listed"
    CLEAR = "clear"
    UNKNOWN = "unknown"


class Why(enum.StrEnum):
    """Why an answer is unknown (or, for LOADED_LATER, what must be known about it). PLAIN: nothing to add."""

    PLAIN = ""
    NO_LIST = "no_list"
    NO_VERSION = "no_version_loaded"
    AREA_CODE_NOT_HELD = "area_code_not_held"
    NOT_A_NUMBER = "not_a_us_number"
    BEFORE_FIRST_VERSION = "before_first_version"
    HISTORY_NOT_KEPT = "history_not_kept"
    LOADED_LATER = "loaded_later"
    # For lists of reassigned numbers (compliance.checks.suppression).
    NOT_ASKED = "not_asked"
    CONSENT_IS_NEWER = "consent_is_newer"


@dataclass(frozen=True, slots=True)
class Answer:
    """One list's answer about one number. `stale`: the version was too old on the day asked about.

    `phone`: 1, or 2 where the person's second number was asked about.
    """

    list_code: str
    state: Listed
    why: Why = Why.PLAIN
    version_id: int | None = None
    effective_on: date | None = None
    stale: bool = False
    list_id: int | None = None
    kind: str = ""
    phone: int = 1


@dataclass(frozen=True, slots=True)
class HeldVersion:
    """What is needed of a list and the version asked, to turn a bit into an Answer."""

    list_id: int | None
    list_code: str
    version_id: int | None
    effective_on: date | None
    stale_after_days: int | None
    why: Why = Why.PLAIN
    kind: str = ""

    def answer(self, *, bit: bool, covered: bool, today: date, phone: int = 1) -> Answer:
        """The answer, from a number's bit. `today`: the day asked about, agency time.

        Stale is counted in whole days, as the rule is ("no more than thirty-one (31) days prior to the date any
        call is made", 16 CFR 310.4(b)(3)(iv)): with 31 days, a list of day D is fresh to the last second of day
        D + 31 and stale from the first of day D + 32. Its date stands for the day it was obtained, which can
        only be later.
        """
        state, why = _state(self, bit=bit, covered=covered)
        stale = (
            self.effective_on is not None
            and self.stale_after_days is not None
            and (today - self.effective_on).days > self.stale_after_days
        )
        return Answer(
            self.list_code, state, why, self.version_id, self.effective_on, stale, self.list_id, self.kind, phone
        )  # fmt: skip


def _state(held: HeldVersion, *, bit: bool, covered: bool) -> tuple[Listed, Why]:
    if held.list_id is None:
        return Listed.UNKNOWN, Why.NO_LIST
    if held.version_id is None:
        return Listed.UNKNOWN, held.why or Why.NO_VERSION
    if bit:
        return Listed.LISTED, held.why
    if not covered:
        return Listed.UNKNOWN, Why.AREA_CODE_NOT_HELD
    return Listed.CLEAR, held.why


def worst(answers: Iterable[Answer]) -> Listed:
    """The answer of several lists together: listed before unknown before clear. None at all is unknown."""
    states = {answer.state for answer in answers}
    for state in (Listed.LISTED, Listed.UNKNOWN):
        if state in states:
            return state
    return Listed.CLEAR if states else Listed.UNKNOWN
