"""What an outside service is to compliance.consult: who is asked for which check, and what a question is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from intake.post import Post


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask. `ask` is network only and runs in a thread of its own: it must not touch the database.

    `seconds` is its time, `unanswered` what stands for an answer that did not come, `keep` records what came (or did
    not) in a row, in the caller's thread. An answer that is `held` is not asked for.
    """

    seconds: float
    ask: Callable[[], Any]
    unanswered: Callable[[], Any]
    keep: Callable[[Any], None]
    held: Any = None


@dataclass(frozen=True, slots=True)
class Consultant:
    """Who is asked for a check. `wanted(params)` must cost nothing; `questions(post, params)` may read the database."""

    check_name: str
    wanted: Callable[[Any], bool]
    questions: Callable[[Post, Any], Sequence[Question]]
