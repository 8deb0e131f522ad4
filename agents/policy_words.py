"""What changed on a policy, for people."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.utils.dateparse import parse_date

from agents.models import Policy, PolicyChange, PolicyStatus, PremiumMode
from agents.policies import SOLD
from leadcrm.lib.clock import date_words

LIMIT: Final = 100
_LABELS: Final = {
    "carrier": "Carrier", "number": "Number", "product": "Product", "premium": "Premium", "mode": "Paid",
    "status": "Status", "effective_on": "Effective", "renewal_on": "Renews",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One change: when, who, what, in words."""

    at: datetime
    who: str
    title: str
    body: str
    lead_id: int


def history(policy: Policy) -> list[Line]:
    """The changes of `policy`, newest first. One query."""
    return list(lines(policy.changes.all()))


def lines_of_leads(leads: Iterable[int]) -> Iterator[Line]:
    """The changes of all policies of `leads` (keys), newest first. One query."""
    return lines(PolicyChange.objects.filter(policy__lead__in=list(leads)), named=True)


def lines(changes: "Iterable[PolicyChange]", *, named: bool = False) -> Iterator[Line]:
    """Each of `changes` in words; `named`: with the policy it is about."""
    rows = changes.select_related("by", "policy__carrier")[:LIMIT]  # type: ignore[attr-defined]
    for row in rows:
        if row.field == SOLD:
            yield Line(row.at, str(row.by), "Policy kept", row.new, row.policy.lead_id)
            continue
        title = f"{_LABELS.get(row.field, row.field)} of the policy changed"
        body = f"{_word(row.field, row.old)} → {_word(row.field, row.new)}"
        yield Line(row.at, str(row.by), title, f"{row.policy}: {body}" if named else body, row.policy.lead_id)


def _word(field: str, text: str) -> str:
    if not text:
        return "nothing"
    if field == "premium":
        return f"${Decimal(text):,.2f}"
    if field in ("effective_on", "renewal_on") and (day := parse_date(text)):
        return date_words(day)
    words = {"status": dict(PolicyStatus.choices), "mode": dict(PremiumMode.choices)}.get(field, {})
    return str(words.get(text, text))
