"""What an agent is told after a call was logged: what follows, and what somebody else did meanwhile."""

from datetime import datetime
from typing import Final

from django.contrib.messages import SUCCESS, WARNING
from django.utils import timezone

from agents.localtime import when_there
from agents.models import Channel, Communication, FollowUp, FollowUpKind
from agents.outcomes import OutcomeCard
from agents.wrapup import WrapUp
from intake.models import OPEN_STATUSES, Lead, LeadStatus
from leadcrm.lib.clock import time_words
from leadcrm.models import User

_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def tries_made(number: int) -> str:
    """“Six tries made: lose it or plan one”."""
    words = _NUMBERS[number] if number < len(_NUMBERS) else str(number)
    return f"{words.capitalize()} {'try' if number == 1 else 'tries'} made: lose it or plan one"


def wrapped_up(*, lead: Lead, outcome: OutcomeCard, done: WrapUp, now: datetime) -> tuple[int, str]:
    """The message after a call was logged, and its level."""
    if done.repeated:
        return WARNING, "This call was logged before. Nothing was written twice."
    words = [f"Call logged: {outcome.label}."]
    if outcome.stops:
        words.append("Nobody here will call, text or e-mail this person again.")
    elif done.planned:
        words.append(next_step(lead, done.planned, now))
    elif done.tries_made:
        words.append(f"{tries_made(done.tries_made)}.")
    elif lead.status in OPEN_STATUSES:
        words.append("Nothing is planned yet.")
    elif lead.status == LeadStatus.LOST:
        words.append("Nothing more to do.")
    return SUCCESS, " ".join(words)


def next_step(lead: Lead, planned: FollowUp, now: datetime) -> str:
    """“Next try Tue 9:00 AM their time.”"""
    if planned.kind == FollowUpKind.REPLY:
        return f"In the queue now: {planned.what}."
    when = when_there(lead, planned.due_at, now)
    return f"Next try {when}." if planned.kind == FollowUpKind.CADENCE else f"{planned.what} {when}."


def logged_meanwhile(*, lead: Lead, user: User, seen_at: datetime | None, now: datetime) -> str:
    """Who else wrote down a contact with `lead` since the page was drawn at `seen_at`, for people; else ""."""
    if seen_at is None:
        return ""
    others = Communication.objects.filter(lead=lead, at__gt=seen_at, at__lte=now, author__isnull=False)
    other = others.exclude(author=user).select_related("author").first()
    if other is None:
        return ""
    at = time_words(timezone.localtime(other.at))
    what = "an e-mail" if other.channel == Channel.EMAIL else f"a {other.get_channel_display().lower()}"
    return f"{other.author} logged {what} at {at}, while your page was open: look at the timeline."
