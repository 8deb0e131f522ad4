"""Does an outside scrub service name the phone: on a do-not-call list, or of a known litigator?

Off until a source chooses a service: each look-up costs money and time. It is made by compliance.consult before the
decision's transaction; this check only reads what was answered.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from compliance.check import Check, CheckInput, Verdict, setting
from compliance.models import ScrubAnswer, ScrubState
from intake.post import Post, Reason

NAME: Final = "scrub_service"
FIELDS: Final = ("phone", "phone_2")


@dataclass(frozen=True, slots=True)
class ScrubServiceParams:
    """Which service is asked, how long it may take, how long its answers hold."""

    service: Literal["none", "blacklist_alliance", "dnc_com", "real_phone_validation"] = setting(
        "none", "Service to ask before a lead is accepted", "Each number costs a look-up and time."
    )
    budget_ms: int = setting(
        2000, "Milliseconds it may take", "After that there is no answer. Ten seconds at most."
    )
    valid_days: int = setting(7, "Days an answer is used again", "0: every post asks anew.")


class ScrubServiceCheck(Check):
    """Refuse numbers that the chosen service lists; no answer is never clear."""

    name = NAME
    label = "Outside scrub service"
    Params = ScrubServiceParams

    def run(self, given: CheckInput[ScrubServiceParams]) -> Verdict:
        """Listed by any answer stops; else an answer that is missing or unknown is unknown; else clear."""
        post, params = given.post, given.params
        if params.service == "none":
            return Verdict.passed()
        if post.test:
            return Verdict.passed("not asked for a test post")
        fields = phones_of(post)
        answers = [answer for answer in post.consulted.get(NAME, ()) if answer.phone in fields]
        said = ", ".join(_say(answer, fields) for answer in answers) or "not asked"
        record = _record(answers, fields)
        if reasons := _reasons(answers, fields):
            return Verdict("stop", reasons, said, record)
        clear = {answer.phone for answer in answers if answer.state == ScrubState.CLEAR}
        if not fields or clear != set(fields):
            return replace(Verdict.unknown(said), record=record)
        return Verdict("pass", (), said, record)


def phones_of(post: Post) -> dict[str, str]:
    """The readable phones of the post (E.164), each with its field; a number given twice is the first."""
    found: dict[str, str] = {}
    for field in FIELDS:
        if field in post.fields:
            found.setdefault(post.fields[field].e164, field)
    return found


def _reasons(answers: Iterable[ScrubAnswer], fields: dict[str, str]) -> tuple[Reason, ...]:
    found: dict[str, str] = {}  # the code, and the field it is told of first
    for answer in answers:
        if answer.state == ScrubState.LISTED:
            code = "suppressed_litigator" if answer.litigator else "suppressed_dnc"
            found.setdefault(code, fields[answer.phone])
    return tuple(Reason(code, "This person must not be contacted.", field) for code, field in found.items())


def _say(answer: ScrubAnswer, fields: dict[str, str]) -> str:
    words = f"{answer.service} {answer.state}"
    if answer.why or answer.codes:
        words += f" ({', '.join([*answer.codes, *([answer.why] if answer.why else [])]).replace('_', ' ')})"
    return words if fields[answer.phone] == "phone" else f"{words} [second phone]"


def _record(answers: Iterable[ScrubAnswer], fields: dict[str, str]) -> dict[str, Any]:
    """For programs: the answers by reference, and what they said."""
    told = [
        {
            "answer": answer.pk, "service": answer.service, "state": answer.state, "why": answer.why,
            "litigator": answer.litigator, "codes": answer.codes, "asked_at": answer.asked_at.isoformat(),
            "phone": 1 if fields[answer.phone] == "phone" else 2,
        }
        for answer in answers
    ]  # fmt: skip
    return {"answers": told} if told else {}


check = ScrubServiceCheck()
