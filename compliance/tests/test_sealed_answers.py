"""What services answered about a person is sealed in the database, read as it was, and in the chain as it was said."""

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from compliance.evidence.sealing import seal_pending
from compliance.evidence.verify import verify_evidence
from compliance.models import CertificateAnswer, ScrubAnswer
from leadcrm.lib.batch import Batch
from leadcrm.lib.sealed_json import UNOPENED
from leadcrm.testing.commands import answers
from leadcrm.testing.factories import CertificateAnswerFactory, ScrubAnswerFactory

pytestmark = pytest.mark.django_db
SAID = {"page": "https://example.com/quote", "ip": "192.0.2.7", "n": [1, None, 2.5]}


def stored(model: type[CertificateAnswer] | type[ScrubAnswer], column: str = "raw") -> str:
    """The column as it stands in the database."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column}::text FROM {model._meta.db_table}")
        return str(cursor.fetchone()[0])


def findings() -> list[str]:
    return [str(found) for found in verify_evidence(now=timezone.now())]


@pytest.mark.parametrize("factory", [CertificateAnswerFactory, ScrubAnswerFactory])
def test_an_answer_is_sealed_in_the_database_and_read_as_it_was(factory: Any) -> None:
    row = factory.create(raw=SAID)
    assert "example.com" not in stored(type(row))
    row.refresh_from_db()
    assert row.raw == SAID
    assert type(row).objects.values_list("raw", flat=True).get() == SAID


def test_rows_that_a_decision_writes_are_sealed_too() -> None:
    row = ScrubAnswerFactory.build(raw=SAID)
    batch = Batch()
    batch.insert(row)
    batch.flush()
    assert "example.com" not in stored(ScrubAnswer)
    assert ScrubAnswer.objects.get().raw == SAID


def test_nothing_said_stays_nothing() -> None:
    ScrubAnswerFactory.create(raw={})
    assert stored(ScrubAnswer) == "{}"


def test_a_new_key_seals_it_anew_and_the_chain_agrees(settings: Any) -> None:
    CertificateAnswerFactory.create(raw=SAID, asked={"phone": "x"})
    ScrubAnswerFactory.create(raw=SAID)
    seal_pending(now=timezone.now())
    before = stored(CertificateAnswer)
    settings.EVIDENCE_KEYS = (("new", bytes([1]) * 32), *settings.EVIDENCE_KEYS)
    assert answers("rotate_evidence_key", "--batch", "1") == {"sealed": 2, "unopened": {}}
    assert answers("rotate_evidence_key") == {"sealed": 0, "unopened": {}}
    settings.EVIDENCE_KEYS = settings.EVIDENCE_KEYS[:1]
    assert stored(CertificateAnswer) != before
    assert CertificateAnswer.objects.get().raw == SAID
    assert findings() == []


def test_what_was_stored_before_there_was_a_key_is_read_and_sealed_by_the_command(settings: Any) -> None:
    keys, settings.EVIDENCE_KEYS = settings.EVIDENCE_KEYS, ()
    ScrubAnswerFactory.create(raw=SAID)
    assert "example.com" in stored(ScrubAnswer)
    settings.EVIDENCE_KEYS = keys
    assert ScrubAnswer.objects.get().raw == SAID
    assert answers("rotate_evidence_key")["sealed"] == 1
    assert "example.com" not in stored(ScrubAnswer)


def test_without_its_key_it_says_so_and_nothing_breaks(settings: Any) -> None:
    ScrubAnswerFactory.create(raw=SAID)
    settings.EVIDENCE_KEYS = (("other", bytes([7]) * 32),)
    assert "does not have" in ScrubAnswer.objects.get().raw[UNOPENED]
    assert answers("rotate_evidence_key")["unopened"]


def test_a_changed_answer_is_named() -> None:
    row = ScrubAnswerFactory.create(raw=SAID)
    seal_pending(now=timezone.now())
    row.raw = {"page": "another"}
    row.save(update_fields=["raw"])
    assert findings() == [
        f"row changed: scrub answer {row.pk} (batch 1) was changed, in what it says of a person"
    ]
