"""The compliance desk: what a manager sees there, who sees it, and that it asks little of the database."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.calling.ruling import confirm_rule
from compliance.evidence.checking import check_evidence
from compliance.evidence.sealing import seal_pending
from compliance.models import CallingRule, ContactDecision, EvidencePending
from intake.models import SubmissionState
from leadcrm.models import User
from leadcrm.testing.factories import (
    CertificateFactory,
    DncListFactory,
    DncVersionFactory,
    LeadFactory,
    SubmissionFactory,
    SuppressionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def desk(client: Client, user: User, days: str = "7") -> Any:
    client.force_login(user)
    return client.get(reverse("admin:page_compliance_desk"), {"days": days})


def section(answer: Any, key: str) -> Any:
    return next(each for each in answer.context["sections"] if each.key == key)


def refuse(reason: str, **fields: Any) -> None:
    SubmissionFactory.create(state=SubmissionState.REJECTED, reason=reason, **fields)


def test_refusals_are_counted_by_reason_over_the_days_asked_for(client: Client, reviewer: User) -> None:
    for _ in range(3):
        refuse("suppressed_dnc")
    refuse("consent_missing")
    refuse("duplicate")
    refuse("suppressed_dnc", test=True)
    refuse("suppressed_dnc", received_at=timezone.now() - timedelta(days=3))
    day, week = (section(desk(client, reviewer, days), "refused") for days in ("1", "7"))
    assert (day.figure, [(row[0], row[-1]) for row in day.rows]) == (
        "4",
        [("On a do-not-call list", "3"), ("Consent missing", "1")],
    )
    assert week.figure == "5"


def test_a_stale_list_and_a_missing_registry_are_said(client: Client, reviewer: User) -> None:
    old = timezone.localdate() - timedelta(days=40)
    tx = DncListFactory.create(code="state_tx", kind="state", state="TX", stale_after_days=31)
    assert "nobody is looked up" in section(desk(client, reviewer), "lists").says
    tx.current = DncVersionFactory.create(dnc_list=tx, effective_on=old, state="ready")
    tx.save()
    found = section(desk(client, reviewer), "lists")
    assert (found.figure, found.level) == ("1", "bad")


def test_held_posts_stand_with_the_one_that_waits_longest_first(client: Client, reviewer: User) -> None:
    now = timezone.now()
    for hours in (1, 5):
        SubmissionFactory.create(state=SubmissionState.HELD, received_at=now - timedelta(hours=hours))
    found = section(desk(client, reviewer), "held")
    assert found.figure == "2"
    assert [row[1] for row in found.rows] == ["5 h", "60 min"]


def test_evidence_at_risk_stands_with_what_vanishes_first_and_what_is_off_is_said(
    client: Client, reviewer: User, settings: Any
) -> None:
    settings.TRUSTEDFORM_API_KEY, settings.JORNAYA_LAC = "a-key-for-tests", ""
    bought = timezone.now() - timedelta(hours=5)
    late, later = (CertificateFactory.create(lead=LeadFactory.create(received_at=bought)) for _ in range(2))
    later.vanishes_at = bought + timedelta(hours=9)
    later.save()
    CertificateFactory.create()  # a moment ago: no news
    CertificateFactory.create(state="lost", lead=LeadFactory.create(received_at=bought))
    part = section(desk(client, reviewer), "evidence")
    assert (part.figure, part.level) == ("2", "bad")
    assert (
        part.says
        == "certificates not retained yet. 1 lost in the last 7 days. Off, without a key: Jornaya LeadiD."
    )
    assert [
        f"A-{row.lead_id}" in rendered[0] for row, rendered in zip((later, late), part.rows, strict=True)
    ] == [True] * 2


def test_refused_calls_are_counted_by_each_of_their_reasons(
    client: Client, reviewer: User, calling_rules: None
) -> None:
    assert section(desk(client, reviewer), "calls").says == "Nobody asked to call in the last 7 days."
    lead, when = LeadFactory.create(), timezone.now()
    both = [{"code": "hours", "text": "Too early"}, {"code": "opted_out", "text": "Asked to stop"}]
    for days, reasons in ((0, both), (0, both[:1]), (0, []), (8, both)):
        ContactDecision.objects.create(
            request_id=uuid4(), lead=lead, phone=lead.phone, user=reviewer, channel="call", act="dial", ms=1,
            at=when - timedelta(days=days), allowed=not reasons, reasons=reasons,
        )  # fmt: skip
    found = section(desk(client, reviewer), "calls")
    assert (found.figure, found.says) == ("2", "of 3 calls and texts asked for in the last 7 days")
    assert [(row[0], row[-1]) for row in found.rows] == [
        ("Outside the hours the rules leave open", "2"), ("Asked not to be contacted", "1"),
    ]  # fmt: skip


def test_rules_that_nobody_confirmed_are_named_until_somebody_does(
    client: Client, reviewer: User, calling_rules: None
) -> None:
    found = section(desk(client, reviewer), "rules")
    doubtful = [rule for rule in CallingRule.objects.filter(confidence="low") if rule.confirmed_at is None]
    assert doubtful
    assert found.level == "warn"
    named = " ".join(str(row[0]) for row in found.rows)
    assert "Pennsylvania" in named
    for rule in doubtful:
        confirm_rule(rule=rule, by=reviewer, now=timezone.now())
    found = section(desk(client, reviewer), "rules")
    assert (found.figure, found.level, found.rows) == ("0", "good", [])


def test_services_without_a_key_are_said_to_be_off(client: Client, reviewer: User, settings: Any) -> None:
    settings.TRUSTEDFORM_API_KEY, settings.JORNAYA_LAC = "a-key-for-tests", ""
    rows = {row[0]: str(row[1]) for row in section(desk(client, reviewer), "services").rows}
    assert ">on<" in rows["TrustedForm"]
    assert ">off<" in rows["Jornaya LeadiD"]
    assert len(rows) == 5


def test_how_far_the_chain_reaches_is_said_and_what_waits_too_long(client: Client, reviewer: User) -> None:
    EvidencePending.objects.update(noted_at=timezone.now())  # the migrations' rows may be of long ago
    part = section(desk(client, reviewer), "chain")
    assert (part.figure, part.level) == ("0", "plain")
    seal_pending(now=timezone.now())
    part = section(desk(client, reviewer), "chain")
    assert (part.figure, part.level) == ("1", "plain")
    assert "Not verified yet" in part.says
    check_evidence(now=timezone.now())
    part = section(desk(client, reviewer), "chain")
    assert (part.figure, part.level) == ("1", "good")
    assert "rows agree" in part.says
    SuppressionFactory.create()
    EvidencePending.objects.update(noted_at=timezone.now() - timedelta(minutes=11))
    part = section(desk(client, reviewer), "chain")
    assert part.level == "bad"
    assert "Entries wait since" in part.says


def test_an_odd_span_is_read_as_a_week(client: Client, reviewer: User) -> None:
    for odd in ("", "9999999999999", "'", "-1"):
        assert desk(client, reviewer, odd).status_code == 200


def test_a_part_needs_its_own_permission_and_the_page_at_least_one(client: Client) -> None:
    nobody = UserFactory.create(is_staff=True)
    assert desk(client, nobody).status_code == 403
    clerk = UserFactory.create(is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_suppression"))
    SuppressionFactory.create()
    assert [each.key for each in desk(client, clerk).context["sections"]] == ["opt-outs"]


def test_the_first_page_leads_to_the_desk_for_those_who_may_see_it(client: Client, reviewer: User) -> None:
    address = reverse("admin:page_compliance_desk")
    client.force_login(reviewer)
    assert address in client.get(reverse("admin:index")).content.decode()
    client.force_login(UserFactory.create(is_staff=True))
    assert address not in client.get(reverse("admin:index")).content.decode()


def test_the_desk_asks_the_same_questions_however_much_there_is(
    client: Client, reviewer: User, django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        refuse("suppressed_dnc")
        SubmissionFactory.create(state=SubmissionState.HELD)
        SuppressionFactory.create()
    client.force_login(reviewer)
    with django_assert_max_num_queries(30):
        client.get(reverse("admin:page_compliance_desk"))
