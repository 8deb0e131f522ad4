"""All evidence is verified every night, and whoever looks in the morning sees what was found."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.evidence import checking
from compliance.evidence.checking import check_evidence
from compliance.models import Decision, EvidenceBatch, EvidenceCheck, EvidenceLeaf, EvidencePending
from compliance.tasks import check_evidence as task
from compliance.tests.evidence_support import decisions, run, seal
from leadcrm.lib.alone import alone
from leadcrm.models import User
from leadcrm.testing.altering import altering

pytestmark = pytest.mark.django_db


@pytest.fixture
def sealed(db: None) -> list[Decision]:
    """All that is there, among it six decisions, sealed in batches."""
    rows = decisions(6)
    seal(batch=500)
    return rows


def change(row: Decision) -> None:
    with altering(Decision, silently=True):
        run("UPDATE compliance_decision SET reason = 'other' WHERE id = %s", row.pk)


def desk(client: Client, reviewer: User) -> str:
    client.force_login(reviewer)
    return client.get(reverse("admin:page_compliance_desk")).text


def test_a_night_in_which_all_agrees_is_recorded(
    client: Client, reviewer: User, sealed: list[Decision]
) -> None:
    task()

    row = EvidenceCheck.objects.get()
    assert (row.found, row.findings, row.error) == (0, [], "")
    assert row.rows == EvidenceLeaf.objects.count()
    assert row.head_number == EvidenceBatch.objects.count()
    assert f"all {row.rows:,} rows agree" in desk(client, reviewer)


def test_a_row_changed_behind_our_back_stands_on_the_desk_the_next_morning(
    client: Client, reviewer: User, sealed: list[Decision]
) -> None:
    change(sealed[2])

    row = check_evidence(now=timezone.now())

    assert row
    assert row.found == 1
    text = desk(client, reviewer)
    assert "1 thing does not agree" in text
    assert f"decision {sealed[2].pk}" in text
    assert "1 do not agree" in client.get(reverse("admin:compliance_evidencecheck_changelist")).text


def test_all_is_counted_though_only_the_first_is_named(
    monkeypatch: pytest.MonkeyPatch, sealed: list[Decision]
) -> None:
    monkeypatch.setattr(checking, "NAMED", 2)
    for row in sealed[:4]:
        change(row)

    found = check_evidence(now=timezone.now())

    assert found
    assert (found.found, len(found.findings)) == (4, 2)


def test_a_chain_cut_off_since_last_night_does_not_agree(sealed: list[Decision]) -> None:
    check_evidence(now=timezone.now())
    with altering(EvidenceBatch, EvidenceLeaf, Decision, silently=True):
        for row in sealed:
            run("DELETE FROM compliance_evidenceleaf WHERE kind = 'decision' AND row_id = %s", str(row.pk))
        run("DELETE FROM compliance_evidenceleaf")
        run("DELETE FROM compliance_evidencebatch")

    found = check_evidence(now=timezone.now() + timedelta(days=1))

    assert found
    assert any("of which an exported head tells" in finding for finding in found.findings)


def test_a_check_that_breaks_says_so_and_is_no_success(
    client: Client, reviewer: User, sealed: list[Decision], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(checking, "verify_evidence", broken)
    with pytest.raises(MemoryError):
        check_evidence(now=timezone.now())

    assert EvidenceCheck.objects.get().error == "MemoryError"
    assert "broke: MemoryError" in desk(client, reviewer)


def test_that_nobody_checked_for_days_is_said(client: Client, reviewer: User, sealed: list[Decision]) -> None:
    EvidencePending.objects.all().delete()
    check_evidence(now=timezone.now() - timedelta(days=3))

    assert "the nightly check is missing" in desk(client, reviewer)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_one(calling_rules: None) -> None:
    import threading

    results: list[EvidenceCheck | None] = []

    def second() -> None:
        from django.db import connection

        try:
            results.append(check_evidence(now=timezone.now()))
        finally:
            connection.close()

    with alone(checking._LOCK) as mine:
        assert mine
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()

    assert results == [None]
    assert not EvidenceCheck.objects.exists()
