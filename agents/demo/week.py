"""The demonstration's posts: a week of them, the last of a minute ago, in the order they came."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Any, Final

from agents.demo.people import Consumer
from agents.demo.stories import SOLD, STORIES, UNTOUCHED, Story

DAYS: Final = 6
PER_DAY: Final = 9
FRESH_MINUTES: Final = (290, 175, 96, 47, 26, 14, 6, 1)
INTERESTS: Final = ("final_expense", "medicare", "final_expense", "auto", "final_expense")
# Of ten leads three come from the second vendor.
FROM_OTHER: Final = frozenset({4, 7, 9})
BUYERS: Final = frozenset({12, 30, 32})
SOURCE_OF: Final = {"final_expense": "Final expense", "medicare": "Medicare", "auto": "Auto"}
UNLICENSED: Final = frozenset({20, 56})
# On the made-up do-not-call list; on the agency's own list, as an opt-out and as a litigator.
LISTED: Final = 80
OPTED_OUT: Final = 81
LITIGATOR: Final = 88
# Bought twice: from the second vendor under another phone (that of NEW_PHONE) and e-mail, so nobody saw it come.
TWICE: Final = 50
NEW_PHONE: Final = 92


@dataclass(frozen=True, slots=True)
class DemoPost:
    """One post: when, to which source, what, and what agents did with the lead."""

    at: datetime
    source: str
    payload: dict[str, Any]
    story: Story = UNTOUCHED


def week_of_posts(*, now: datetime, zone: tzinfo) -> list[DemoPost]:
    """All posts in order of time. `zone` is the agency's: its people work by day."""
    today = now.astimezone(zone).date()
    moments = [
        datetime.combine(today - timedelta(days=day), time(9, 5), zone) + timedelta(minutes=67 * slot)
        for day in range(DAYS, 0, -1)
        for slot in range(PER_DAY)
    ]
    worked = [_post(number, at, _story(number)) for number, at in enumerate(moments)]
    fresh = [
        _post(len(moments) + index, now - timedelta(minutes=minutes), UNTOUCHED)
        for index, minutes in enumerate(FRESH_MINUTES)
    ]
    evening = moments[-1] + timedelta(minutes=3)
    return sorted([*worked, *fresh, *_refused(evening), _again(evening)], key=lambda post: post.at)


def _story(number: int) -> Story:
    return SOLD if number in BUYERS else STORIES[number % len(STORIES)]


def _post(number: int, at: datetime, story: Story) -> DemoPost:
    interest = INTERESTS[number % len(INTERESTS)]
    person = Consumer(number, interest, licensed=number not in UNLICENSED)
    source = "Burial insurance" if number % 10 in FROM_OTHER else SOURCE_OF[interest]
    return DemoPost(at, source, person.payload(at), story)


def _again(at: datetime) -> DemoPost:
    """A person of the day before once more: same name, ZIP and date of birth, for the desk of duplicates."""
    payload = Consumer(TWICE, "final_expense").payload(
        at, lead_id=f"DEMO-{TWICE}-again", phone=Consumer(NEW_PHONE, "final_expense").phone,
        email=f"person{TWICE}.new@example.com",
    )  # fmt: skip
    return DemoPost(at, "Burial insurance", payload)


def _refused(at: datetime) -> list[DemoPost]:
    """Posts that are refused, one for each usual reason, and a test post."""
    known = Consumer(2, "final_expense").payload(at, lead_id="DEMO-again")
    # Bought from the second vendor three days before.
    others = Consumer(29, "final_expense").payload(at, lead_id="DEMO-29-too")
    odd = [
        ("Final expense", known),
        ("Final expense", others),
        ("Final expense", Consumer(LISTED, "final_expense").payload(at)),
        ("Final expense", Consumer(LITIGATOR, "final_expense").payload(at)),
        ("Final expense", Consumer(OPTED_OUT, "final_expense").payload(at)),
        ("Final expense", Consumer(82, "final_expense").payload(at, phone="214 555", last_name=None)),
        ("Final expense", Consumer(83, "final_expense").payload(at, timestamp=_days_before(at, 120))),
        ("Medicare", Consumer(84, "medicare").payload(at, consent_text=None)),
        ("Medicare", Consumer(85, "medicare").payload(at, timestamp=_days_before(at, 12))),
        ("Auto", Consumer(86, "auto").payload(at, interest="home")),
        ("Term life (being set up)", Consumer(87, "life").payload(at)),
    ]
    return [
        DemoPost(at + timedelta(minutes=4 * index), source, payload)
        for index, (source, payload) in enumerate(odd)
    ]


def _days_before(at: datetime, days: int) -> str:
    return (at - timedelta(days=days)).isoformat(timespec="seconds")
