"""What agents did with the demonstration's leads."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import uuid4

from django.db import transaction

from agents.casework import add_follow_up, log_communication
from agents.demo.book import sell
from agents.models import Channel, Direction
from agents.outcomes import playbook
from agents.wrapup import wrap_up_call
from compliance.calling import may_contact
from compliance.models import ContactChannel
from intake.models import Lead, Return, ReturnReason
from intake.returns.asking import ask_return
from intake.returns.deciding import take_back
from leadcrm.models import User

Act = Callable[["Desk", datetime], None]
Step = tuple[timedelta, Act]
Story = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """A lead and who works it."""

    lead: Lead
    agent: User
    manager: User


def tell(*, story: Story, desk: Desk, now: datetime) -> None:
    """Do what `story` says, each step at its distance from the lead's arrival, as far as that has passed."""
    with transaction.atomic():
        for after, act in story:
            at = desk.lead.received_at + after
            if at > now:
                return
            act(desk, at)


def _call(outcome: str, body: str = "", *, again: timedelta | None = None) -> Act:
    return partial(_log_call, outcome=outcome, body=body, again=again)


def _log_call(desk: Desk, at: datetime, *, outcome: str, body: str, again: timedelta | None) -> None:
    # Where nobody may be called at that hour, the person called: the demonstration breaks no rule.
    asked = may_contact(
        lead=desk.lead, phone=desk.lead.phone, user=desk.agent, channel=ContactChannel.CALL, now=at
    )
    wrap_up_call(
        lead=desk.lead, author=desk.agent, outcome=playbook().outcomes[outcome], body=body,
        next_at=at + again if again else None, finish_due=True, request_id=uuid4(), now=at,
        incoming=not asked.allowed,
    )  # fmt: skip


def _say(channel: Channel, direction: Direction, body: str) -> Act:
    return partial(_log, channel=channel, direction=direction, body=body)


def _log(desk: Desk, at: datetime, *, channel: Channel, direction: Direction, body: str) -> None:
    author = None if direction == Direction.IN else desk.agent
    log_communication(
        lead=desk.lead, channel=channel, direction=direction, author=author, outcome="", body=body,
        request_id=uuid4(), now=at,
    )  # fmt: skip


def _promise(what: str, after: timedelta) -> Act:
    return partial(_plan, what=what, after=after)


def _plan(desk: Desk, at: datetime, *, what: str, after: timedelta) -> None:
    add_follow_up(lead=desk.lead, owner=desk.agent, due_at=at + after, what=what, now=at)


def _sell(desk: Desk, at: datetime) -> None:
    sell(lead=desk.lead, agent=desk.agent, at=at)


def _ask_back(note: str) -> Act:
    return partial(_ask_for_return, note=note)


def _ask_for_return(desk: Desk, at: datetime, *, note: str) -> None:
    ask_return(lead=desk.lead, reason=ReturnReason.WRONG_NUMBER, note=note, by=desk.manager, now=at)


def _taken(words: str) -> Act:
    return partial(_take_back, words=words)


def _take_back(desk: Desk, at: datetime, *, words: str) -> None:
    take_back(row=Return.objects.get(lead=desk.lead), credit=None, words=words, by=desk.manager, now=at)


MINUTES: Final = timedelta(minutes=1)
HOURS: Final = timedelta(hours=1)
DAYS: Final = timedelta(days=1)
NOTE: Final = (Channel.NOTE, Direction.NONE)
SENT: Final = (Channel.EMAIL, Direction.OUT)
TEXTED: Final = (Channel.TEXT, Direction.OUT)
REPLIED: Final = (Channel.TEXT, Direction.IN)

UNTOUCHED: Final[Story] = ()
# Sold with the second call.
SOLD: Final[Story] = (
    (7 * MINUTES, _call("spoke", "Wants the funeral paid, no more. Will look for the bank details.")),
    (23 * HOURS, _call("sold", "Application read out and agreed to.")),
    (23 * HOURS + 4 * MINUTES, _sell),
)
STORIES: Final[tuple[Story, ...]] = (
    # Not reached yet: tried, tried again, next try planned.
    (
        (4 * MINUTES, _call("no_answer")),
        (3 * HOURS, _call("voicemail", "Said who I am and why I call.")),
        (1 * DAYS, _call("no_answer", again=5 * DAYS + 3 * HOURS)),
    ),
    # Reached, wants a quote.
    (
        (6 * MINUTES, _call("spoke", "Wants to leave nothing to pay for the family. Non-smoker.")),
        (20 * MINUTES, _say(*SENT, "Thank you for your time. Here is what we talked about.")),
        (25 * MINUTES, _promise("Call with two quotes", 2 * DAYS)),
    ),
    # Quoted, decision pending.
    (
        (3 * MINUTES, _call("call_back", "At work, asked for the evening.", again=6 * HOURS)),
        (6 * HOURS, _call("quoted", "Two quotes read out; will talk it over.", again=6 * DAYS)),
    ),
    # Sold.
    (
        (9 * MINUTES, _call("spoke", "Compares with what the bank offered.")),
        (1 * DAYS, _call("quoted", "Likes the smaller plan.", again=5 * HOURS)),
        (1 * DAYS + 5 * HOURS, _call("sold", "Application taken on the phone.")),
        (1 * DAYS + 5 * HOURS + 5 * MINUTES, _sell),
        (1 * DAYS + 6 * HOURS, _say(*NOTE, "Papers sent to the carrier.")),
    ),
    # Lost.
    ((31 * MINUTES, _call("not_interested", "Bought elsewhere this morning.")),),
    # A conversation by text.
    (
        (5 * MINUTES, _call("no_answer")),
        (7 * MINUTES, _say(*TEXTED, "This is your agent about the quote you asked for. When may I call?")),
        (50 * MINUTES, _say(*REPLIED, "Tomorrow after lunch please")),
        (55 * MINUTES, _promise("Call after lunch, as texted", 1 * DAYS)),
    ),
    # Spoken to once, then forgotten: goes stale.
    ((12 * MINUTES, _call("spoke", "Interested, but the spouse has to agree.")),),
    # A wrong number, sent back to the vendor.
    (
        (8 * MINUTES, _call("wrong_number", "Somebody else's number for years.")),
        (3 * HOURS, _ask_back("The person is not known at this number.")),
        (1 * DAYS, _taken("Confirmed, credited with the next invoice.")),
    ),
    # A wrong number that might go back as well: nobody has asked yet.
    ((11 * MINUTES, _call("wrong_number", "A bakery, and has been for years.")),),
    # Must not be called again.
    ((15 * MINUTES, _call("do_not_call", "Did not ask for a call.")),),
    # Call-back due today.
    (
        (2 * MINUTES, _call("call_back", "Driving.", again=2 * HOURS)),
        (2 * HOURS, _call("no_answer", again=1 * DAYS)),
        (1 * DAYS, _call("call_back", "Visitors in the house, asked for next week.", again=4 * DAYS)),
    ),
)
