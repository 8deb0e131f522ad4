"""Certificates of bought leads: written with the lead, retained within seconds, watched until they are."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from compliance.certificates import at_risk, badge_of, retaining, sweeping
from compliance.certificates.writing import BELL
from compliance.models import Certificate, CertificateAnswer, CertificateFlag, CertificateState, Provider
from compliance.tasks import retain_certificates
from compliance.tests.certificate_support import LEADID, counts_transactions, says
from leadcrm.testing.door import Door, at_once, written_logs
from leadcrm.testing.factories import (
    CertificateFactory,
    CheckSettingFactory,
    ConsentRecordFactory,
    LeadFactory,
)
from leadcrm.testing.fake_services import FakeServices, jornaya_answer, trustedform_answer
from leadcrm.testing.words import CONSENT_TEXT

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What workers were rung for."""
    calls: list[dict[str, Any]] = []
    BELL.forget()
    monkeypatch.setattr(retain_certificates, "apply_async", lambda kwargs, **_: calls.append(kwargs))
    return calls


def waiting(now: datetime | None = None, **more: Any) -> Certificate:
    """A certificate of a lead that was bought at `now`."""
    lead = more.pop("lead", None) or LeadFactory.create(received_at=now or timezone.now())
    certificate: Certificate = CertificateFactory.create(lead=lead, **more)
    return certificate


def work(certificate: Certificate, now: datetime | None = None) -> Certificate:
    """Let a worker have the lead's certificates."""
    now = now or timezone.now()
    retaining.retain(retaining.claim_of_lead(lead_id=certificate.lead_id, now=now), now=now)
    certificate.refresh_from_db()
    return certificate


def test_a_lead_brings_its_certificates_and_a_worker_is_rung(
    door: Door, services: FakeServices, rung: list[dict[str, Any]]
) -> None:
    reply = door.post()
    rows = Certificate.objects.filter(lead=reply.lead).order_by("provider")
    assert [(row.provider, row.state) for row in rows] == [("jornaya", "waiting"), ("trustedform", "waiting")]
    assert rung == [{"lead_id": reply.lead.pk}]
    assert services.calls == []  # nobody is asked while a vendor waits
    retain_certificates(lead_id=reply.lead.pk)
    kept = {row.provider: row for row in rows.all()}
    assert {row.state for row in kept.values()} == {CertificateState.RETAINED}
    trustedform = kept["trustedform"]
    assert trustedform.token in services.kept
    assert (trustedform.phone_match, trustedform.wording_agrees, trustedform.flags) == (True, True, [])
    assert trustedform.expires_at is not None
    assert CertificateAnswer.objects.filter(lead=reply.lead, outcome="ok").count() == 2
    asked = CertificateAnswer.objects.get(lead=reply.lead, provider="trustedform").asked
    assert asked["retain"]["reference"] == f"A-{reply.lead.pk}"


def test_of_many_leads_at_once_one_rings_and_the_sweep_finds_the_rest(
    door: Door, services: FakeServices, rung: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BELL, "_seconds", 3600)
    leads = [door.post(jornaya_leadid=None).lead.pk for _ in range(4)]
    BELL.forget()
    assert rung == [{"lead_id": leads[0]}]
    assert sweeping.sweep(now=timezone.now()) == 3


def test_without_keys_certificates_are_visibly_off_and_nobody_is_rung(
    door: Door, rung: list[dict[str, Any]]
) -> None:
    lead = door.post().lead
    assert set(Certificate.objects.filter(lead=lead).values_list("state", flat=True)) == {
        CertificateState.OFF
    }
    assert rung == []
    row = Certificate.objects.filter(lead=lead)[0]
    assert badge_of(row, timezone.now()) == ("service off: not retained", "warn")
    assert at_risk([lead]) == {}


def test_a_lead_without_a_certificate_and_a_refused_or_test_post_have_no_row(
    door: Door, services: FakeServices, rung: list[dict[str, Any]]
) -> None:
    assert door.post(trustedform_url=None, jornaya_leadid=None).outcome == "accepted"
    assert door.post(consent=False).outcome == "consent_missing"
    assert door.post(is_test=True).outcome == "accepted"
    assert not Certificate.objects.exists()
    assert rung == []


def test_a_consent_of_the_future_vanishes_three_days_from_now(door: Door, services: FakeServices) -> None:
    tomorrow = (timezone.now() + timedelta(minutes=4)).isoformat()
    row = Certificate.objects.get(lead=door.post(timestamp=tomorrow).lead, provider="trustedform")
    assert row.vanishes_at is not None
    assert row.vanishes_at <= row.accepted_at + timedelta(hours=72)


