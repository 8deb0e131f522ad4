"""Licenses that end: the agent drops out at the agency's midnight, and everybody concerned is told once in time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from smtplib import SMTPDataError, SMTPServerDisconnected
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test import Client

from agents.license_warnings import MOST_TRIES, note_warnings, send_warnings, threshold_of
from agents.models import Agent, License, LicenseWarning, PersonMailState
from agents.tests.test_assign_post import post
from leadcrm.models import User
from leadcrm.testing.factories import LicenseFactory, LicenseWarningFactory
from leadcrm.testing.fixtures import VendorKey
from leadcrm.testing.payloads import glossary

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 6, 1, 9, 0, tzinfo=NEW_YORK)
TODAY = NOW.date()


@pytest.fixture
def leader(agent: Agent) -> User:
    assert agent.team
    agent.team.leader = User.objects.create_user("leader@example.com", first_name="Test", last_name="Leader")
    agent.team.save()
    return agent.team.leader


def ending(agent: Agent, days: int, **fields: Any) -> License:
    values = {"state": "FL", "line": "life", "effective_on": date(2020, 1, 1), **fields}
    return LicenseFactory.create(agent=agent, expires_on=TODAY + timedelta(days=days), **values)


def run(now: datetime = NOW) -> int:
    note_warnings(now=now)
    return send_warnings(now=now)


@pytest.mark.django_db
class TestMidnight:
    @pytest.mark.parametrize(
        "last_day",
        [
            date(2026, 6, 1),
            date(2026, 3, 7),  # the night that loses an hour follows
            date(2026, 11, 1),  # the day of twenty-five hours
        ],
    )
    def test_a_real_post_has_its_agent_through_the_last_day_and_nobody_a_second_later(
        self, client: Client, vendor_key: VendorKey, travel_to: Any, last_day: date
    ) -> None:
        License.objects.update(effective_on=date(2020, 1, 1), expires_on=last_day)
        midnight = datetime.combine(last_day + timedelta(days=1), datetime.min.time(), tzinfo=NEW_YORK)

        travel_to(midnight.astimezone(UTC) - timedelta(seconds=1))
        before = post(client, vendor_key, glossary())
        travel_to(midnight)
        after = post(client, vendor_key, glossary())

        assert before["status"] == "accepted"
        assert (after["status"], after["reason"]) == ("rejected", "no_agent")

    def test_the_agencys_clock_counts_and_not_the_agents(
        self, client: Client, vendor_key: VendorKey, travel_to: Any
    ) -> None:
        """Midnight in New York is nine in the evening in Los Angeles, where the license's day is not over."""
        Agent.objects.update(time_zone="America/Los_Angeles")
        License.objects.update(effective_on=date(2020, 1, 1), expires_on=date(2026, 6, 1))
        travel_to(datetime(2026, 6, 2, 0, 0, tzinfo=NEW_YORK))

        assert post(client, vendor_key, glossary())["reason"] == "no_agent"


@pytest.mark.parametrize(
    ("days", "threshold"),
    [(31, None), (30, 30), (15, 30), (14, 14), (8, 14), (7, 7), (2, 7), (1, 1), (0, 1), (-1, None)],
)
def test_the_days_left_belong_to_the_next_threshold(days: int, threshold: int | None) -> None:
    assert threshold_of(days) == threshold


@pytest.mark.django_db
class TestMails:
    def test_agent_leader_and_manager_are_told_each_in_one_mail(
        self, agent: Agent, leader: User, reviewer: User
    ) -> None:
        ending(agent, 30)
        ending(agent, 7, state="GA")

        assert run() == 3
        letters = {letter.to[0]: letter for letter in mail.outbox}
        assert letters.keys() == {"agent@example.com", "leader@example.com", "reviewer@example.com"}
        own, others = letters["agent@example.com"].body, letters["reviewer@example.com"].body
        assert letters["agent@example.com"].subject.startswith("2 licenses ending soon")
        assert "- FL life: last day July 1, 2026 (30 days left)" in own
        assert "- GA life: last day June 8, 2026 (7 days left)" in own
        assert "http://localhost:8000/me/" in own
        assert "/admin/" not in own
        assert "- Test Agent: FL life: last day July 1, 2026 (30 days left)" in others
        assert "/admin/agents/license/" in others

    def test_nobody_is_told_twice_however_often_it_runs(self, agent: Agent) -> None:
        ending(agent, 30)

        assert [run(NOW + timedelta(minutes=10 * n)) for n in range(4)] == [1, 0, 0, 0]
        assert [run(NOW + timedelta(days=n)) for n in range(1, 16)] == [0] * 15

    def test_each_threshold_is_told_once_on_the_way_to_the_end(self, agent: Agent) -> None:
        ending(agent, 30)

        told = [day for day in range(35) if run(NOW + timedelta(days=day))]
        assert told == [0, 16, 23, 29]

    def test_after_days_without_a_run_the_present_threshold_alone_is_told(self, agent: Agent) -> None:
        ending(agent, 5)

        assert run() == 1
        assert [row.days for row in LicenseWarning.objects.all()] == [7]

    def test_the_agencys_day_counts(self, agent: Agent) -> None:
        ending(agent, 30)
        late = datetime(2026, 5, 31, 23, 59, tzinfo=NEW_YORK)  # June 1 in UTC already, and 31 days

        assert run(late) == 0
        assert run(late + timedelta(minutes=1)) == 1

    @pytest.mark.parametrize("gone", ["agent", "login", "renewed", "far", "over"])
    def test_nobody_is_told_of_what_concerns_nobody(self, agent: Agent, gone: str) -> None:
        ending(agent, {"far": 31, "over": -1}.get(gone, 10))
        if gone == "agent":
            Agent.objects.update(active=False)
        elif gone == "login":
            User.objects.update(is_active=False)
        elif gone == "renewed":
            LicenseFactory.create(
                agent=agent, state="FL", line="life", effective_on=TODAY + timedelta(days=11)
            )

        assert run() == 0
        assert mail.outbox == []

    def test_a_license_renewed_by_its_date_is_told_of_anew_a_year_later(self, agent: Agent) -> None:
        held = ending(agent, 30)
        run()
        License.objects.filter(pk=held.pk).update(expires_on=TODAY + timedelta(days=395))

        assert run(NOW + timedelta(days=365)) == 1

    def test_renewed_while_the_mail_waited_it_is_not_sent(self, agent: Agent) -> None:
        held = ending(agent, 14)
        note_warnings(now=NOW)
        License.objects.filter(pk=held.pk).update(expires_on=TODAY + timedelta(days=380))

        assert send_warnings(now=NOW) == 0
        assert LicenseWarning.objects.get().state == PersonMailState.DROPPED

    def test_a_deleted_license_leaves_its_mails_in_the_record(self, agent: Agent) -> None:
        held = ending(agent, 14)
        run()
        held.delete()

        assert LicenseWarning.objects.get().what == "Test Agent: FL life"


