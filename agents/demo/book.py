"""What the demonstration's agents have sold, with which carriers."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import uuid4

from django.utils import timezone

from agents.models import Carrier, PolicyStatus, PremiumMode
from agents.policies import Terms, sell_policy
from intake.models import Lead
from leadcrm.models import User

CARRIERS: Final = ("Example Mutual Life", "Example Senior Health", "Example Casualty")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is sold to who asked for a product: the carrier, the premium, how it is paid, for how many days."""

    carrier: str
    premium: str
    mode: PremiumMode
    days: int


PLANS: Final = {
    "final_expense": Plan("Example Mutual Life", "54.20", PremiumMode.MONTHLY, 365),
    "life": Plan("Example Mutual Life", "31.75", PremiumMode.MONTHLY, 365),
    "medicare": Plan("Example Senior Health", "129.00", PremiumMode.MONTHLY, 365),
    "auto": Plan("Example Casualty", "102.00", PremiumMode.MONTHLY, 182),
}


def open_book() -> None:
    """The carriers, made where they are missing."""
    for name in CARRIERS:
        Carrier.objects.get_or_create(name=name)


def sell(*, lead: Lead, agent: User, at: datetime) -> None:
    """Keep a policy sold on `lead` at `at`: applied for, or issued, or taken over and soon to renew."""
    number, plan = int(lead.last_name.split()[-1]), PLANS[lead.interest]
    status, effective_on = _standing(number, timezone.localdate(at), plan)
    issued = status != PolicyStatus.APPLIED
    sell_policy(
        lead=lead, by=agent, request_id=uuid4(), now=at,
        terms=Terms(
            carrier=Carrier.objects.get(name=plan.carrier), number=f"DEMO-{1000 + number}" if issued else "",
            product=lead.interest, premium=Decimal(plan.premium) + number, mode=plan.mode, status=status,
            effective_on=effective_on, renewal_on=effective_on + timedelta(days=plan.days) if issued else None,
        ),
    )  # fmt: skip


def _standing(number: int, today: date, plan: Plan) -> tuple[PolicyStatus, date]:
    soon = today + timedelta(days=3)
    return (
        (PolicyStatus.APPLIED, soon),
        (PolicyStatus.ISSUED, soon),
        (PolicyStatus.IN_FORCE, today + timedelta(days=20 + number % 7) - timedelta(days=plan.days)),
    )[number % 7 % 3]
