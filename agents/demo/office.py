"""Who works in the demonstration, and what they buy."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from django.db import transaction

from agents.demo.book import open_book
from agents.demo.credentials import password_for
from agents.models import Agent, LastLink, Pool, Team
from agents.onboarding import LicenseGrant, NewAgent, take_on_agent
from compliance.terms import Terms, contract_source
from intake.contracts import Contract
from intake.models import ReturnReason, ReturnTerm, Source
from leadcrm.models import User

VENDOR: Final = "Demo Leads"
# A second one, whose leads sell worse.
OTHER_VENDOR: Final = "Demo Clicks"
OTHERS: Final = frozenset({"Burial insurance"})
TEAM: Final = "Demo team"
POOL: Final = "Demo pool"
MANAGER: Final = "demo.manager@example.com"
LEADER: Final = "demo.leader@example.com"
POSTED: Final = "Final expense"  # the source whose key is shown

# Name, interest, price, live, and the terms of each contract.
SOURCES: Final = (
    (POSTED, "final_expense", "22.00", True, Terms(duplicate_days=30, monthly_cap=5000)),
    ("Medicare", "medicare", "31.50", True, Terms(max_age_days=7, proofs=("consent_text",))),
    ("Burial insurance", "final_expense", "14.00", True, Terms(duplicate_days=90, daily_cap=40)),
    ("Auto", "auto", "8.75", True, Terms(daily_cap=200)),
    ("Term life (being set up)", "life", "18.00", False, Terms(states=("TX", "OK"))),
)
# What the made-up vendor takes back, and for how many days.
TAKES_BACK: Final = (
    (ReturnReason.WRONG_NUMBER, 7), (ReturnReason.DISCONNECTED, 7), (ReturnReason.DUPLICATE, 10),
    (ReturnReason.DNC_LISTED, 10),
)  # fmt: skip
# Each agent's states; all hold life and health, the second also casualty. Nobody is licensed in Wyoming.
AGENTS: Final = (
    ("demo.agent1@example.com", "Demo Agent One", ("TX", "OK", "LA"), ("life", "health")),
    ("demo.agent2@example.com", "Demo Agent Two", ("TX", "FL", "GA", "OK"), ("life", "health", "casualty")),
    ("demo.agent3@example.com", "Demo Agent Three", ("FL", "GA", "LA"), ("life", "health", "casualty")),
)


@dataclass(frozen=True, slots=True)
class Office:
    """The demonstration's people and sources. `salt` is the random text its passwords are derived from."""

    sources: dict[str, Source]
    agents: list[Agent]
    leader: User
    manager: User
    salt: str


def open_office(*, today: date) -> Office:
    """The office, made where it is missing. The pool takes the demonstration's leads only. All or nothing."""
    with transaction.atomic():
        sources = {each[0]: _source(*each) for each in SOURCES}
        salt = sources[POSTED].posting_token
        leader = _user(LEADER, "Demo Team Leader", salt, manages=False)
        manager = _user(MANAGER, "Demo Manager", salt, manages=True)
        Team.objects.get_or_create(name=TEAM, defaults={"leader": leader})
        open_book()
        pool = _pool(sources)
        agents = [_agent(*each, pool=pool, salt=salt, today=today) for each in AGENTS]
    return Office(sources, agents, leader, manager, salt)


def _source(name: str, interest: str, price: str, live: bool, terms: Terms) -> Source:
    vendor = OTHER_VENDOR if name in OTHERS else VENDOR
    found = Source.objects.filter(vendor__name=vendor, name=name, demo=True).first()
    if found:
        return found
    contract = Contract(
        vendor=vendor, name=name, interest=interest, price=Decimal(price), live=live, demo=True
    )  # fmt: skip
    source, _ = contract_source(contract=contract, terms=terms)
    # Its first key was shown to nobody; the demonstration has one of its own.
    source.keys.all().delete()
    for reason, days in TAKES_BACK:
        ReturnTerm.objects.create(source=source, reason=reason, days=days)
    source.posting_terms = source.posting_price = source.pings = True
    source.save(update_fields=["posting_terms", "posting_price", "pings"])
    return source


def _user(email: str, name: str, salt: str, *, manages: bool) -> User:
    found = User.objects.filter(email=email).first()
    if found:
        return found
    first, _, last = name.partition(" ")
    return User.objects.create_user(
        email, password_for(email, salt=salt), first_name=first, last_name=last,
        is_staff=manages, is_superuser=manages,
    )  # fmt: skip


def _pool(sources: dict[str, Source]) -> Pool:
    """Ahead of the pool of everyone, and only for these sources: no real lead may go to a made-up agent."""
    pool, made = Pool.objects.get_or_create(name=POOL, defaults={"rank": 10, "last_link": LastLink.WAIT})
    if made:
        pool.sources.set(sources.values())
    return pool


def _agent(
    email: str,
    name: str,
    states: tuple[str, ...],
    lines: tuple[str, ...],
    *,
    pool: Pool,
    salt: str,
    today: date,
) -> Agent:
    found = Agent.objects.filter(user__email=email).first()
    if found:
        return found
    # One license runs out soon, as they do.
    soon = (states[-1], lines[-1])
    licenses = tuple(
        LicenseGrant(state, line, today + timedelta(days=25) if (state, line) == soon else None)
        for state in states
        for line in lines
    )
    new = NewAgent(
        email=email, name=name, password=password_for(email, salt=salt), licenses=licenses,
        team=TEAM if email != AGENTS[-1][0] else "",
    )  # fmt: skip
    return take_on_agent(new=new, licensed_from=today - timedelta(days=200), pool=pool)
