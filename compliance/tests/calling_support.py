"""Leads on given places, an agent with licenses everywhere, moments on given clocks."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from agents.models import Agent
from compliance.calling import Permission, may_contact
from compliance.calling.hours import Place, open_spans, span_at
from compliance.calling.rules import Book, load_book
from intake.models import ConsentRecord, Lead
from leadcrm.lib.places import STATES
from leadcrm.models import User
from leadcrm.testing.altering import altering
from leadcrm.testing.factories import AgentFactory, LeadFactory

Ask = Callable[..., Permission]


def everywhere() -> User:
    """An agent licensed for final expense in every state."""
    agent: Agent = AgentFactory.create(licenses=[f"{state}:final_expense" for state in STATES])
    return agent.user


def at(text: str, zone: str = "America/Chicago") -> datetime:
    """A wall time, like 2026-12-02 08:00:00, on the clock of `zone`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def lead_of(*, area_code: str = "214", zip5: str = "", state: str = "", **fields: Any) -> Lead:
    """A lead with a fresh consent whose number and address are of these places."""
    made: Lead = LeadFactory.create(phone=f"+1{area_code}5550123", zip=zip5, state=state, **fields)
    return made


def ask(lead: Lead, user: User, now: datetime, channel: str = "call") -> Permission:
    """May the first number of `lead` be contacted at `now`? The consent is always of the day."""
    lead.consent.given_at = now
    with altering(ConsentRecord):
        lead.consent.save(update_fields=["given_at"])
    return may_contact(lead=lead, phone=lead.phone, user=user, channel=channel, now=now)


def is_open(book: Book, zones: Iterable[str], states: Iterable[str], moment: datetime) -> bool:
    """Whether the rules leave `moment` open."""
    spans = open_spans(book, Place(tuple(zones), tuple(states)), moment)
    return span_at(spans, moment) is not None


__all__ = ["Ask", "ask", "at", "everywhere", "is_open", "lead_of", "load_book"]
