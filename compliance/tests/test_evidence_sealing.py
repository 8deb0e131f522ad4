"""One process at a time seals what was noted: each row once, in small batches, however many try and die."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier, Event

import pytest
from django.db import connection, transaction
from django.utils import timezone

from compliance.evidence import sealing
from compliance.evidence.chain import GENESIS, export_head, hash_of
from compliance.evidence.kinds import KINDS, Kind
from compliance.models import Decision, EvidenceBatch, EvidenceLeaf, EvidencePending, Outcome
from compliance.tasks import seal_evidence
from compliance.tests.evidence_support import decisions, findings, make, run, seal
from intake.models import Submission
from leadcrm.celery import app
from leadcrm.testing.altering import altering
from leadcrm.testing.factories import SubmissionFactory


@pytest.mark.django_db
def test_batches_are_small_and_build_on_each_other() -> None:
    EvidencePending.objects.all().delete()
    rows = decisions(5)
    assert seal(batch=2) == 5
    first, second, third = EvidenceBatch.objects.order_by("number")
    assert [b.leaves for b in (first, second, third)] == [2, 2, 1]
    assert [bytes(b.previous) for b in (first, second, third)] == [
        GENESIS, bytes(first.hash), bytes(second.hash)
    ]  # fmt: skip
    assert all(hash_of(b) == bytes(b.hash) for b in (first, second, third))
    leaves = EvidenceLeaf.objects.order_by("batch", "position").values_list("row_id", flat=True)
    assert list(leaves) == [str(row.pk) for row in rows]
    assert not EvidencePending.objects.exists()
    assert seal() == 0
    assert EvidenceBatch.objects.count() == 3


@pytest.mark.django_db
def test_a_run_ends_after_so_many_batches_and_the_next_goes_on() -> None:
    EvidencePending.objects.all().delete()
    decisions(5)
    assert seal(batch=1, most=2) == 2
    assert EvidencePending.objects.count() == 3
    assert seal(batch=1) == 3


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_kind_is_sealed_and_verified(kind: Kind) -> None:
    row = make(kind)
    seal()
    assert EvidenceLeaf.objects.filter(kind=kind.name, row_id=str(row.pk)).exists()
    assert findings() == []


@pytest.mark.django_db
def test_a_row_that_is_noted_again_is_not_sealed_again() -> None:
    (row,) = decisions(1)
    seal()
    batches = EvidenceBatch.objects.count()
    EvidencePending.objects.create(kind="post decision", row_id=row.pk)
    EvidencePending.objects.create(kind="post decision", row_id=row.pk)
    assert seal() == 0
    assert (EvidenceBatch.objects.count(), EvidencePending.objects.count()) == (batches, 0)


@pytest.mark.django_db
def test_a_kind_of_a_later_version_waits_and_holds_nothing_up() -> None:
    EvidencePending.objects.all().delete()
    EvidencePending.objects.create(kind="of tomorrow", row_id="1")
    decisions(2)
    assert seal(batch=1) >= 2
    assert list(EvidencePending.objects.values_list("kind", flat=True)) == ["of tomorrow"]


@pytest.mark.django_db
def test_a_row_that_is_gone_before_it_is_sealed_is_named_by_every_verification() -> None:
    (row,) = decisions(1)
    with altering(Decision):
        run("DELETE FROM compliance_decision WHERE id = %s", row.pk)
    seal()
    assert [line for line in findings() if f"post decision {row.pk} " in line] == [
        f"row gone: post decision {row.pk} (batch 1) is gone"
    ]


@pytest.mark.django_db
def test_the_periodic_job_seals() -> None:
    decisions(1)
    job = app.conf.beat_schedule["seal-evidence"]
    assert job["task"] == seal_evidence.name
    seal_evidence()
    assert not EvidencePending.objects.exists()
    assert findings() == []


@pytest.mark.django_db
def test_the_head_tells_what_stands_behind_it() -> None:
    EvidencePending.objects.all().delete()
    now = timezone.now()
    assert export_head(now=now)["number"] == 0
    decisions(3)
    seal(batch=2)
    decisions(1)
    head = export_head(now=now)
    assert (head["number"], head["rows"], head["waiting"]) == (2, 3, 1)
    assert head["hash"] == bytes(EvidenceBatch.objects.get(number=2).hash).hex()


@pytest.fixture
def post(transactional_db: None) -> Submission:
    """A post to decide on, and no evidence yet."""
    made = SubmissionFactory.create()
    run("TRUNCATE compliance_callingrule, compliance_checklistrule")
    run("TRUNCATE compliance_configchange, compliance_evidencepending")
    return made


def decide(post: Submission) -> int:
    return Decision.objects.create(
        submission=post, outcome=Outcome.HELD, checks=[], decided_at=timezone.now(), ms=1
    ).pk


def test_two_sealers_at_once_make_one_chain(post: Submission) -> None:
    """And posts are decided all the while."""
    start = Barrier(5)

    def sealer() -> int:
        start.wait()
        done = sum(seal(batch=7) for _ in range(40))
        connection.close()
        return done

    def writer() -> list[int]:
        start.wait()
        made = [decide(post) for _ in range(60)]
        connection.close()
        return made

    with ThreadPoolExecutor(5) as pool:
        sealers = [pool.submit(sealer) for _ in range(3)]
        writers = [pool.submit(writer) for _ in range(2)]
        made = {pk for each in writers for pk in each.result()}
        sealed = sum(each.result() for each in sealers)
    sealed += seal()
    assert sealed == len(made) == 120
    leaves = EvidenceLeaf.objects.values_list("row_id", flat=True)
    assert sorted(leaves) == sorted(str(pk) for pk in made)
    assert findings() == []


def test_while_one_seals_another_leaves_it_to_that_one(post: Submission) -> None:
    decide(post)
    holds, done = Event(), Event()

    def holder() -> None:
        with transaction.atomic():
            sealing.wait_for_sealer()
            holds.set()
            done.wait(10)
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(holder)
        assert holds.wait(10)
        assert seal() == 0
        done.set()
        held.result()
    assert seal() == 1


def test_a_row_that_commits_late_is_sealed_late_and_not_passed_over(post: Submission) -> None:
    """The row with the lower id is committed after the one with the higher id was sealed."""
    inserted, sealed = Event(), Event()

    def slow() -> int:
        with transaction.atomic():
            made = decide(post)
            inserted.set()
            sealed.wait(10)
        connection.close()
        return made

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(slow)
        assert inserted.wait(10)
        quick = decide(post)
        assert seal() == 1
        sealed.set()
        late = waiting.result()
    assert late < quick
    assert findings() == []  # noted, not sealed yet, and not overdue
    assert seal() == 1
    assert list(EvidenceLeaf.objects.values_list("row_id", flat=True)) == [str(quick), str(late)]
    assert findings() == []


def test_a_sealer_that_dies_leaves_everything_to_the_next(
    post: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        decide(post)
    write, written = sealing._write_batch, []

    def dies(noted: list[tuple[str, str]], *, now: datetime) -> None:
        write(noted, now=now)
        written.append(noted)
        if len(written) == 2:
            raise SystemExit  # after the rows were written, before the commit

    monkeypatch.setattr(sealing, "_write_batch", dies)
    with pytest.raises(SystemExit):
        seal(batch=2)
    assert EvidenceBatch.objects.count() == 1
    assert EvidencePending.objects.count() == 3
    monkeypatch.undo()
    assert seal(batch=2) == 3
    assert findings() == []


def test_what_waits_too_long_is_told(post: Submission) -> None:
    decide(post)
    assert findings() == []
    later = timezone.now() + timedelta(minutes=11)
    (line,) = findings(now=later)
    assert line.startswith("unsealed: 1 of kind post decision")
