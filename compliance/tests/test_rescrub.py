"""Open leads are asked about again when a list has a newer version: what becomes listed leaves the queue."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.utils import timezone

from compliance import rescrub as module
from compliance.dnc.refusals import ImportRefusedError
from compliance.listed import became_listed
from compliance.models import CheckSetting, DncList, ListedLead, ListKind, RescrubRun
from compliance.rescrub import last_run, rescrub
from compliance.tests.dnc_support import changes, full
from intake.lifecycle import move_lead
from intake.models import Lead, LeadStatus
from leadcrm.testing.door import Door, at_once
from leadcrm.testing.factories import (
    CheckSettingFactory,
    DecisionFactory,
    DncListFactory,
    LeadFactory,
)

pytestmark = pytest.mark.django_db
FIRST, SECOND, OTHER = "2145550111", "2145550122", "9185550133"
OCTOBER, NOVEMBER, LATER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 11, 8)
NOW = timezone.now().replace(microsecond=0)
YESTERDAY = NOW - timedelta(days=1)


def lead(phone: str = FIRST, phone_2: str = "", *, bought: datetime = YESTERDAY, **fields: Any) -> Lead:
    """An open lead in Texas, bought yesterday."""
    second = f"+1{phone_2}" if phone_2 else ""
    return LeadFactory.create(phone=f"+1{phone}", phone_2=second, received_at=bought, **fields)


def run(minutes: int = 0, **more: Any) -> RescrubRun:
    """A re-scrub `minutes` from now, that had something to ask."""
    done = rescrub(now=NOW + timedelta(minutes=minutes), **more)
    assert done is not None
    return done


def entries() -> list[tuple[int, str, str, str]]:
    """Every entry: lead, number, list, and why it was closed."""
    rows = ListedLead.objects.order_by("pk").values_list("lead", "phone", "dnc_list__code", "cleared_why")
    return [(lead_id, phone[2:], code, why) for lead_id, phone, code, why in rows]


def queue() -> set[int]:
    """Leads that may be called."""
    return set(Lead.objects.filter(~became_listed()).values_list("pk", flat=True))


def test_a_lead_listed_by_a_change_list_leaves_the_queue_and_comes_back_when_it_is_taken_off() -> None:
    full(["2145559999"], on=OCTOBER)
    mine, twin = lead(FIRST, SECOND), lead("2145550144")
    first = run()
    assert (first.leads, first.listed, queue()) == (2, 0, {mine.pk, twin.pk})
    changes(f"214,5550122,A,{NOVEMBER}\n", on=NOVEMBER)
    second = run(1)
    assert (second.leads, second.listed, second.cleared, second.error) == (2, 1, 0, "")
    assert entries() == [(mine.pk, SECOND, "national", "")]
    assert queue() == {twin.pk}
    row = ListedLead.objects.get(lead=mine)
    assert (row.version_id, row.found_at) == (second.versions["national"], NOW + timedelta(minutes=1))
    changes(f"214,5550122,D,{LATER}\n", on=LATER)
    assert run(2).cleared == 1
    assert entries() == [(mine.pk, SECOND, "national", "unlisted")]
    assert queue() == {mine.pk, twin.pk}


def test_repeating_it_changes_nothing_and_asks_nothing() -> None:
    full([FIRST])
    lead()
    run()
    before = list(ListedLead.objects.values())
    assert rescrub(now=NOW + timedelta(minutes=1)) is None
    assert run(2, every_list=True).listed == 0
    assert list(ListedLead.objects.values()) == before


def test_a_list_of_a_state_is_asked_for_leads_of_that_state() -> None:
    full([FIRST, OTHER], code="state_tx")
    mine = lead(FIRST)
    lead(OTHER, state="OK")
    run()
    assert entries() == [(mine.pk, FIRST, "state_tx", "")]


def test_closed_leads_are_not_asked_and_a_lead_that_is_closed_is_cleared() -> None:
    full([FIRST, SECOND])
    lead(SECOND, status=LeadStatus.LOST)
    mine = lead(FIRST)
    assert run().listed == 1
    move_lead(lead=mine, to=LeadStatus.LOST, reason="", actor=None, now=NOW)
    assert run(1).cleared == 1
    assert entries() == [(mine.pk, FIRST, "national", "closed")]


def test_a_lead_that_is_opened_again_is_asked_though_no_list_is_newer() -> None:
    full([FIRST])
    mine = lead(status=LeadStatus.LOST)
    run()
    again = NOW + timedelta(hours=2)
    move_lead(lead=mine, to=LeadStatus.CONTACTED, reason="", actor=None, now=again)
    assert run(125).leads == 1
    assert entries() == [(mine.pk, FIRST, "national", "")]


def test_a_lead_bought_while_a_list_was_switched_is_asked_by_the_next_run() -> None:
    full([FIRST])
    run()
    mine = lead(
        bought=NOW - timedelta(minutes=5)
    )  # decided on the version before, committed after the run read
    assert run(1).listed == 1
    assert entries()[0][0] == mine.pk


def test_a_list_that_is_switched_off_holds_nobody_back() -> None:
    full([FIRST])
    mine = lead()
    run()
    DncList.objects.update(active=False)
    assert run(1).cleared == 1
    assert entries() == [(mine.pk, FIRST, "national", "not_asked")]
    DncList.objects.update(active=True)
    assert run(2).listed == 1


def test_an_area_code_no_longer_held_clears_nobody() -> None:
    DncListFactory.create(code="national", by_area_code=True)
    full([FIRST, OTHER], on=OCTOBER)
    lead(OTHER)
    assert run().listed == 1
    full([FIRST], on=NOVEMBER, confirm=True)
    assert run(1).cleared == 0


@pytest.mark.parametrize("setting", [
    {"mode": "off"}, {"mode": "observe"}, {"params": {"national": False}},
])  # fmt: skip
def test_a_source_that_takes_listed_people_keeps_them(setting: dict[str, Any]) -> None:
    full([FIRST])
    mine = lead()
    CheckSettingFactory.create(source=mine.source, check_name="suppression", **setting)
    assert (run().listed, queue()) == (0, {mine.pk})
    CheckSetting.objects.all().delete()
    # Asked again, though the list is no newer: the source wants to know now.
    assert (run(1).listed, queue()) == (1, set())
    CheckSettingFactory.create(source=mine.source, check_name="suppression", **setting)
    assert (run(2).cleared, queue()) == (1, {mine.pk})


def test_what_was_known_when_the_lead_was_bought_is_no_news() -> None:
    full([FIRST])
    mine = lead()
    said = {"code": "national", "state": "listed", "phone": 1, "version": 1}
    DecisionFactory.create(
        submission=mine.submission, outcome="held", checks=[{"check": "suppression", "lists": [said]}]
    )
    assert run().listed == 0


def test_a_lead_bought_by_the_front_door_while_clear_is_found(door: Door) -> None:
    DncListFactory.create(code="national")
    full(["2145559999"], on=OCTOBER, now=NOW)
    reply = door.post(phone="2145552222")
    assert reply.outcome == "accepted"
    full(["2145559999", "2145552222"], on=NOVEMBER, now=NOW)
    run()
    assert entries() == [(reply.lead.pk, "2145552222", "national", "")]


@pytest.mark.parametrize(
    ("day", "wanted", "listed"),
    [(OCTOBER, True, 0), (NOVEMBER, True, 1), (NOVEMBER, False, 0)],
)
def test_a_reassigned_number_counts_from_the_consent_on_where_it_is_wanted(
    day: date, wanted: bool, listed: int
) -> None:
    DncListFactory.create(code="reassigned", kind=ListKind.REASSIGNED)
    full([FIRST], code="reassigned", on=day)
    mine = lead(generated_at=datetime.fromisoformat("2026-10-15T12:00:00Z"))
    CheckSettingFactory.create(source=mine.source, check_name="suppression", params={"reassigned": wanted})
    assert run().listed == listed


def test_batches_cover_every_lead_once() -> None:
    numbers = [f"21455501{n:02d}" for n in range(23)]
    full(numbers)
    leads = [lead(number).pk for number in numbers]
    done = run(batch=5)
    assert (done.leads, done.listed) == (23, 23)
    assert {row[0] for row in entries()} == set(leads)


@pytest.mark.django_db(transaction=True)
def test_a_run_that_breaks_keeps_what_it_found_and_the_next_one_asks_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    full([FIRST])
    mine = lead()
    with monkeypatch.context() as broken:
        broken.setattr(module, "OPEN_LISTINGS", "SELECT 1 / 0")
        with pytest.raises(DatabaseError):
            rescrub(now=NOW)
    (failed,) = RescrubRun.objects.all()
    assert (failed.error, failed.listed, last_run()) == ("DataError", 1, None)
    again = run(1)
    assert (again.leads, again.listed) == (1, 0)
    assert entries() == [(mine.pk, FIRST, "national", "")]


def test_the_command_tells_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    full([FIRST])
    lead()
    call_command("rescrub")
    told = capsys.readouterr().out
    assert "Open leads asked: 1, in" in told
    assert "Entries found: 1, closed: 0, open now: 1." in told
    call_command("rescrub")
    assert "Nothing to ask" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_two_at_once_write_each_entry_once() -> None:
    full([FIRST, SECOND])
    for _ in range(30):
        lead(FIRST, SECOND)
    done = at_once(4, lambda n: rescrub(now=NOW, batch=7))
    assert sum(each is not None for each in done) >= 1
    assert ListedLead.objects.count() == 60
    assert sum(each.listed for each in done if each) == 60


@pytest.mark.django_db(transaction=True)
def test_an_import_during_a_run_is_asked_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    full([OTHER], on=OCTOBER)
    mine = lead()
    find = module._Work.find

    def and_import(work: Any) -> None:
        find(work)
        full([OTHER, FIRST], on=NOVEMBER)

    with monkeypatch.context() as patched:
        patched.setattr(module._Work, "find", and_import)
        assert run().listed == 0
    assert run(1).listed == 1
    assert entries() == [(mine.pk, FIRST, "national", "")]


@pytest.mark.django_db(transaction=True)
def test_while_one_runs_another_leaves_at_once() -> None:
    full([FIRST])
    lead()
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [module._LOCK])
        assert rescrub(now=NOW) is None
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [module._LOCK])
    finally:
        other.close()
    assert run(1).listed == 1


def test_a_file_that_is_refused_changes_nothing_for_open_leads() -> None:
    full([FIRST], on=OCTOBER)
    mine = lead(FIRST, SECOND)
    run()
    with pytest.raises(ImportRefusedError):
        changes(f"214,5550122,A,{NOVEMBER}\n(214) 555-0111 maybe\n", on=NOVEMBER)
    assert rescrub(now=NOW + timedelta(minutes=1)) is None
    assert entries() == [(mine.pk, FIRST, "national", "")]
