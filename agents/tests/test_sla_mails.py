"""Mails about leads that wait: to the pool's manager, and to owners who have no page open."""

from datetime import time

import pytest
from django.core import mail
from django.urls import reverse

from agents.models import LastLink, Pool, SlaEvent
from agents.sla.mail import send_sla_mails
from agents.tests.arrivals import NOW, arrive
from agents.tests.test_sla_chain import later, member, run, steps, touch
from intake.models import Lead, Source
from leadcrm.testing.factories import (
    AgentHoursFactory,
    NoticeMarkFactory,
    NoticeSettingsFactory,
    PoolFactory,
    SourceFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> Source:
    return SourceFactory.create(vertical__line="life")


@pytest.fixture
def pool() -> Pool:
    return PoolFactory.create(name="Texas", last_link=LastLink.WAIT)


def test_a_mail_server_that_is_out_of_reach_is_asked_again_later(
    source: Source, pool: Pool, settings: object
) -> None:
    Pool.objects.update(sla_person=UserFactory.create())
    member(pool)
    steps(pool, manager=5)
    arrive(source)
    run(5)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"  # type: ignore[attr-defined]
    settings.EMAIL_PORT = 1  # type: ignore[attr-defined]
    assert send_sla_mails(now=later(5)) == 0
    event = SlaEvent.objects.get()
    assert (event.mail_state, event.mail_attempts, event.mail_due_at) == ("waiting", 1, later(6))


def test_an_owner_without_an_open_page_is_reminded_by_mail_that_names_nobody(
    source: Source, pool: Pool
) -> None:
    agent = member(pool)
    steps(pool, nudge=3)
    lead, _ = arrive(source, first_name="Ada", last_name="Fresh")
    run(3)
    assert send_sla_mails(now=later(3)) == 1
    assert send_sla_mails(now=later(4)) == 0
    (letter,) = mail.outbox
    assert letter.to == [agent.user.email]
    assert letter.subject.startswith(f"A-{lead.pk}: waits for your call")
    assert "untouched for 3 working minutes" in letter.body
    assert reverse("lead", args=[lead.pk]) in letter.body
    assert "Ada" not in letter.body
    assert "Fresh" not in letter.body


@pytest.mark.parametrize(
    "why", ["page_open", "not_wanted", "quiet"], ids=["page open", "mail not wanted", "off duty in quiet"]
)
def test_who_has_a_page_open_or_wants_no_mail_is_reminded_on_the_pages_alone(
    source: Source, pool: Pool, why: str
) -> None:
    agent = member(pool)
    if why == "page_open":
        NoticeMarkFactory.create(user=agent.user, seen_at=later(2.5))
    elif why == "not_wanted":
        NoticeSettingsFactory.create(user=agent.user, email=False)
    steps(pool, nudge=3)
    arrive(source)
    if why == "quiet":  # the step was due while at work; the sweep comes when the day is over
        NoticeSettingsFactory.create(user=agent.user, quiet=True)
        AgentHoursFactory.create(
            agent=agent,
            weekday=NOW.weekday(),
            starts_at=time(0),
            ends_at=later(3).astimezone(agent.zone).time(),
        )
        run(4)
    else:
        run(3)
    assert SlaEvent.objects.get().mail_state == "none"
    assert send_sla_mails(now=later(4)) == 0
    assert mail.outbox == []


def test_a_reminder_that_could_not_be_sent_in_time_is_not_sent_once_the_lead_is_called(
    source: Source, pool: Pool
) -> None:
    member(pool)
    steps(pool, nudge=3)
    lead, _ = arrive(source)
    run(3)
    touch(Lead.objects.get(pk=lead.pk), later(4))
    assert send_sla_mails(now=later(5)) == 0
    assert mail.outbox == []
    assert (SlaEvent.objects.get().mail_state, SlaEvent.objects.get().mail_error) == (
        "none",
        "Not needed any more",
    )
