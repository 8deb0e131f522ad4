"""Asking outside services about a post before it is decided: outside any transaction, and only where a source wants it.

Nobody is asked about a post that is refused anyway, about a test post, or about one whose answer is held already.
All questions are asked at once, each within its own time; what is not answered then is unknown, and what follows is
the check's setting. Another service is a line in CONSULTANTS.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any, Final

import structlog
from django.conf import settings

from compliance.certificates import consulting as certificates
from compliance.check import CheckInput
from compliance.consultant import Consultant, Question
from compliance.models import CheckMode
from compliance.policy import POLICIES, Policy, SetCheck
from compliance.scrubs import consulting as scrubs
from intake.post import Post

log = structlog.get_logger(__name__)

# A thread is given this much more than its own limits, which end it by themselves but for a name's resolution.
_GRACE: Final = 0.1


CONSULTANTS: Final[tuple[Consultant, ...]] = (
    Consultant(certificates.NAME, certificates.wanted, certificates.questions),
    Consultant(scrubs.NAME, scrubs.wanted, scrubs.questions),
)
_NAMES: Final = frozenset(consultant.check_name for consultant in CONSULTANTS)


def consult(post: Post) -> Post:
    """`post` with what the services its source asks for have answered, as `post.consulted[check name]`.

    Costs nothing where no check of the source asks for one. Must be called outside a transaction. Raises BadParams
    for settings that cannot be meant, and database errors.
    """
    policy = POLICIES.get(post.source.id, post.config_version)
    asked = [] if post.test else _asked(policy)
    if not asked or _is_refused_anyway(post, policy):
        return post
    found: dict[str, tuple[Any, ...]] = {}
    questions = [(item.check.name, each) for who, item in asked for each in who.questions(post, item.params)]
    for name, answer in zip(
        (name for name, _ in questions), _ask_all([q for _, q in questions]), strict=True
    ):
        found[name] = (*found.get(name, ()), answer)
    return replace(post, consulted=found)


def is_consulted(source_id: int, config_version: int) -> bool:
    """True when the source has a check that asks a service before a lead is accepted."""
    return bool(_asked(POLICIES.get(source_id, config_version)))


def _asked(policy: Policy) -> list[tuple[Consultant, SetCheck]]:
    return [
        (consultant, item)
        for consultant in CONSULTANTS
        for item in policy.checks
        if item.check.name == consultant.check_name
        and item.mode != CheckMode.OFF
        and consultant.wanted(item.params)
    ]


def _is_refused_anyway(post: Post, policy: Policy) -> bool:
    """True when a check that needs to know nothing refuses the post; its decision will find the same."""
    local = post.now.astimezone(settings.AGENCY_ZONE)
    for item in policy.checks:
        if item.check.needs_facts or item.check.name in _NAMES or item.mode != CheckMode.ENFORCE:
            continue
        if item.check.run(CheckInput(post, item.params, post.now, local)).outcome == "stop":
            return True
    return False


def _ask_all(questions: Sequence[Question]) -> list[Any]:
    """The answers, in order. Returns when the last is there or its time is over."""
    open_ = [question for question in questions if question.held is None]
    if not open_:
        return [question.held for question in questions]
    pool = ThreadPoolExecutor(len(open_), thread_name_prefix="consult")
    try:
        running: dict[int, Future[Any]] = {id(question): pool.submit(question.ask) for question in open_}
        wait(running.values(), timeout=max(question.seconds for question in open_) + _GRACE)
        return [_answer(question, running.get(id(question))) for question in questions]
    finally:
        pool.shutdown(wait=False)  # a thread that hangs in a name's resolution ends by itself


def _answer(question: Question, future: "Future[Any] | None") -> Any:
    if future is None:
        return question.held
    answer = question.unanswered()
    if future.done():
        try:
            answer = future.result()
        except Exception as error:  # a mistake of ours must not cost the vendor's answer: it is unknown then
            log.error("consult.broke", exc_info=error)
    question.keep(answer)
    return answer