@pytest.mark.django_db
class TestMailServers:
    def test_an_unreachable_server_is_tried_again_with_longer_waits_and_then_given_up(
        self, agent: Agent
    ) -> None:
        ending(agent, 14)
        note_warnings(now=NOW)
        with patch.object(EmailBackend, "open", side_effect=ConnectionRefusedError):
            now, waits = NOW, []
            for _ in range(MOST_TRIES):
                assert send_warnings(now=now) == 0
                row = LicenseWarning.objects.get()
                waits.append((row.due_at - now) // timedelta(minutes=10))
                now = row.due_at

        assert waits == [1, 2, 4, 8, 16, 32]
        assert (row.state, row.error) == (PersonMailState.FAILED, "ConnectionRefusedError")
        assert send_warnings(now=now) == 0

    def test_a_refused_message_is_tried_again_and_arrives_once(self, agent: Agent) -> None:
        ending(agent, 14)
        note_warnings(now=NOW)
        with patch.object(EmailBackend, "send_messages", side_effect=SMTPDataError(451, b"later")):
            assert send_warnings(now=NOW) == 0

        assert send_warnings(now=NOW) == 0
        assert send_warnings(now=NOW + timedelta(minutes=10)) == 1
        assert len(mail.outbox) == 1

    def test_a_connection_that_broke_with_the_message_under_way_is_not_sent_again(self, agent: Agent) -> None:
        ending(agent, 14)
        note_warnings(now=NOW)
        with patch.object(EmailBackend, "send_messages", side_effect=SMTPServerDisconnected):
            send_warnings(now=NOW)

        assert LicenseWarning.objects.get().state == PersonMailState.UNKNOWN
        assert send_warnings(now=NOW + timedelta(days=1)) == 0

    def test_a_process_that_died_in_between_is_not_made_up_for(self, agent: Agent) -> None:
        row = LicenseWarningFactory.create(
            license=ending(agent, 14), recipient=agent.user, state=PersonMailState.SENDING, claimed_at=NOW, due_at=NOW
        )  # fmt: skip

        assert send_warnings(now=NOW + timedelta(minutes=14)) == 0
        row.refresh_from_db()
        assert row.state == PersonMailState.SENDING
        assert send_warnings(now=NOW + timedelta(minutes=16)) == 0
        row.refresh_from_db()
        assert row.state == PersonMailState.UNKNOWN


@pytest.mark.django_db(transaction=True)
def test_eight_workers_at_once_tell_everybody_once(agent: Agent, leader: User, reviewer: User) -> None:
    for n in range(5):
        ending(agent, 14, effective_on=date(2020, 1, 1 + n))

    def work(_: int) -> int:
        try:
            return run()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        sent = sum(pool.map(work, range(8)))

    assert LicenseWarning.objects.filter(state=PersonMailState.SENT).count() == 15
    assert LicenseWarning.objects.count() == 15
    assert sent == len(mail.outbox)
    told = [
        (letter.to[0], line) for letter in mail.outbox for line in letter.body.splitlines() if "life" in line
    ]
    assert len(told) == 15


@pytest.mark.django_db
def test_a_manager_sees_which_mail_did_not_go_out(client: Client, reviewer: User) -> None:
    LicenseWarningFactory.create(state=PersonMailState.FAILED, error="ConnectionRefusedError")
    client.force_login(reviewer)

    assert "mail about ending licenses could not be sent" in client.get("/admin/").text
    assert "ConnectionRefusedError" in client.get("/admin/agents/licensewarning/").text
