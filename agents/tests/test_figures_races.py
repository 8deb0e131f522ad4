"""Figures while people work: a row that is committed late is not missed, and jobs at once come to the same end."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from threading import Event
from uuid import uuid4

import pytest
from django.db import connection, transaction

from agents.casework import log_communication
from agents.figures.noting import OVERLAP
from agents.figures.update import keep_figures, rebuild
from agents.models import Channel, CohortFigures, Direction, FigureDue
from agents.tests.figures_support import START, Agency, day_of, exact_cohorts, kept_cohorts
from agents.tests.test_figures import assert_kept_is_exact
from intake.models import Lead
from leadcrm.testing.factories import LeadFactory, UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shipped_rows")]


def talk(lead: Lead) -> None:
    log_communication(
        lead=lead, channel=Channel.CALL, direction=Direction.OUT, author=lead.owner, outcome="spoke", body="",
        request_id=uuid4(), now=START, plan=False,
    )  # fmt: skip


def test_a_call_that_is_committed_after_a_later_one_was_read_is_counted() -> None:
    slow, quick = LeadFactory.create_batch(2, owner=UserFactory.create(), received_at=START)
    keep_figures(now=START)
    written, may_commit = Event(), Event()

    def call_slowly() -> None:
        try:
            with transaction.atomic():
                talk(slow)
                written.set()
                may_commit.wait(20)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        late = threads.submit(call_slowly)
        assert written.wait(20)
        talk(quick)
        keep_figures(now=START + OVERLAP + timedelta(minutes=1))
        assert sum(CohortFigures.objects.values_list("contacted", flat=True)) == 1
        may_commit.set()
        late.result()
    keep_figures(now=START + OVERLAP + timedelta(minutes=2))
    assert sum(CohortFigures.objects.values_list("contacted", flat=True)) == 2
    assert kept_cohorts() == exact_cohorts()


def test_jobs_rebuilds_and_people_at_once_end_with_exact_figures() -> None:
    agency = Agency(Random(31))
    agency.live(60)
    keep_figures(now=agency.now)
    leads = list(Lead.objects.exclude(owner=None).select_related("owner"))
    first, last = day_of(START), day_of(agency.now)

    def keep(_: int) -> None:
        keep_figures(now=agency.now)

    def anew(_: int) -> None:
        rebuild(first=first, last=last, told=lambda _: None)

    def work(number: int) -> None:
        for lead in leads[number::4]:
            talk(Lead.objects.select_related("owner").get(pk=lead.pk))

    def on_own_connection(job: object, number: int) -> None:
        try:
            job(number)  # type: ignore[operator]
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as threads:
        jobs = [(act, n) for n in range(4) for act in (work, keep, anew)]
        for done in [threads.submit(on_own_connection, act, n) for act, n in jobs]:
            done.result()
    while not keep_figures(now=agency.now + timedelta(minutes=1)):
        pass
    assert not FigureDue.objects.exists()
    assert_kept_is_exact()
