"""A contact decision made again, from what it keeps and the rows it names: does it come out the same?"""

from dataclasses import dataclass

from compliance.calling.acting import LOG_WITHIN
from compliance.calling.given import read_given, read_policy
from compliance.calling.judging import judge_one
from compliance.calling.rules import Book, ban_of, card_of
from compliance.models import CallingRule, ContactAct, ContactDecision, EmergencyBan
from intake.models import Vertical


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of it. `differs` says in words where the record and the rows no longer agree; empty: they do."""

    decision_id: int
    allowed: bool
    codes: tuple[str, ...]
    differs: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """True when nothing differs."""
        return not self.differs


def replay_contact(decision: ContactDecision) -> Replayed:
    """Decide again by the rule rows, bans and facts that `decision` names, as of its moment.

    What outside may have changed since (rules, lists, requests, licenses) has no say. Three queries at most.
    """
    rules = CallingRule.objects.in_bulk([key for key, _ in decision.rules])
    missing = [f"rule {key} is gone" for key, _ in decision.rules if key not in rules]
    missing += [
        f"rule {key} is version {rules[key].version}, not {version}"
        for key, version in decision.rules
        if key in rules and rules[key].version != version
    ]
    asked, facts, exempt = read_given(decision)
    permission = judge_one(
        asked, facts, book=_book(decision, list(rules.values())), exempt=exempt, channel=decision.channel,
        unlicensed=decision.given["unlicensed"], now=decision.at,
    )  # fmt: skip
    codes, allowed = permission.codes, permission.allowed
    if decision.warnings and decision.warnings[0]["code"] == "dialled_before":
        missing += _dial_missing(decision)
        codes, allowed = (), True
    told = tuple(reason["code"] for reason in decision.reasons)
    if (allowed, codes) != (decision.allowed, told):
        missing.append(f"recorded {_words(decision.allowed, told)}, comes out {_words(allowed, codes)}")
    return Replayed(decision.pk, allowed, codes, tuple(missing))


def _book(decision: ContactDecision, rules: list[CallingRule]) -> Book:
    """The rules as they were, without the memory of the process."""
    by_state: dict[str, tuple[CallingRule, ...]] = {}
    for rule in sorted(rules, key=lambda row: row.version):
        by_state[rule.state] = (*by_state.get(rule.state, ()), rule)
    bans = EmergencyBan.objects.filter(pk__in=decision.given["bans"]).order_by("pk")
    return Book(
        rules={state: tuple(card_of(rule) for rule in rows) for state, rows in by_state.items()},
        bans=tuple(ban_of(row) for row in bans),
        checklist=(),
        policy=read_policy(decision),
        medicare=frozenset(Vertical.objects.filter(is_medicare=True).values_list("code", flat=True)),
    )


def _dial_missing(decision: ContactDecision) -> list[str]:
    """A call recorded as dialled before stands on an allowed dial of the same person, not long before."""
    dials = ContactDecision.objects.filter(
        attempt=decision.attempt_id, act=ContactAct.DIAL, allowed=True, lead=decision.lead_id, user=decision.user_id,
        phone=decision.phone, at__gt=decision.at - LOG_WITHIN, at__lte=decision.at,
    )  # fmt: skip
    return [] if decision.attempt_id and dials.exists() else ["the dial it stands on is gone"]


def _words(allowed: bool, codes: tuple[str, ...]) -> str:
    return "yes" if allowed else f"no ({', '.join(codes)})"
