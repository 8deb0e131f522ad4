"""Sweeps at once, arrivals meanwhile, agents who call in the very moment: each step once, balances exact."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import Sum

from agents.casework import log_communication
from agents.models import (
    Assignment,
    Balance,
    Channel,
    Direction,
    LastLink,
    MailState,
    SlaAct,
    SlaEvent,
)
from agents.sla.mail import send_sla_mails
from agents.sla.sweep import pass_sla_steps
from agents.tests.arrivals import NOW, arrive, unsaved_lead
from agents.tests.test_assign_races import assign_and_write, licensed
from intake.models import Lead
from leadcrm.testing.factories import (
    PoolFactory,
    SlaEventFactory,
    SlaStepFactory,
    SourceFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calling_rules")]
DUE = NOW + timedelta(minutes=5)


def on_own_connection(work: object) -> int:
    try:
        return int(work() or 0)  # type: ignore[operator]
    finally:
        connection.close()


def test_sweeps_and_arrivals_at_once_take_each_step_once_and_keep_the_balances() -> None:
    source = SourceFactory.create(vertical__line="life")
    pool = PoolFactory.create(last_link=LastLink.WAIT, pause_after=None)
    for weight in (1, 2, 3, 5):
        licensed(pool, weight, daily_cap=200)
    SlaStepFactory.create(pool=pool, act=SlaAct.HAND_ON, after_minutes=5)
    leads = [arrive(source)[0] for _ in range(30)]
    fresh = [unsaved_lead(source) for _ in range(30)]
    with ThreadPoolExecutor(12) as threads:
        sweeps = [threads.submit(on_own_connection, lambda: pass_sla_steps(now=DUE)) for _ in range(6)]
        posts = [
            threads.submit(on_own_connection, lambda lead=lead: assign_and_write(lead)) for lead in fresh
        ]
        taken = sum(each.result() for each in sweeps)
        for post in posts:
            post.result()
    taken += pass_sla_steps(now=DUE)
    handed = Assignment.objects.filter(kind="hand_on", lead__in=[lead.pk for lead in leads])
    assert Counter(handed.values_list("lead", flat=True)) == {lead.pk: 1 for lead in leads}
    assert SlaEvent.objects.filter(kind="hand_on").count() == taken
    assert Balance.objects.aggregate(total=Sum("owed"))["total"] == 0
    assert not Balance.objects.filter(owed__lte=-1_000_000_000).exists()


def test_a_call_in_the_moment_of_the_hand_on_is_either_in_time_or_too_late_never_both() -> None:
    source = SourceFactory.create(vertical__line="life")
    pool = PoolFactory.create(last_link=LastLink.WAIT, pause_after=None)
    for _ in range(3):
        licensed(pool, 1)
    SlaStepFactory.create(pool=pool, act=SlaAct.HAND_ON, after_minutes=5)
    leads = [Lead.objects.get(pk=arrive(source)[0].pk) for _ in range(20)]

    def call(lead: Lead) -> None:
        log_communication(
            lead=lead, channel=Channel.CALL, direction=Direction.OUT, author=lead.owner, outcome="", body="",
            request_id=uuid4(), now=DUE,
        )  # fmt: skip

    with ThreadPoolExecutor(10) as threads:
        calls = [threads.submit(on_own_connection, lambda lead=lead: call(lead)) for lead in leads]
        sweeps = [threads.submit(on_own_connection, lambda: pass_sla_steps(now=DUE)) for _ in range(3)]
        for each in (*calls, *sweeps):
            each.result()
    assert Lead.objects.filter(touched_at=DUE).count() == 20
    assert pass_sla_steps(now=DUE + timedelta(hours=1)) == 0
    for lead in leads:
        moved = SlaEvent.objects.filter(lead=lead, lapsed=True).exists()
        assert (Lead.objects.get(pk=lead.pk).owner_id != lead.owner_id) == moved


def test_two_that_send_at_once_send_each_mail_once(mailoutbox: list[object]) -> None:
    for _ in range(12):
        owner = UserFactory.create()  # whom a reminder goes to
        SlaEventFactory.create(
            lead__owner=owner, mail_to=owner, mail_state=MailState.WAITING, mail_due_at=NOW
        )
    with ThreadPoolExecutor(4) as threads:
        sent = list(threads.map(lambda _: on_own_connection(lambda: send_sla_mails(now=NOW)), range(4)))
    assert sum(sent) == len(mailoutbox) == 12
    assert set(SlaEvent.objects.values_list("mail_state", flat=True)) == {"sent"}
