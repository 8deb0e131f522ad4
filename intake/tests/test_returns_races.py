"""Two people and one return: asked once, decided once, and the agent's turn given back once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum

from agents.models import Balance
from agents.tests.arrivals import unsaved_lead
from agents.tests.test_assign_races import assign_and_write, licensed
from intake.models import Lead, LeadEvent, Return, ReturnReason, ReturnState
from intake.returns.asking import ask_return
from intake.returns.deciding import AlreadyDecided, refuse_return, take_back
from intake.tests.returns_support import NOW, asked, returnable
from leadcrm.testing.factories import PoolFactory, ReturnTermFactory, SourceFactory

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 12


def at_once(work: Callable[[int], Any]) -> Counter[Any]:
    """What `work` came to in many threads at the same time, each with a connection of its own."""

    def on_own_connection(number: int) -> Any:
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(pool.map(on_own_connection, range(THREADS)))


def test_a_lead_that_many_ask_for_at_once_is_asked_once() -> None:
    lead = returnable()

    def ask(_: int) -> bool:
        mine = Lead.objects.get(pk=lead.pk)
        return ask_return(lead=mine, reason=ReturnReason.WRONG_NUMBER, note="", now=NOW).repeated

    assert at_once(ask) == {False: 1, True: THREADS - 1}
    assert Return.objects.count() == 1


def test_a_return_that_some_take_and_some_refuse_at_once_is_decided_once() -> None:
    lead = returnable()
    row = asked(lead)

    def decide(number: int) -> str:
        mine = Return.objects.get(pk=row.pk)
        try:
            if number % 2:
                return "refused" if refuse_return(row=mine, words="", by=None, now=NOW) else "again"
            return "taken" if take_back(row=mine, credit=None, words="", by=None, now=NOW) else "again"
        except AlreadyDecided:
            return "too late"

    said = at_once(decide)
    state = Return.objects.get().state
    assert said == {state: 1, "again": THREADS // 2 - 1, "too late": THREADS // 2}
    assert LeadEvent.objects.filter(lead=lead, new="returned").count() == (state == ReturnState.TAKEN)


def test_a_turn_comes_back_once_while_new_leads_arrive() -> None:
    source = SourceFactory.create(vertical__line="life")
    ReturnTermFactory.create(source=source, reason=ReturnReason.WRONG_NUMBER, days=365)
    pool = PoolFactory.create()
    for weight in (1, 2, 4):
        licensed(pool, weight)
    for _ in range(5):
        assign_and_write(unsaved_lead(source))
    before = dict(Balance.objects.values_list("agent", "owed"))
    lead = unsaved_lead(source)
    assign_and_write(lead)
    row = asked(Lead.objects.get(pk=lead.pk))

    at_once(lambda _: take_back(row=Return.objects.get(pk=row.pk), credit=None, words="", by=None, now=NOW))

    assert dict(Balance.objects.values_list("agent", "owed")) == before
    more = [unsaved_lead(source) for _ in range(THREADS)]
    rows = [asked(_written(unsaved_lead(source))) for _ in range(THREADS)]

    def arrive_and_return(number: int) -> None:
        assign_and_write(more[number])
        take_back(row=Return.objects.get(pk=rows[number].pk), credit=None, words="", by=None, now=NOW)

    at_once(arrive_and_return)
    assert Balance.objects.aggregate(total=Sum("owed")) == {"total": 0}
    assert Return.objects.filter(state=ReturnState.TAKEN).count() == THREADS + 1


def _written(lead: Lead) -> Lead:
    assign_and_write(lead)
    return Lead.objects.get(pk=lead.pk)
