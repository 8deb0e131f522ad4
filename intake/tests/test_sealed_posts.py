"""Posts as they came are sealed in the database, shown and run again by those who may, and sealed anew by command."""

import json
from typing import Any
from unittest.mock import patch

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from intake.models import Lead, Submission
from intake.originals import body_of, query_of
from intake.redecide import CannotRedecide, redecide
from intake.resealing import reseal_submissions
from leadcrm.lib.sealing import MARK, CannotOpen, prefix_of
from leadcrm.models import User
from leadcrm.testing.commands import answers
from leadcrm.testing.door import Door, at_once
from leadcrm.testing.factories import SubmissionFactory
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db
PRICE = "compliance.checks.price.Price.run"
OTHER = (("other", b"o" * 32), ("test", bytes(32)))


def broken(*_: Any, **__: Any) -> Any:
    raise RuntimeError("broken")


def page_of(client: Client, row: Submission) -> str:
    return client.get(reverse("admin:intake_submission_change", args=[row.pk])).content.decode()


def test_a_post_is_stored_sealed_and_read_as_it_came(door: Door) -> None:
    row = door.post(first_name="Zebulon", query="sub=Zebulon").submission
    assert b"Zebulon" not in bytes(row.body)
    assert "Zebulon" not in row.query
    assert json.loads(body_of(row))["first_name"] == "Zebulon"


@pytest.mark.parametrize("body", [b"{", b"Zebulon {", MARK + b"Zebulon"])
def test_a_body_that_cannot_be_read_is_sealed_too(door: Door, body: bytes) -> None:
    door.send(body, query="sub=Zebulon")
    row = Submission.objects.get()
    assert (body_of(row), query_of(row)) == (body, "sub=Zebulon")
    assert b"Zebulon" not in bytes(row.body)
    assert "Zebulon" not in row.query


def test_a_failed_post_opens_after_its_retry_took_its_row(door: Door) -> None:
    payload = glossary(lead_id="V-1")
    with patch(PRICE, broken):
        first = door.post(payload)
    again = door.post(payload)
    assert again.submission.pk == first.submission.pk
    assert json.loads(body_of(again.submission))["lead_id"] == "V-1"


def test_a_sealed_post_is_run_again_and_stays_sealed(door: Door) -> None:
    with patch(PRICE, broken):
        row = door.post().submission
    redecide(submission=row, actor=None, now=timezone.now())
    row.refresh_from_db()
    assert (row.state, Lead.objects.count()) == ("accepted", 1)
    assert bytes(row.body).startswith(prefix_of("test"))


def test_managers_read_a_post_and_are_told_which_key_is_missing(
    door: Door, client: Client, reviewer: User, settings: Any
) -> None:
    door.send(b"Zebulon {", query="sub=Yolanda")
    client.force_login(reviewer)
    row = Submission.objects.get()
    shown = page_of(client, row)
    assert "Zebulon" in shown
    assert "sub=Yolanda" in shown
    settings.EVIDENCE_KEYS = (("other", b"o" * 32),)
    assert page_of(client, row).count("Sealed under the key &#x27;test&#x27;") == 2
    assert client.get(reverse("admin:intake_submission_changelist")).status_code == 200


def test_rows_moved_between_posts_do_not_open(door: Door) -> None:
    one, two = door.post().submission, door.post(phone="2145550123").submission
    Submission.objects.filter(pk=two.pk).update(body=one.body)
    two.refresh_from_db()
    with pytest.raises(CannotOpen, match="another row"):
        body_of(two)


def test_rotation_seals_everything_under_the_first_key_once(door: Door, settings: Any) -> None:
    plain = [SubmissionFactory.create(body=b"plain %d" % n, query=f"n={n}" if n else "") for n in range(3)]
    sealed = door.post().submission
    body = body_of(sealed)
    settings.EVIDENCE_KEYS = OTHER
    assert answers("rotate_evidence_key", "--batch", "2") == {"sealed": 4, "unopened": {}}
    assert answers("rotate_evidence_key") == {"sealed": 0, "unopened": {}}
    settings.EVIDENCE_KEYS = OTHER[:1]
    for n, row in enumerate(plain):
        row.refresh_from_db()
        assert (body_of(row), query_of(row)) == (b"plain %d" % n, f"n={n}" if n else "")
    sealed.refresh_from_db()
    assert body_of(sealed) == body


def test_rotation_goes_on_where_it_was_stopped(settings: Any) -> None:
    for n in range(5):
        SubmissionFactory.create(body=b"plain %d" % n)
    assert next(reseal_submissions(batch=2)).sealed == 2
    assert [done.sealed for done in reseal_submissions(batch=2)][-1] == 3


def test_rotation_leaves_what_does_not_open_and_names_it(door: Door, settings: Any) -> None:
    lost, kept = door.post().submission, SubmissionFactory.create(body=b"plain")
    settings.EVIDENCE_KEYS = OTHER[:1]
    answer = answers("rotate_evidence_key", "--batch", "1")
    assert answer["sealed"] == 1
    assert list(answer["unopened"]) == [lost.pk.hex]
    assert "'test'" in answer["unopened"][lost.pk.hex]
    settings.EVIDENCE_KEYS = OTHER
    kept.refresh_from_db()
    lost.refresh_from_db()
    assert body_of(kept) == b"plain"
    assert body_of(lost)


def test_rotation_without_keys_is_refused(settings: Any) -> None:
    settings.EVIDENCE_KEYS = ()
    with pytest.raises(ValidationError, match="EVIDENCE_KEYS is empty"):
        next(reseal_submissions())


def test_a_post_whose_key_is_missing_is_not_run_again_and_says_which(
    door: Door, reviewer: User, settings: Any
) -> None:
    with patch(PRICE, broken):
        row = door.post().submission
    settings.EVIDENCE_KEYS = OTHER[:1]
    with pytest.raises(CannotRedecide, match="key 'test'"):
        redecide(submission=row, actor=reviewer, now=timezone.now())
    row = redecide(submission=row, actor=None, now=timezone.now())  # a worker tries again later
    assert (row.state, row.error, row.attempts) == ("failed", "CannotOpen", 2)
    settings.EVIDENCE_KEYS = OTHER
    assert redecide(submission=row, actor=reviewer, now=timezone.now()).state == "accepted"


@pytest.mark.django_db(transaction=True)
def test_rotation_beside_decisions_loses_neither(door: Door, settings: Any) -> None:
    with patch(PRICE, broken):
        rows = [door.post().submission for _ in range(12)]
    settings.EVIDENCE_KEYS = OTHER

    def act(number: int) -> None:
        if number == 0:
            list(reseal_submissions(batch=1))
        else:
            redecide(submission=rows[number - 1], actor=None, now=timezone.now())

    at_once(13, act)
    settings.EVIDENCE_KEYS = OTHER[:1]
    for row in rows:
        row.refresh_from_db()
        assert row.state == "accepted"
        assert json.loads(body_of(row))["phone"]