def test_the_clock_runs_from_the_consent_and_not_from_its_arrival(door: Door, services: FakeServices) -> None:
    door.set_check("consent", max_age_days=90)
    earlier = timezone.now() - 10 * HOUR
    lead = door.post(timestamp=earlier.isoformat()).lead
    row = at_risk([lead])[lead.pk]
    left = row.time_left(timezone.now())
    assert left is not None
    assert timedelta(hours=61, minutes=59) < left < timedelta(hours=62)
    assert badge_of(row, timezone.now()) == ("evidence at risk: 61 h left", "warn")


@pytest.mark.parametrize(
    ("status", "state", "error"),
    [
        (404, "lost", "not_found"), (422, "lost", "claimed_often"), (400, "lost", "malformed"),
        (405, "lost", "sandbox"), (401, "waiting", "key_refused"), (402, "waiting", "no_funds"),
        (403, "waiting", "not_contracted"), (500, "waiting", "http_500"), (503, "waiting", "http_503"),
    ],
)  # fmt: skip
def test_what_a_status_makes_of_a_certificate(
    services: FakeServices, status: int, state: str, error: str
) -> None:
    with written_logs() as lines:
        row = work(waiting(token=f"{status}0000".ljust(40, "a")))
    assert (row.state, row.error, row.attempts) == (state, error, 1)
    assert (row.due_at is None) == (state == "lost")
    event = {"lost": "certificate.lost", "waiting": "certificate."}[state]
    assert event in lines.getvalue()
    assert row.lead.phone not in lines.getvalue()
    assert row.token not in lines.getvalue()
    assert (CertificateFlag.CLAIMED_OFTEN in row.flags) == (status == 422)


@pytest.mark.parametrize(
    "body",
    [
        b"null", b"", b"<html>\x00\xff", b"[]", b'"text"', b"NaN", b'{"a": "\\u0000", "b": "\\ud800", "c": 1e999}',
        b'{"retain": {"results": {"expires_at": "9999-12-31T23:59:59-23:59", "masked_cert_url": "\\ud800"}}}',
        b'{"n": ' + b"9" * 4000 + b"}", b'{"n": ' + b"9" * 9000 + b"}",
    ],
)  # fmt: skip
def test_whatever_is_answered_can_be_kept(services: FakeServices, body: bytes) -> None:
    services.answer = says(200, body)
    row = work(waiting())
    assert row.state in (CertificateState.WAITING, CertificateState.RETAINED)
    assert CertificateAnswer.objects.get().raw is not None


def test_an_account_without_insights_still_gets_the_certificate_itself(services: FakeServices) -> None:
    services.answer = lambda call: (403, {"message": "Unavailable"}) if "insights" in call.json else None
    row = work(waiting())
    assert row.state == CertificateState.RETAINED
    answers = CertificateAnswer.objects.order_by("id").values_list("http_status", "outcome")
    assert list(answers) == [(403, "account"), (200, "ok")]


def test_it_is_tried_again_and_again_ever_less_often(services: FakeServices) -> None:
    services.answer = says(503, b"later")
    start = timezone.now()
    row, now, waits = waiting(start), start, []
    for _ in range(12):
        sweeping.sweep(now=now) if row.attempts else work(row, now)
        row.refresh_from_db()
        assert row.due_at is not None
        waits.append(round((row.due_at - now).total_seconds()))
        now = row.due_at
    assert waits == [15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 3600, 3600, 3600]
    services.answer = lambda call: None
    sweeping.sweep(now=now)
    row.refresh_from_db()
    assert (row.state, row.error, row.due_at) == (CertificateState.RETAINED, "", None)


def test_after_the_usual_end_it_is_tried_seldom_and_then_given_up(services: FakeServices) -> None:
    services.answer = says(503, b"later")
    start = timezone.now()
    row = waiting(start)
    work(row, start)
    late = start + timedelta(hours=80)
    sweeping.sweep(now=late)
    row.refresh_from_db()
    assert row.due_at is not None
    assert row.due_at - late < timedelta(hours=6, minutes=1)
    assert row.due_at - late > timedelta(hours=5)
    assert badge_of(row, late) == ("evidence at risk: may be gone", "bad")
    sweeping.sweep(now=start + timedelta(days=92))
    row.refresh_from_db()
    assert row.state == CertificateState.LOST


