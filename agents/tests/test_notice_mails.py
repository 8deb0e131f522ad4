"""Who has no page open is told of a new lead by mail: once, in time, with nothing in it about the person."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from smtplib import SMTPDataError, SMTPServerDisconnected
from typing import Any
from unittest.mock import patch

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agents.casework import give_lead
from agents.models import Agent, Notice, PersonMailState
from agents.notice_mails import GAP, MOST_TRIES, note_unseen, send_notices
from intake.models import Lead
from leadcrm.models import User
from leadcrm.testing.factories import (
    AgentHoursFactory,
    LeadFactory,
    NoticeFactory,
    NoticeMarkFactory,
    NoticeSettingsFactory,
)

# A Monday, 11 AM in New York.
CAME = datetime(2026, 6, 1, 15, 0, tzinfo=UTC)
LATER = CAME + timedelta(seconds=91)


@pytest.fixture
def lead(agent: Agent) -> Lead:
    return LeadFactory.create(
        owner=agent.user, assigned_at=CAME, first_name="Ada", last_name="Fresh", phone="+12145550142",
        email="ada@example.com", state="TX",
    )  # fmt: skip


def run(now: datetime = LATER) -> int:
    note_unseen(now=now)
    return send_notices(now=now)


def states() -> list[str]:
    return list(Notice.objects.order_by("pk").values_list("state", flat=True))


@pytest.mark.django_db
class TestWho:
    def test_an_agent_without_an_open_page_gets_one_mail_that_names_nobody(
        self, agent: Agent, lead: Lead
    ) -> None:
        assert run() == 1
        assert run(LATER + timedelta(minutes=30)) == 0

        (letter,) = mail.outbox
        assert letter.to == [agent.user.email]
        assert letter.subject.startswith("New lead: ")
        assert letter.subject.endswith(", TX")
        assert f"/leads/A-{lead.pk}/" in letter.body
        for secret in ("Ada", "Fresh", "5550142", "ada@example.com"):
            assert secret not in f"{letter.subject} {letter.body}"
        assert states() == [PersonMailState.SENT]

    def test_not_before_the_lead_has_waited(self, lead: Lead) -> None:
        assert run(CAME + timedelta(seconds=89)) == 0
        assert run(LATER) == 1

    @pytest.mark.parametrize(
        ("seconds", "mails"), [(-3600, 1), (-1, 1), (20, 0), (85, 0)],
        ids=["gone for an hour", "gone as it came", "opened since", "open now"],
    )  # fmt: skip
    def test_a_page_that_was_open_since_it_came_has_shown_it(
        self, agent: Agent, lead: Lead, seconds: int, mails: int
    ) -> None:
        NoticeMarkFactory.create(user=agent.user, seen_at=CAME + timedelta(seconds=seconds))
        assert run(LATER) == mails

    @pytest.mark.parametrize(
        "change",
        [
            lambda agent, lead: Lead.objects.update(touched_at=CAME),
            lambda agent, lead: NoticeSettingsFactory.create(user=agent.user, email=False),
            lambda agent, lead: User.objects.update(is_active=False),
            lambda agent, lead: Lead.objects.update(assigned_at=CAME - timedelta(hours=2)),
            lambda agent, lead: NoticeMarkFactory.create(user=agent.user, seen_at=LATER),
        ],
        ids=["touched", "switched off", "no login", "long ago", "came back"],
    )
    @pytest.mark.parametrize("noted", [False, True], ids=["before it is noted", "before it is sent"])
    def test_no_mail_that_nobody_needs(
        self, agent: Agent, lead: Lead, change: Callable[[Agent, Lead], Any], noted: bool
    ) -> None:
        if noted:
            note_unseen(now=LATER)
        change(agent, lead)
        assert run() == 0
        assert states() == ([PersonMailState.DROPPED] if noted else [])

    def test_quiet_outside_the_own_hours_if_wanted(self, agent: Agent, lead: Lead) -> None:
        AgentHoursFactory.create(agent=agent, weekday=1)
        settings = NoticeSettingsFactory.create(user=agent.user, quiet=True)
        assert run() == 0
        settings.quiet = False
        settings.save()
        Notice.objects.all().delete()
        assert run() == 1

    def test_whoever_gets_the_lead_next_is_told_too(
        self, agent: Agent, teammate: Agent, reviewer: User, lead: Lead
    ) -> None:
        run()
        give_lead(lead=lead, to_agent=teammate, actor=reviewer, reason="Leave", now=LATER)
        run(LATER + timedelta(minutes=2))
        assert [letter.to for letter in mail.outbox] == [[agent.user.email], [teammate.user.email]]

    def test_many_leads_are_one_mail_and_the_next_one_keeps_its_distance(
        self, agent: Agent, lead: Lead
    ) -> None:
        LeadFactory.create_batch(3, owner=agent.user, assigned_at=CAME)
        assert run() == 1
        assert mail.outbox[0].subject == "4 new leads"
        LeadFactory.create(owner=agent.user, assigned_at=LATER)
        assert run(LATER + timedelta(minutes=3)) == 0
        assert run(LATER + GAP + timedelta(seconds=1)) == 1

    def test_looking_costs_the_same_for_one_lead_and_for_fifty(self, agent: Agent) -> None:
        costs = []
        for count in (1, 49):
            LeadFactory.create_batch(count, owner=agent.user, assigned_at=CAME)
            with CaptureQueriesContext(connection) as asked:
                note_unseen(now=LATER)
            costs.append(len(asked))
            Notice.objects.all().delete()
        assert costs[0] == costs[1]


@pytest.mark.django_db
class TestTrouble:
    def test_a_server_that_is_away_is_tried_again_and_then_given_up(self, lead: Lead) -> None:
        moment = LATER
        with patch.object(EmailBackend, "open", side_effect=ConnectionRefusedError):
            for _ in range(MOST_TRIES + 2):
                run(moment)
                moment = Notice.objects.get().due_at
        notice = Notice.objects.get()
        assert (notice.state, notice.attempts, notice.error) == (
            "failed",
            MOST_TRIES,
            "ConnectionRefusedError",
        )
        assert run(moment) == 0

    def test_a_refusal_is_tried_again(self, lead: Lead) -> None:
        with patch.object(EmailBackend, "send_messages", side_effect=SMTPDataError(451, b"later")):
            run()
        assert states() == [PersonMailState.WAITING]
        assert run(LATER + timedelta(minutes=3)) == 1

    def test_a_mail_that_may_have_gone_out_is_never_sent_again(self, lead: Lead) -> None:
        with patch.object(EmailBackend, "send_messages", side_effect=SMTPServerDisconnected):
            run()
        assert states() == [PersonMailState.UNKNOWN]
        assert run(LATER + timedelta(minutes=30)) == 0

    def test_a_claim_whose_process_died_is_not_sent_again(self, lead: Lead) -> None:
        NoticeFactory.create(
            lead=lead, user=lead.owner, state="sending", claimed_at=LATER - timedelta(minutes=6)
        )
        assert run() == 0
        assert states() == [PersonMailState.UNKNOWN]


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_send_each_mail_once(agent: Agent, teammate: Agent, shipped_rows: None) -> None:
    for owner in (agent.user, teammate.user):
        LeadFactory.create_batch(5, owner=owner, assigned_at=CAME)

    def sweep(_: int) -> int:
        try:
            return run()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(sweep, range(8)))

    told = Notice.objects.filter(state=PersonMailState.SENT)
    assert told.count() == 10
    assert {letter.to[0] for letter in mail.outbox} == {agent.user.email, teammate.user.email}
    assert sum(letter.body.count("/leads/A-") for letter in mail.outbox) == 10
