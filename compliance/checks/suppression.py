"""Is the phone or e-mail on a list of people not to be bought: our own, litigators, the do-not-call registries."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from django.utils import timezone

from compliance.check import Check, CheckInput, Facts, Verdict, setting
from compliance.dnc.answers import Answer, Listed, Why
from compliance.models import ListKind
from compliance.reopening import REOPENED
from intake.leads import given_at
from intake.post import Post, Reason

# A list that was never set up is no answer at all; the record says so, and the compliance desk shows it.
NOT_SET_UP: Final = frozenset({Why.NO_LIST, Why.NO_VERSION})
# Not asked is no answer either; and that a list of reassigned numbers is older than the consent is no doubt about
# it: only what happens to a number after the consent can take it away.
NO_DOUBT: Final = NOT_SET_UP | {Why.NOT_ASKED, Why.CONSENT_IS_NEWER}
FIELDS: Final = {1: "phone", 2: "phone_2"}


@dataclass(frozen=True, slots=True)
class SuppressionParams:
    """Which lists are asked."""

    internal: bool = setting(True, "Our own do-not-contact list")
    later_consent_reopens: bool = setting(
        False,
        "A later consent re-opens",
        "Buy a person who asked us to stop when the posted consent has a certificate and a date later than all their "
        "requests. The date is the vendor's word: switch this on where the vendor is trusted that far.",
    )
    litigator: bool = setting(True, "Known litigators")
    national: bool = setting(True, "National do-not-call registry")
    state_lists: bool = setting(True, "Do-not-call lists of the lead's state")
    reassigned: bool = setting(
        False,
        "Reassigned numbers",
        "Refuse a number that a list of reassigned numbers names, where the list is newer than the consent.",
    )


class Suppression(Check):
    """Refuse listed people; unknown is never clear."""

    name = "suppression"
    label = "Do-not-call and litigators"
    of_ping = True
    needs_person = True
    needs_facts = True
    Params = SuppressionParams

    def run(self, given: CheckInput[SuppressionParams]) -> Verdict:
        """Listed anywhere stops; else what cannot be known is unknown; else clear."""
        asked = [
            _in_time(answer, given) for answer in given.facts.lists if is_asked(answer.kind, given.params)
        ]
        reasons = _listed(given.facts, asked, given.params)
        words = [_say(answer) for answer in asked]
        if given.params.internal and REOPENED in given.facts.suppressed:
            words.append("asked us to stop before this consent: re-opened")
        said = ", ".join(words) or "no list asked"
        record = {"lists": as_records(asked)} if asked else {}
        if reasons:
            return Verdict("stop", tuple(reasons), said, record)
        if any(doubtful(answer) for answer in asked):
            return replace(Verdict.unknown(said), record=record)
        return Verdict("pass", (), said, record)


def is_asked(kind: str, params: SuppressionParams) -> bool:
    """Whether lists of this kind (ListKind) belong to the check as it is set. Reassigned ones always have a word."""
    if kind == ListKind.NATIONAL:
        return params.national
    if kind == ListKind.LITIGATOR:
        return params.litigator
    return kind == ListKind.REASSIGNED or params.state_lists


def doubtful(answer: Answer) -> bool:
    """True for an answer that is not clear though not listed: unknown, or of a list that is out of date."""
    return answer.why not in NO_DOUBT and (answer.stale or answer.state is Listed.UNKNOWN)


def as_records(answers: Iterable[Answer]) -> list[dict[str, Any]]:
    """The answers as they stand in a decision's record: one object a list and number."""
    return [_as_record(answer) for answer in answers]


def _as_record(answer: Answer) -> dict[str, Any]:
    said: dict[str, Any] = {
        "code": answer.list_code, "kind": answer.kind, "state": answer.state.value, "why": answer.why.value,
        "version": answer.version_id,
        "effective_on": answer.effective_on.isoformat() if answer.effective_on else None,
        "stale": answer.stale, "phone": answer.phone,
    }  # fmt: skip
    return {**said, "reassigned": reassigned_word(answer)} if answer.kind == ListKind.REASSIGNED else said


def reassigned_word(answer: Answer) -> str:
    """What a list of reassigned numbers says, in the words of the federal database: yes, no, no_data; not_asked."""
    if answer.why is Why.NOT_ASKED:
        return "not_asked"
    if answer.stale and answer.state is not Listed.LISTED:
        return "no_data"
    return {Listed.LISTED: "yes", Listed.CLEAR: "no", Listed.UNKNOWN: "no_data"}[answer.state]


def _in_time(answer: Answer, given: CheckInput[SuppressionParams]) -> Answer:
    """A list of reassigned numbers knows nothing of a consent given after its date."""
    if answer.kind != ListKind.REASSIGNED:
        return answer
    if not given.params.reassigned:
        return replace(answer, state=Listed.UNKNOWN, why=Why.NOT_ASKED)
    if answer.effective_on is not None and _consent_day(given.post) > answer.effective_on:
        return replace(answer, state=Listed.UNKNOWN, why=Why.CONSENT_IS_NEWER)
    return answer


def _consent_day(post: Post) -> date:
    """Agency time."""
    return timezone.localtime(given_at(post)).date()


def _listed(facts: Facts, asked: list[Answer], params: SuppressionParams) -> list[Reason]:
    found: dict[str, str] = {}  # the code, and the field it is told of first
    if params.litigator and "litigator" in facts.suppressed:
        found["suppressed_litigator"] = "phone"
    if params.internal and "internal" in facts.suppressed:
        found["suppressed_internal"] = "phone"
    for answer in sorted(asked, key=lambda each: each.phone):
        if answer.state is Listed.LISTED:
            code = "suppressed_litigator" if answer.kind == ListKind.LITIGATOR else "suppressed_dnc"
            found.setdefault(code, FIELDS[answer.phone])
    return [Reason(code, "This person must not be contacted.", field) for code, field in found.items()]


def _say(answer: Answer) -> str:
    words = f"{answer.list_code} {answer.state}"
    if answer.why:
        words += f" ({answer.why.replace('_', ' ')})"
    words += ", stale" if answer.stale else ""
    return f"{words} [second phone]" if answer.phone == 2 else words


check = Suppression()