def test_a_lost_message_costs_one_sweep(services: FakeServices) -> None:
    row = waiting(timezone.now() - timedelta(minutes=1))
    assert sweeping.sweep(now=timezone.now()) == 1
    row.refresh_from_db()
    assert row.state == CertificateState.RETAINED


def test_a_claimed_certificate_is_left_alone_until_its_lease_ends(services: FakeServices) -> None:
    now = timezone.now()
    row = waiting(now)
    assert len(retaining.claim_of_lead(lead_id=row.lead_id, now=now)) == 1
    assert retaining.claim_of_lead(lead_id=row.lead_id, now=now) == []
    assert sweeping.sweep(now=now + timedelta(seconds=30)) == 0
    assert sweeping.sweep(now=now + timedelta(seconds=56)) == 1


def test_two_workers_at_once_do_no_harm(services: FakeServices) -> None:
    rows = [waiting(timezone.now() - timedelta(minutes=1)) for _ in range(8)]

    def act(number: int) -> None:
        for row in rows:
            retain_certificates(lead_id=row.lead_id)

    at_once(4, act)
    assert set(Certificate.objects.values_list("state", "attempts")) == {("retained", 1)}
    assert len(services.calls) == 8


def test_a_late_failure_undoes_no_success_and_no_newer_claim(services: FakeServices) -> None:
    now = timezone.now()
    row = waiting(now)
    (slow,) = retaining.claim_of_lead(lead_id=row.lead_id, now=now)
    (quick,) = retaining.claim_of_lead(lead_id=row.lead_id, now=now + timedelta(minutes=1))
    services.answer = says(404, {})
    retaining.retain([slow], now=now)  # its lease has run out: what it found is recorded, and does not count
    row.refresh_from_db()
    assert row.state == CertificateState.WAITING
    services.answer = lambda call: None
    retaining.retain([quick], now=now)
    services.answer = says(404, {})
    retaining.retain([slow], now=now)
    row.refresh_from_db()
    assert row.state == CertificateState.RETAINED
    assert CertificateAnswer.objects.count() == 3


def test_no_transaction_is_open_while_the_service_is_waited_for(services: FakeServices) -> None:
    busy: list[int] = []
    services.answer = counts_transactions(busy)
    assert work(waiting()).state == CertificateState.RETAINED
    row = waiting(timezone.now() - timedelta(minutes=1))
    sweeping.sweep(now=timezone.now())
    row.refresh_from_db()
    assert (row.state, busy) == (CertificateState.RETAINED, [0, 0])


def test_alarms_are_raised_once_each_with_ids_only(services: FakeServices) -> None:
    services.answer = says(503, b"")
    start = timezone.now()
    row = waiting(start)
    with written_logs() as lines:
        for hours in (0.9, 1.1, 1.2, 23, 24.1, 30, 48.1, 70):
            sweeping.raise_alarms(now=start + hours * HOUR)
    told = [line for line in lines.getvalue().splitlines() if "certificate.at_risk" in line]
    assert [f'"hours": {hours},' in line for line, hours in zip(told, (1, 24, 48), strict=True)] == [True] * 3
    assert all(str(row.lead_id) in line and row.lead.phone not in line for line in told)
    row.refresh_from_db()
    assert row.alarm_hours == 48
    kept = waiting(start, state=CertificateState.RETAINED)
    sweeping.raise_alarms(now=start + 50 * HOUR)
    kept.refresh_from_db()
    assert kept.alarm_hours == 0


def test_a_service_that_is_switched_on_is_told_of_what_came_before(
    services: FakeServices, settings: Any
) -> None:
    key, settings.TRUSTEDFORM_API_KEY = settings.TRUSTEDFORM_API_KEY, ""
    row = work(waiting(timezone.now() - HOUR))
    assert (row.state, row.due_at) == (CertificateState.OFF, None)
    sweeping.sweep(now=timezone.now())
    row.refresh_from_db()
    assert row.state == CertificateState.OFF
    settings.TRUSTEDFORM_API_KEY = key
    sweeping.sweep(now=timezone.now())
    row.refresh_from_db()
    assert row.state == CertificateState.RETAINED


