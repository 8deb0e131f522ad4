"""The table of all addresses of the agents' pages: test_page_suite.py asks of each what must hold for all.

Whoever adds an address adds its line to ADDRESSES (a test says which are missing). What an address names beside a
lead is made by a function in MAKE; rows that only one page lists are made by one in FILL.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, reverse
from django.utils import timezone

from agents import urls
from agents.models import Agent, ClaimOffer, LastLink, Pool, Team
from intake.models import Lead, LeadStatus, Return, ReturnState, ReturnTerm
from leadcrm.models import User
from leadcrm.testing.factories import (
    AgentFactory,
    AuthenticatorFactory,
    ClaimOfferFactory,
    CommunicationFactory,
    DeliveryFactory,
    FollowUpFactory,
    LeadFactory,
    PolicyFactory,
    PoolFactory,
    ReturnFactory,
    SavedViewFactory,
    TeamFactory,
)

# What the content security policy forbids a page to hold.
INLINE = re.compile(r"<style|<script(?![^>]*\bsrc=)|<[^>]*\s(?:style|on[a-z]+)=", re.IGNORECASE)
NOBODY = 999_999
ROWS = 50


class Kind(Enum):
    """PAGE is opened (GET), ACT is posted, DATA is asked for by a script (GET; JSON or a part of a page)."""

    PAGE = "page"
    ACT = "act"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class Address:
    """One address. `of` names in MAKE what stands in it; `visitor` is the answer to somebody not logged in."""

    name: str
    kind: Kind = Kind.PAGE
    of: str = ""
    query: str = ""
    visitor: int = 302

    def url(self, *args: int) -> str:
        return reverse(self.name, args=args) + self.query

    def ask(self, client: Client, *args: int) -> Any:
        """Open or post it. What is posted is nothing useful: whose it is comes first."""
        return client.post(self.url(*args), {}) if self.kind is Kind.ACT else client.get(self.url(*args))


def act(name: str, of: str = "lead") -> Address:
    return Address(name, Kind.ACT, of)


def data(name: str, of: str = "", **more: Any) -> Address:
    return Address(name, Kind.DATA, of, **more)


ADDRESSES = (
    Address("queue"),
    Address("lead_list"),
    act("save_view", of=""),
    act("change_view", of="view"),
    act("delete_view", of="view"),
    Address("search", query="?q=Suite"),
    Address("follow_ups"),
    Address("clients"),
    Address("policy", of="policy"),
    Address("sell_policy", of="lead"),
    act("finish_many", of=""),
    act("snooze_many", of=""),
    Address("claim"),
    act("claim_lead", of="offer"),
    Address("team"),
    Address("pause_agent", of="colleague"),
    act("resume_agent", of="colleague"),
    Address("password_change"),
    Address("lead", of="lead"),
    Address("edit_lead", of="lead"),
    data("next_lead", of="lead"),
    data("permission", of="lead"),
    act("presence"),
    act("dial"),
    act("opt_out"),
    act("confirm_zone"),
    act("log_call"),
    act("add_note"),
    act("add_follow_up"),
    act("send_text"),
    act("send_email"),
    act("send_again", of="delivery"),
    act("ring_agent"),
    act("finish_follow_up", of="follow_up"),
    act("snooze", of="follow_up"),
    act("move_lead"),
    act("return_lead"),
    Address("me"),
    Address("my_numbers"),
    act("pause", of=""),
    act("resume", of=""),
    act("my_profile", of=""),
    act("my_hours", of=""),
    act("me_notices", of=""),
    data("notices"),
    act("notices_seen", of=""),
    data("poll", visitor=401),
    act("log_out_everywhere", of=""),
    Address("second_factor"),
    Address("set_up_second_factor"),
    Address("backup_codes", of="factor"),
    Address("second_factor_off", of="factor"),
)
# Of the composition on top, beside the agents' own.
ELSEWHERE = {"password_change"}


def make_factor(agent: Agent) -> tuple[int, ...]:
    """A second factor of `agent`; the addresses about it have no key in them."""
    AuthenticatorFactory.create(user=agent.user)
    return ()


def make_offer(agent: Agent) -> ClaimOffer:
    """An open lead that `agent` may claim."""
    pool = Pool.objects.filter(last_link=LastLink.CLAIM).first()
    pool = pool or PoolFactory.create(last_link=LastLink.CLAIM, members=[agent])
    return ClaimOfferFactory.create(lead=LeadFactory.create(unassigned_why="Open"), pool=pool)


def make_colleague(agent: Agent) -> Agent:
    """Somebody of the team that `agent` leads."""
    led = Team.objects.filter(leader=agent.user).first() or TeamFactory.create(leader=agent.user)
    return AgentFactory.create(team=led)


MAKE: dict[str, Callable[[Agent, Lead], tuple[int, ...]]] = {
    "": lambda agent, lead: (),
    "lead": lambda agent, lead: (lead.pk,),
    "follow_up": lambda agent, lead: (lead.pk, FollowUpFactory.create(lead=lead, owner=agent.user).pk),
    "delivery": lambda agent, lead: (lead.pk, DeliveryFactory.create(communication__lead=lead).pk),
    "policy": lambda agent, lead: (PolicyFactory.create(lead=lead, sold_by=agent.user).pk,),
    "view": lambda agent, lead: (SavedViewFactory.create(user=agent.user).pk,),
    "colleague": lambda agent, lead: (make_colleague(agent).pk,),
    "factor": lambda agent, lead: make_factor(agent),
    "offer": lambda agent, lead: (make_offer(agent).pk,),
}


def make_refused(lead: Lead) -> Return:
    """A return that the vendor refused, of a lead that can be asked back again."""
    ReturnTerm.objects.get_or_create(source=lead.source, reason="wrong_number", defaults={"days": 30})
    row: Return = ReturnFactory.create(
        lead=lead, state=ReturnState.REFUSED, decided_by=lead.owner, words="No"
    )
    return row


FILL: list[Callable[[Agent, Lead], object]] = [
    lambda agent, lead: make_refused(lead),
    lambda agent, lead: SavedViewFactory.create(user=agent.user),
    lambda agent, lead: make_offer(agent),
    lambda agent, lead: PolicyFactory.create(lead=lead, sold_by=agent.user),
    lambda agent, lead: PolicyFactory.create(lead=LeadFactory.create(owner=agent.user)),
    lambda agent, lead: make_colleague(agent),
]


def fill(agent: Agent, lead: Lead, rows: int) -> None:
    """More of everything an agent may have: leads in each group of the queue, a longer story on `lead`."""
    now = timezone.now()
    quiet = {"status": LeadStatus.QUOTED, "touched_at": now - timedelta(days=9), "attempts": 1}
    for _ in range(rows):
        LeadFactory.create(owner=agent.user, last_name="Suite")
        due = LeadFactory.create(owner=agent.user, last_name="Suite", **quiet)
        FollowUpFactory.create(lead=due, owner=agent.user, due_at=now - timedelta(hours=1))
        LeadFactory.create(owner=agent.user, last_name="Suite", **quiet)
        CommunicationFactory.create(lead=lead, author=agent.user, outcome="no_answer")
        DeliveryFactory.create(communication__lead=lead)
        FollowUpFactory.create(lead=lead, owner=agent.user, due_at=now - timedelta(hours=2))
        for more in FILL:
            more(agent, lead)


def signed_in(user: User, **how: Any) -> Client:
    client = Client(**how)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def names_of(patterns: Sequence[URLPattern | URLResolver]) -> Iterator[str]:
    """The names of all addresses, also of those that are included."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names_of(pattern.url_patterns)
        else:
            yield str(pattern.name)


NAMES = sorted(names_of(urls.urlpatterns))
