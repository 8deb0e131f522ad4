"""Files of leads go the road of posts, line by line, and say of each line what came of it."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone

from agents.assignment.waiting import assign_waiting
from agents.models import Agent, Assignment, SlaClock
from agents.notices import unseen
from compliance.models import CapUse, Certificate, CheckSetting, Decision
from intake.imports import working
from intake.imports.results import decision_of, untaken_csv
from intake.imports.running import cancel_import, pause_import, resume_import, start_dry_run
from intake.imports.working import carry_one
from intake.models import (
    FieldRule,
    ImportGive,
    ImportKey,
    Lead,
    LeadImport,
    SourceStatus,
    Submission,
    WebhookEvent,
)
from intake.receive import receive_lead
from intake.redecide import redecide
from intake.tests.imports_support import ENQUIRED, as_csv, dry_run, person, ready, results, run, start, work
from leadcrm.testing.door import Door
from leadcrm.testing.factories import CapFactory, SlaStepFactory, WebhookEndpointFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def door(door: Door) -> Door:
    """A source that takes made-up numbers as if they were live."""
    door.source.demo = True
    door.source.save()
    return door


def people(how_many: int, first: int = 101) -> list[dict[str, str]]:
    return [person(number) for number in range(first, first + how_many)]


def test_each_line_becomes_a_lead_or_says_which_column_is_wrong_and_why(door: Door) -> None:
    row = run(ready(door.source, as_csv([person(101), person(102, Mobile="12"), person(103)])))
    assert (row.state, row.seen, row.counts) == ("done", 3, {"accepted": 2, "rejected": 1})
    found = results(row)
    assert found[3].reasons == ["invalid_phone"]
    column, code, words = found[3].faults[0]
    assert (column, code) == ("Mobile", "invalid_phone")
    assert words
    lead = Lead.objects.get(last_name="Person101")
    assert found[2].submission.lead_number == lead.pk
    assert lead.extra == {"Shoe size": "9"}
    assert lead.consent.given_at.date().isoformat() == ENQUIRED
    assert Decision.objects.count() == Submission.objects.count() == 3


def test_a_dry_run_says_the_same_and_writes_nothing_else(door: Door) -> None:
    row = dry_run(ready(door.source, as_csv([person(101), person(102, Mobile="12"), person(103)])))
    assert (row.state, row.dry_counts["outcomes"]) == ("ready", {"accepted": 2, "rejected": 1})
    tried = {line: (each.outcome, each.reasons, each.faults) for line, each in results(row, dry=True).items()}
    assert not Submission.objects.exists()
    assert not Decision.objects.exists()
    run(row)
    assert {line: (e.outcome, e.reasons, e.faults) for line, e in results(row).items()} == tried


def test_a_line_without_a_date_is_not_made_an_enquiry_of_today(door: Door) -> None:
    row = run(ready(door.source, as_csv([person(101, Created=""), person(102)])))
    assert results(row)[2].faults == [["Created", "missing_field", "A line must say when its lead was made."]]
    assert results(row)[3].outcome == "accepted"


def test_a_person_twice_in_a_file_is_a_duplicate_as_in_posts(door: Door) -> None:
    CheckSetting.objects.filter(check_name="duplicate").delete()
    row = run(ready(door.source, as_csv([person(101), person(101)])))
    assert [each.reasons for each in results(row).values()] == [[], ["duplicate"]]


def test_old_leads_come_quietly_and_wait_for_a_person_to_give_them_out(door: Door, agent: Agent) -> None:
    SlaStepFactory.create(pool=agent.memberships.get().pool)
    WebhookEndpointFactory.create(vendor=door.source.vendor)
    cap = CapFactory.create(source=door.source, limit=1)
    row = run(ready(door.source, as_csv(people(3))), price=Decimal(0))
    assert row.counts == {"accepted": 3}
    assert Lead.objects.filter(price=0, owner=None, backlog=True).count() == 3
    assert assign_waiting(now=timezone.now()) == 0
    assert not CapUse.objects.filter(cap=cap).exists()
    assert not (WebhookEvent.objects.exists())
    assert not (SlaClock.objects.exists())
    assert not (Certificate.objects.exists())


def test_a_share_goes_to_licensed_agents_only_and_nobody_is_told(door: Door, agent: Agent) -> None:
    mixed = [*people(2), person(103, State="CA")]
    row = run(ready(door.source, as_csv(mixed)), give=ImportGive.SHARE)
    assert row.counts == {"accepted": 3}
    texans = Lead.objects.filter(state="TX")
    assert {lead.owner for lead in texans} == {agent.user}
    assert "is licensed" in Lead.objects.get(state="CA").unassigned_why
    assert not unseen(timezone.now() - timedelta(hours=1)).exists()
    assert not Assignment.objects.exists()


def test_one_agent_gets_all_leads_but_those_of_states_without_a_license(door: Door, teammate: Agent) -> None:
    row = run(
        ready(door.source, as_csv([person(101), person(102, State="CA")])),
        give=ImportGive.PERSON, owner=teammate.user,
    )  # fmt: skip
    assert row.counts == {"accepted": 2}
    assert list(Lead.objects.order_by("pk").values_list("owner", flat=True)) == [teammate.user_id, None]


def test_fresh_leads_of_a_file_are_given_by_turn_at_the_price_of_the_contract(
    door: Door, agent: Agent
) -> None:
    CapFactory.create(source=door.source, limit=1)
    row = run(ready(door.source, as_csv(people(2))), give=ImportGive.TURN, price=None, count_caps=True)
    assert [each.reasons for each in results(row).values()] == [[], ["cap_reached"]]
    lead = Lead.objects.get()
    assert (lead.price, lead.owner, lead.backlog) == (door.source.price, agent.user, False)
    assert Assignment.objects.get().kind == "rotation"
    assert unseen(timezone.now() - timedelta(hours=1)).exists()


def test_a_held_line_keeps_its_terms_when_it_is_approved_later(door: Door) -> None:
    held = CheckSetting.objects.create(check_name="duplicate", source=door.source, mode="review")
    row = run(ready(door.source, as_csv([person(101), person(101)])), price=Decimal("1.50"))
    assert row.counts == {"accepted": 1, "held": 1}
    held.mode = "off"
    held.save()
    redecide(submission=results(row)[3].submission, actor=None, now=timezone.now())
    assert decision_of(results(row)[3]) == "accepted"
    lead = Lead.objects.latest("pk")
    assert (lead.price, lead.backlog, lead.owner) == (Decimal("1.50"), True, None)


def test_a_source_that_decides_in_the_background_takes_lines_at_once_and_at_any_hour(door: Door) -> None:
    door.source.mode = "background"
    door.source.save()
    assert run(ready(door.source, as_csv(people(1)))).counts == {"accepted": 1}


def test_a_pause_stops_after_the_lines_in_work_and_goes_on_there(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = ready(door.source, as_csv(people(120)))
    start(row)
    assert carry_one(import_id=row.pk)
    pause_import(import_id=row.pk)
    assert pause_import(import_id=row.pk).state == "paused"
    row = work(row)
    assert (row.state, row.seen, Lead.objects.count()) == ("paused", 50, 50)
    resume_import(import_id=row.pk, now=timezone.now())
    row = work(row)
    assert (row.state, row.seen, Lead.objects.count()) == ("done", 120, 120)
    with pytest.raises(ValidationError):
        resume_import(import_id=row.pk, now=timezone.now())


def test_a_cancelled_import_keeps_its_leads_and_says_of_the_rest_that_it_was_not_imported(door: Door) -> None:
    row = ready(door.source, as_csv(people(160)))
    start(row)
    carry_one(import_id=row.pk)
    cancel_import(import_id=row.pk, now=timezone.now())
    assert cancel_import(import_id=row.pk, now=timezone.now()).state == "cancelling"
    row = work(row)
    assert (row.state, row.done, Lead.objects.count()) == ("cancelled", 50, 50)
    assert row.counts == {"accepted": 50, "cancelled": 110}
    assert {line: each.outcome for line, each in results(row).items() if line in (51, 52, 161)} == {
        51: "accepted", 52: "cancelled", 161: "cancelled",
    }  # fmt: skip
    assert "Line 161: Not imported: cancelled" in list(untaken_csv(row, dry=False))[-1]
    assert cancel_import(import_id=row.pk, now=timezone.now()).state == "cancelled"


def test_an_import_that_is_cancelled_after_its_worker_died_says_of_each_line_what_is_true(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = ready(door.source, as_csv([*people(2), person(103, Mobile="12"), *people(57, first=104)]))
    start(row)
    die_before_line(6, monkeypatch)
    with pytest.raises(SystemExit):
        carry_one(import_id=row.pk)
    cancel_import(import_id=row.pk, now=timezone.now())
    row = work(row)
    assert (row.state, row.seen) == ("cancelling", 10), "a block may still be in a worker's hands"
    later = timezone.now() + working.LEASE * 2
    while carry_one(import_id=row.pk, clock=lambda: later):
        pass
    row.refresh_from_db()
    assert (row.state, row.counts) == ("cancelled", {"accepted": 4, "rejected": 1, "cancelled": 55})
    found = results(row)
    assert [found[line].outcome for line in (2, 3, 4, 5, 6, 7)] == [
        "accepted", "accepted", "rejected", "accepted", "accepted", "cancelled",
    ]  # fmt: skip
    assert found[4].faults[0][:2] == ["Mobile", "invalid_phone"]
    assert len(found) == 60
    assert Lead.objects.count() == 4


def test_a_worker_that_lost_its_block_to_another_takes_no_more_of_it(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = ready(door.source, as_csv(people(5)))
    start(row)
    times, calls = [timezone.now()], []

    def slow(**given: Any) -> Any:
        calls.append(given)
        if len(calls) == 2:  # the worker stands still; another goes through the block meanwhile
            times.append(times[0] + working.LEASE * 2)
            assert carry_one(import_id=row.pk, clock=lambda: times[-1])
        return receive_lead(**given)

    monkeypatch.setattr("intake.imports.taking.receive_lead", slow)
    carry_one(import_id=row.pk, clock=lambda: times[-1])
    assert len(calls) == 2 + 5
    row.refresh_from_db()
    assert (row.seen, row.counts, Lead.objects.count()) == (5, {"accepted": 5}, 5)


def die_before_line(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As kill does: nothing after this happens."""
    calls = []

    def dies(**given: Any) -> Any:
        calls.append(given)
        if len(calls) == number:
            raise SystemExit
        return receive_lead(**given)

    monkeypatch.setattr("intake.imports.taking.receive_lead", dies)


