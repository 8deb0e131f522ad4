"""What the compliance panel of a lead's page shows: rules, lists, certificates, and who asked to call before."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.dateparse import parse_date

from agents.badges import Badge, list_badge
from agents.callbadge import CallBadge
from agents.queries import phones_of
from compliance.calling import Permission, may_contact
from compliance.calling.rules import needs_confirming
from compliance.consent import Wording, read_wording
from compliance.models import CallingRule, Certificate, CertificateFlag, ContactChannel, ContactDecision
from intake.models import ConsentRecord, Lead
from leadcrm.models import User

HISTORY: Final = 15


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule used, and whether it still wants confirming."""

    rule: CallingRule
    unconfirmed: bool


@dataclass(frozen=True, slots=True)
class ListLine:
    """What one do-not-call list said, and of which day it was."""

    badge: Badge
    effective_on: Any


@dataclass(frozen=True, slots=True)
class CertificateLine:
    """One certificate, its state for people and its tone; `at_risk_until` where a clock runs."""

    row: Certificate
    tone: str
    at_risk_until: datetime | None
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """All of it. `calls` has one badge for each number, the first number's first."""

    calls: list[CallBadge]
    rules: list[RuleLine]
    lists: list[ListLine]
    certificates: list[CertificateLine]
    history: list[ContactDecision]

    @property
    def main(self) -> CallBadge:
        """The answer for the first number."""
        return self.calls[0]

    @property
    def zone_unsure(self) -> bool:
        """True where no clock, or more than one, is possible, or a person has said which."""
        codes = {why.code for why in (*self.main.permission.reasons, *self.main.permission.warnings)}
        return bool(codes & {"zone_unknown", "zone_doubtful", "zone_confirmed"})


def dossier(*, lead: Lead, user: User, now: datetime) -> Dossier:
    """Ask for each number of `lead`, and read what the answers stand on. A constant number of queries."""
    calls = [
        CallBadge(
            may_contact(lead=lead, phone=phone, user=user, channel=ContactChannel.CALL, now=now), now, number
        )
        for number, phone in enumerate(phones_of(lead), start=1)
    ]
    asked = calls[0].permission
    history = ContactDecision.objects.filter(lead=lead).select_related("user")[: HISTORY + 1]
    return Dossier(
        calls=calls,
        rules=_rules(call.permission for call in calls),
        lists=[_list(answer) for answer in asked.lists],
        certificates=[_certificate(row, now) for row in Certificate.objects.filter(lead=lead)],
        history=list(history),
    )


def wording_of(consent: ConsentRecord | None, phone: str) -> Wording | None:
    """What the consent's text says of a lead of the number `phone` (E.164); None where there is no text."""
    if consent is None or not consent.text:
        return None
    return read_wording(consent.text, seller=consent.seller, phone=phone)


def _rules(answers: Iterable[Permission]) -> list[RuleLine]:
    ids = {key for answer in answers for key, _ in answer.rules}
    found = CallingRule.objects.filter(pk__in=ids).order_by("state", "version")
    return [RuleLine(rule, needs_confirming(rule)) for rule in found]


def _list(answer: dict[str, Any]) -> ListLine:
    day = answer.get("effective_on")
    return ListLine(list_badge(answer), parse_date(day) if day else None)


def _certificate(row: Certificate, now: datetime) -> CertificateLine:
    risk = row.vanishes_at if row.time_left(now) is not None else None
    tone = {"retained": "good", "waiting": "warn", "lost": "bad", "off": "quiet"}[row.state]
    flags = tuple(str(CertificateFlag(flag).label) for flag in row.flags)
    return CertificateLine(row, tone, risk, flags)