@pytest.mark.parametrize("on", [True, False])
def test_the_same_certificate_on_another_phone_flags_both(
    services: FakeServices, settings: Any, on: bool
) -> None:
    if not on:
        settings.TRUSTEDFORM_API_KEY = ""
    state = CertificateState.WAITING if on else CertificateState.OFF
    now = timezone.now() - timedelta(minutes=1)
    first = waiting(now, state=state)
    same_person = waiting(
        now, token=first.token, state=state, lead=LeadFactory.create(phone=first.lead.phone)
    )
    sweeping.sweep(now=timezone.now())
    assert set(Certificate.objects.values_list("flags__len", flat=True)) == {0}
    other = waiting(now, token=first.token, state=state)
    unrelated = waiting(now, state=state)
    sweeping.sweep(now=timezone.now())
    sweeping.sweep(now=timezone.now())
    for row in (first, same_person, other):
        row.refresh_from_db()
        assert row.flags == ["reused"]
    unrelated.refresh_from_db()
    assert unrelated.flags == []


def test_flags_tell_what_is_odd(services: FakeServices) -> None:
    lead = LeadFactory.create(consent=None)
    ConsentRecordFactory.create(lead=lead, text="Another wording altogether")
    CheckSettingFactory.create(source=lead.source, check_name="certificate", params={"max_age_days": 30})
    odd = {"bot_detected": True, "is_masked": True, "age_seconds": 31 * 86_400}
    matched = {"result": {"phone_match": False, "email_match": True, "success": True}}
    services.answer = lambda call: (
        200, trustedform_answer(call.json, match_lead=matched, insights={"properties": odd}),
    )  # fmt: skip
    row = work(waiting(lead=lead))
    assert row.state == CertificateState.RETAINED
    assert row.flags == ["bot_detected", "masked", "phone_mismatch", "too_old", "wording_differs"]
    assert (row.wording, row.wording_agrees, row.phone_match) == (CONSENT_TEXT, False, False)


@pytest.mark.parametrize(
    ("posted", "agrees"),
    [
        (CONSENT_TEXT, True),
        (CONSENT_TEXT.replace(" ", "\n  ").replace("“", '"').replace("”", '"'), True),
        (CONSENT_TEXT[:80], True),
        ("", None),
        (CONSENT_TEXT + " And my neighbours too.", False),
    ],
)
def test_wording_is_compared_without_regard_to_blanks_and_quotes(
    services: FakeServices, posted: str, agrees: bool | None
) -> None:
    lead = LeadFactory.create(consent=None)
    ConsentRecordFactory.create(lead=lead, text=posted)
    row = work(waiting(lead=lead))
    assert row.wording_agrees is agrees
    assert row.wording == CONSENT_TEXT


def test_a_leadid_is_looked_up_once_whoever_asks(services: FakeServices) -> None:
    row = work(waiting(provider=Provider.JORNAYA, token=LEADID))
    assert (row.state, row.age_seconds) == (CertificateState.RETAINED, 60)
    sweeping.try_again(certificate=row, now=timezone.now())
    Certificate.objects.update(state=CertificateState.WAITING, due_at=timezone.now(), retained_at=None)
    assert work(row).state == CertificateState.RETAINED
    assert len(services.calls) == 1
    other = waiting(provider=Provider.JORNAYA, token=LEADID)
    work(other)  # about another phone nothing is known yet
    assert len(services.calls) == 2


def test_a_consumer_who_opted_out_at_the_service_is_flagged(services: FakeServices) -> None:
    services.answer = lambda call: (200, jornaya_answer("SingleQuery", {"id": "30000000"}))
    row = work(waiting(provider=Provider.JORNAYA, token=LEADID))
    assert (row.state, row.error, row.flags) == (CertificateState.LOST, "opted_out", ["opted_out"])


def test_a_service_that_does_not_answer_is_left_to_the_sweep(services: FakeServices) -> None:
    services.answer = says(503, b"")
    now = timezone.now()
    for _ in range(3):
        work(waiting(now), now)
    assert len(services.calls) == 3
    row = work(waiting(now), now)
    assert (row.attempts, len(services.calls)) == (0, 3)
    sweeping.sweep(now=now + timedelta(seconds=20))
    row.refresh_from_db()
    assert row.attempts == 1


def test_trying_again_by_hand_also_revives_what_was_given_up(services: FakeServices) -> None:
    row = work(waiting(token="4040000".ljust(40, "a")))
    assert row.state == CertificateState.LOST
    services.answer = lambda call: (200, trustedform_answer(call.json))
    assert sweeping.try_again(certificate=row, now=timezone.now())
    assert work(row).state == CertificateState.RETAINED
    assert not sweeping.try_again(certificate=row, now=timezone.now())
