"""Times on the consumer's clock: the day is said wherever it is not today, there and for the reader."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from agents.callbadge import CallBadge
from agents.localtime import local_time, other_day, quick_times, when_there
from agents.models import Agent
from agents.tests.test_pages_access import signed_in
from compliance.calling import may_contact
from compliance.models import ContactChannel
from intake.models import Lead
from leadcrm.templatetags.ui import also_in
from leadcrm.testing.factories import AgentFactory, FollowUpFactory, LeadFactory

pytestmark = pytest.mark.django_db

HONOLULU = ZoneInfo("Pacific/Honolulu")
# Half past one on a Thursday morning in New York, where the agency is; Wednesday, half past eight, in Honolulu.
LATE = datetime(2026, 12, 3, 6, 30, tzinfo=UTC)
# Wednesday noon in New York, seven in the morning in Honolulu.
NOON = datetime(2026, 12, 2, 17, 0, tzinfo=UTC)


@pytest.fixture
def islander(agent: Agent) -> Lead:
    return LeadFactory.create(owner=agent.user, state="HI", zip="96813", phone="+18085550142")


@pytest.mark.parametrize(
    ("now", "later", "day"),
    [
        (NOON, timedelta(hours=2), ""),
        (NOON, timedelta(days=1), "Thu"),
        (NOON, timedelta(days=8), "Dec 10"),
        (LATE, timedelta(minutes=30), "Wed"),
        (LATE, timedelta(hours=20), "Thu"),
    ],
)
def test_a_day_is_said_unless_it_is_today_there_and_here(now: datetime, later: timedelta, day: str) -> None:
    assert other_day((now + later).astimezone(HONOLULU), now) == day


def test_their_clock_and_how_long_they_may_be_called_name_the_day_when_it_is_another(
    islander: Lead, shipped_rows: None
) -> None:
    agent = AgentFactory.create(licenses=["HI:final_expense"])

    def badge(now: datetime) -> CallBadge:
        asked = may_contact(
            lead=islander, phone=islander.phone, user=agent.user, channel=ContactChannel.CALL, now=now
        )
        return CallBadge(asked, now)

    assert local_time(islander, NOON).text == "7:00 AM"
    assert badge(NOON).short == "Opens 8 AM"
    assert local_time(islander, LATE).text == "Wed 8:30 PM"
    assert badge(LATE).short == "Until Wed 9 PM"
    assert badge(LATE).text == "Call until Wed 9:00 PM HST"


def test_today_and_tomorrow_are_said_only_where_both_mean_the_same_day(islander: Lead) -> None:
    evening = datetime(2026, 12, 3, 2, 0, tzinfo=UTC)  # Wednesday there and here

    assert when_there(islander, NOON + timedelta(hours=4), NOON) == "today 11:00 AM their time"
    assert when_there(islander, evening + timedelta(hours=18), evening) == "tomorrow 10:00 AM their time"
    assert when_there(islander, LATE + timedelta(minutes=15), LATE) == "Wed 8:45 PM their time"
    assert when_there(islander, LATE + timedelta(hours=14), LATE) == "Thu 10:30 AM their time"
    assert when_there(islander, NOON + timedelta(days=9), NOON) == "Dec 11, 7:00 AM their time"


def test_the_button_for_the_next_morning_names_it_where_tomorrow_could_be_either() -> None:
    assert [label for label, _ in quick_times(HONOLULU, NOON)][1] == "Tomorrow 10 AM"
    assert quick_times(HONOLULU, LATE)[1] == ("Thu 10 AM", "2026-12-03T10:00")


def test_a_planned_call_says_its_day_there_where_it_is_not_the_day_here(
    islander: Lead, agent: Agent, travel_to: Any
) -> None:
    travel_to(NOON)
    FollowUpFactory.create(lead=islander, owner=agent.user, due_at=LATE)
    page: Client = signed_in(agent.user)

    assert also_in(NOON, "Pacific/Honolulu") == "7:00 AM HST"
    assert also_in(LATE, "Pacific/Honolulu") == "Dec 2, 8:30 PM HST"
    for url in (f"/leads/A-{islander.pk}/", "/follow-ups/"):
        assert "Dec 3, 1:30 AM" in page.get(url).text
        assert "Dec 2, 8:30 PM HST there" in page.get(url).text


def test_the_reader_s_own_zone_counts_where_one_is_set(islander: Lead) -> None:
    with timezone.override(HONOLULU):
        assert local_time(islander, LATE).text == "8:30 PM"
        assert also_in(LATE, "Pacific/Honolulu") == ""
