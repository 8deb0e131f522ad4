"""Is the phone or e-mail on a list of people not to be bought: our own, litigators, the do-not-call registries."""

from dataclasses import dataclass

from compliance.check import Check, CheckInput, Facts, Verdict, setting
from compliance.dnc.answers import Answer, Listed, Why
from intake.post import Reason

# A list that was never set up is no answer at all; the record says so, and the compliance desk shows it.
NOT_SET_UP = frozenset({Why.NO_LIST, Why.NO_VERSION})


@dataclass(frozen=True, slots=True)
class SuppressionParams:
    """Which lists are asked."""

    internal: bool = setting(True, "Our own do-not-contact list")
    litigator: bool = setting(True, "Known litigators")
    national: bool = setting(True, "National do-not-call registry")
    state_lists: bool = setting(True, "Do-not-call lists of the lead's state")


class Suppression(Check):
    """Refuse listed people; unknown is never clear."""

    name = "suppression"
    label = "Do-not-call and litigators"
    needs_facts = True
    Params = SuppressionParams

    def run(self, given: CheckInput[SuppressionParams]) -> Verdict:
        """Listed anywhere stops; else what cannot be known is unknown; else clear."""
        asked = [answer for answer in given.facts.lists if _is_asked(answer, given.params)]
        reasons = _listed(given.facts, asked, given.params)
        said = ", ".join(_say(answer) for answer in asked) or "no list asked"
        if reasons:
            return Verdict.stopped(*reasons, detail=said)
        unsure = [a for a in asked if a.why not in NOT_SET_UP and (a.stale or a.state is Listed.UNKNOWN)]
        return Verdict.unknown(said) if unsure else Verdict.passed(said)


def _is_asked(answer: Answer, params: SuppressionParams) -> bool:
    if answer.list_code == "national":
        return params.national
    if answer.list_code == "litigator":
        return params.litigator
    return params.state_lists and answer.list_code != "reassigned"


def _listed(facts: Facts, asked: list[Answer], params: SuppressionParams) -> list[Reason]:
    codes = []
    if params.litigator and "litigator" in facts.suppressed:
        codes.append("suppressed_litigator")
    if params.internal and "internal" in facts.suppressed:
        codes.append("suppressed_internal")
    for answer in asked:
        if answer.state is Listed.LISTED:
            codes.append("suppressed_litigator" if answer.list_code == "litigator" else "suppressed_dnc")
    return [Reason(code, "This person must not be contacted.", "phone") for code in dict.fromkeys(codes)]


def _say(answer: Answer) -> str:
    words = f"{answer.list_code} {answer.state}"
    if answer.why:
        words += f" ({answer.why.replace('_', ' ')})"
    return f"{words}, stale" if answer.stale else words


check = Suppression()