def test_a_dry_run_that_is_ended_leaves_nothing_that_looks_like_a_result(door: Door) -> None:
    row = dry_run(ready(door.source, as_csv(people(60))))
    assert row.dry_counts["lines"] == 60
    start_dry_run(import_id=row.pk, now=timezone.now())
    carry_one(import_id=row.pk)
    row = cancel_import(import_id=row.pk, now=timezone.now())
    assert (row.state, row.seen, row.dry_counts) == ("ready", 0, {})
    assert not ImportKey.objects.exists()
    assert dry_run(row).dry_counts["outcomes"] == {"accepted": 60}


def test_a_worker_that_dies_between_two_lines_costs_no_line_and_no_lead(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = ready(door.source, as_csv([*people(9), person(110, Mobile="12"), *people(10, first=111)]))
    start(row)
    calls = []

    def dies(**given: Any) -> Any:
        calls.append(given)
        if len(calls) == 13:
            raise SystemExit  # as kill does: nothing after this happens
        return receive_lead(**given)

    monkeypatch.setattr("intake.imports.taking.receive_lead", dies)
    with pytest.raises(SystemExit):
        carry_one(import_id=row.pk)
    row.refresh_from_db()
    assert (row.seen, Lead.objects.count()) == (0, 11)
    later = timezone.now() + working.LEASE * 2
    while carry_one(import_id=row.pk, clock=lambda: later):
        pass
    row.refresh_from_db()
    assert (row.state, row.seen, row.counts) == ("done", 20, {"accepted": 19, "rejected": 1})
    assert (Lead.objects.count(), Submission.objects.count()) == (19, 20)
    assert results(row)[11].faults[0][:2] == ["Mobile", "invalid_phone"]


@pytest.mark.parametrize("meanwhile", ["nothing", "a rule", "test mode"])
def test_a_line_is_bought_once_though_its_import_was_paused_for_weeks_in_the_middle_of_a_block(
    door: Door, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    row = ready(door.source, as_csv(people(6)))
    start(row)
    calls = []

    def dies(**given: Any) -> Any:
        calls.append(given)
        if len(calls) == 4:
            raise SystemExit
        return receive_lead(**given)

    monkeypatch.setattr("intake.imports.taking.receive_lead", dies)
    with pytest.raises(SystemExit):
        carry_one(import_id=row.pk)
    pause_import(import_id=row.pk)
    if meanwhile == "a rule":  # the lines are read otherwise from here
        FieldRule.objects.create(source=door.source, incoming="Shoe size", field="phone")
    later = timezone.now() + timedelta(days=45)
    resume_import(import_id=row.pk, now=later)
    if meanwhile == "test mode":
        type(door.source).objects.update(status=SourceStatus.TEST)
    while carry_one(import_id=row.pk, clock=lambda: later):
        pass
    row.refresh_from_db()
    assert (row.state, row.seen) == ("done", 6)
    numbers = [lead.last_name for lead in Lead.objects.order_by("pk")]
    assert len(numbers) == len(set(numbers)) >= 3
    assert [results(row)[line].submission.lead_number is not None for line in (2, 3, 4)] == [True] * 3
    if meanwhile != "test mode":
        assert (len(numbers), Submission.objects.count()) == (6, 6)


def test_an_import_that_no_decision_comes_about_in_pauses_by_itself(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = ready(door.source, as_csv(people(60)))
    monkeypatch.setattr("compliance.decision.build_lead", None)
    start(row)
    row = work(row)
    assert (row.state, row.counts) == ("paused", {"failed": 50})
    assert "no line could be decided" in row.error


@pytest.mark.parametrize(
    ("status", "words"), [(SourceStatus.TEST, "test mode"), (SourceStatus.PAUSED, "paused")]
)
def test_nothing_is_imported_for_a_source_that_takes_nothing(door: Door, status: str, words: str) -> None:
    row = ready(door.source, as_csv(people(1)))
    type(door.source).objects.update(status=status)
    with pytest.raises(ValidationError, match=words):
        start(row)


def test_a_file_without_a_column_for_what_every_line_needs_does_not_start(door: Door) -> None:
    row = ready(door.source, as_csv(people(1)))
    row.names = {}
    row.header = [name.replace("Mobile", "Gadget") for name in row.header]
    row.save()
    with pytest.raises(ValidationError, match="phone"):
        start(row)


def test_the_command_imports_a_file_and_writes_its_results(
    door: Door, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = tmp_path / "leads.csv", tmp_path / "results.csv"
    path.write_bytes(as_csv([person(101), person(102, Mobile="12")]))
    options = {"source": str(door.source.pk), "map": ["Created=lead_created_at"], "results": str(out)}
    call_command("import_leads", str(path), **options, dry_run=True)
    assert "accepted" in out.read_text()
    assert not Lead.objects.exists()
    call_command("import_leads", str(path), **options)
    lines = out.read_text().splitlines()
    assert lines[0] == "line,decision,reasons,lead,faults,post"
    assert lines[1].startswith(f"2,accepted,,A-{Lead.objects.get().pk},")
    assert lines[2].startswith("3,rejected,invalid_phone,,")
    assert "done" in capsys.readouterr().out
    with pytest.raises(CommandError, match="nothing to go on with"):
        call_command("import_leads", resume=LeadImport.objects.latest("pk").pk)


def test_the_command_refuses_a_broken_file_whole(door: Door, tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_bytes(b"phone,state\n5125550101\x00,TX\n")
    with pytest.raises(CommandError, match="zero byte"):
        call_command("import_leads", str(path), source=str(door.source.pk))
    assert not Submission.objects.exists()
    assert not FieldRule.objects.exists()
