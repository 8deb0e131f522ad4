"""Rules are changed by new versions and confirmed by people, bans and the policy by rows, on the managers' pages."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.calling.rules import in_force, load_book
from compliance.calling.ruling import (
    RULE_FIELDS,
    AlreadyReplaced,
    add_rule,
    confirm_rule,
    confirm_zone,
    declare_emergency,
    end_emergency,
    replace_rule,
    retire_rule,
    set_policy,
)
from compliance.models import (
    CallingPolicy,
    CallingRule,
    ChecklistRule,
    ContactDecision,
    EmergencyBan,
    ZoneConfirmation,
)
from compliance.tests.calling_support import at, is_open
from leadcrm.lib.config import current_version
from leadcrm.models import User
from leadcrm.testing.factories import (
    ChecklistRuleFactory,
    ContactDecisionFactory,
    EmergencyBanFactory,
    LeadFactory,
)

pytestmark = pytest.mark.django_db
NOW = at("2026-12-02 12:00:00")


def said(rule: CallingRule, **other: Any) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in RULE_FIELDS} | other


def test_a_change_makes_the_next_version_and_keeps_the_one_before(reviewer: User) -> None:
    old = CallingRule.objects.get(state="TX")
    new = replace_rule(old=old, values=said(old, weekday_from=time(10)), by=reviewer, now=NOW)
    old.refresh_from_db()
    assert (old.weekday_from, old.retired_at, old.retired_by) == (time(9), NOW, reviewer)
    assert (new.version, new.weekday_from, new.made_by) == (2, time(10), reviewer)
    assert load_book().rules["TX"][0].version == 2
    with pytest.raises(AlreadyReplaced):
        replace_rule(old=old, values=said(old), by=reviewer, now=NOW)


def test_a_change_for_a_later_day_leaves_what_holds_until_then(reviewer: User) -> None:
    old = CallingRule.objects.get(state="TX")
    values = said(old, weekday_from=time(10), effective_from=date(2027, 1, 1))
    replace_rule(old=old, values=values, by=reviewer, now=NOW)
    book, zone = load_book(), ["America/Chicago"]
    assert is_open(book, zone, ["TX"], at("2026-12-31 09:00:00"))
    assert not is_open(book, zone, ["TX"], at("2027-01-01 09:00:00"))
    assert is_open(book, zone, ["TX"], at("2027-01-01 10:00:00"))
    rows = CallingRule.objects.filter(state="TX").order_by("version")
    assert [row.version for row in in_force(rows, date(2026, 12, 31))] == [2]
    assert [row.version for row in in_force(rows, date(2027, 1, 1))] == [3]


def test_a_state_has_one_rule_a_day(reviewer: User) -> None:
    texas = CallingRule.objects.get(state="TX")
    with pytest.raises(ValidationError):
        add_rule(state="TX", values=said(texas), by=reviewer, now=NOW)
    assert add_rule(state="OH", values=said(texas), by=reviewer, now=NOW).version == 1


def test_a_retired_rule_leaves_the_federal_hours_which_cannot_be_retired(reviewer: User) -> None:
    assert retire_rule(rule=CallingRule.objects.get(state="TX"), by=reviewer, now=NOW)
    assert is_open(load_book(), ["America/Chicago"], ["TX"], at("2026-12-06 08:00:00"))
    with pytest.raises(ValidationError):
        retire_rule(rule=CallingRule.objects.get(state="US"), by=reviewer, now=NOW)


def test_a_rule_is_confirmed_once_by_the_first(reviewer: User) -> None:
    rule = CallingRule.objects.get(state="NM")
    assert load_book().rules["NM"][0].doubtful
    assert confirm_rule(rule=rule, by=reviewer, now=NOW)
    assert not confirm_rule(rule=rule, by=reviewer, now=NOW + timedelta(days=1))
    rule.refresh_from_db()
    assert rule.confirmed_at == NOW
    assert not load_book().rules["NM"][0].doubtful
    assert confirm_rule(rule=ChecklistRule.objects.all()[0], by=reviewer, now=NOW)


def test_every_change_is_seen_by_every_process(reviewer: User) -> None:
    rule = CallingRule.objects.get(state="TX")
    ban = EmergencyBanFactory.create()
    for change in (
        lambda: confirm_rule(rule=rule, by=reviewer, now=NOW),
        lambda: end_emergency(ban=ban, by=reviewer, now=timezone.now()),
        lambda: set_policy(values={"consent_max_age_days": 30}, by=reviewer, now=NOW),
        lambda: ChecklistRuleFactory.create(),
    ):
        before = current_version()
        change()
        assert current_version() > before


def test_a_policy_keeps_what_is_not_changed(reviewer: User) -> None:
    set_policy(values={"written_consent_exempts": True}, by=reviewer, now=NOW)
    newest = set_policy(values={"consent_max_age_days": None}, by=reviewer, now=NOW)
    assert newest.written_consent_exempts
    assert newest.consent_max_age_days is None
    assert load_book().policy == newest


def test_what_cannot_be_meant_is_refused_at_its_field(reviewer: User) -> None:
    given: dict[str, Any] = {
        "starts_at": NOW,
        "ends_at": NOW,
        "reason": " ",
        "source": "x",
        "by": reviewer,
        "now": NOW,
    }
    with pytest.raises(ValidationError) as refused:
        declare_emergency(states=["ZZ"], **given)
    assert refused.value.message_dict.keys() == {"states", "ends_at", "source"}
    with pytest.raises(ValidationError) as unread:
        confirm_zone(lead=LeadFactory.create(), zone="Europe/Paris", reason=" ", by=reviewer, now=NOW)
    assert unread.value.message_dict.keys() == {"zone", "reason"}


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


def form_of(page: Any) -> dict[str, Any]:
    form = page.context["adminform"].form
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return {name: value for name, value in values.items() if value not in (None, False)}


def test_the_list_shows_source_and_standing_and_is_no_advice(manager: Client) -> None:
    page = manager.get(reverse("admin:compliance_callingrule_changelist")).content.decode()
    for words in (
        "not legal advice",
        "Tex. Bus. &amp; Com. Code 301.051",
        "12 PM to 9 PM",
        "not confirmed",
        "3 contacts in 24 h",
    ):
        assert words in page
    unsure = manager.get(
        reverse("admin:compliance_callingrule_changelist") + "?row=unconfirmed"
    ).content.decode()
    assert "Miss. Code" in unsure
    assert "Tex. Bus." not in unsure
    assert "calling rules are not confirmed" in manager.get(reverse("admin:index")).content.decode()


def test_a_manager_confirms_changes_and_retires(manager: Client, reviewer: User) -> None:
    rule = CallingRule.objects.get(state="NM")
    base = reverse("admin:compliance_callingrule_change", args=[rule.pk]).removesuffix("change/")
    assert "counsel" in manager.get(f"{base}do/confirm/").content.decode()
    manager.post(f"{base}do/confirm/")
    rule.refresh_from_db()
    assert rule.confirmed_by == reviewer

    form_url = manager.get(f"{base}do/change/")["Location"]
    values = form_of(manager.get(form_url)) | {"weekday_from": "10:00", "as_of": "2026-11-30"}
    assert str(values["replaces"]) == str(rule.pk)
    assert manager.post(form_url, values).status_code == 302
    newest = CallingRule.objects.filter(state="NM").first()
    assert newest is not None
    assert (newest.version, newest.weekday_from, newest.made_by) == (2, time(10), reviewer)
    assert "changed this version" in manager.post(form_url, values).content.decode()

    manager.post(
        reverse("admin:compliance_callingrule_change", args=[newest.pk]).removesuffix("change/")
        + "do/retire/"
    )
    assert not CallingRule.objects.filter(state="NM", retired_at__isnull=True).exists()


def test_a_form_that_cannot_be_meant_is_told_at_its_field(manager: Client) -> None:
    url = reverse("admin:compliance_callingrule_add")
    values = {
        "state": "OH", "weekday_from": "9:00", "weekday_to": "8:00", "saturday_from": "9:00", "citation": "x",
        "as_of": "2026-11-30", "confidence": "low",
    }  # fmt: skip
    errors = manager.post(url, values).context["adminform"].form.errors
    assert {"weekday_to", "saturday_to"} <= errors.keys()
    values |= {"state": "TX", "weekday_to": "20:00", "saturday_to": "20:00"}
    assert "change version 1" in manager.post(url, values, follow=True).content.decode()


def test_a_manager_declares_an_emergency_and_ends_it(manager: Client, reviewer: User) -> None:
    url = reverse("admin:compliance_emergencyban_add")
    values = {
        "states": ["LA", "NY"], "starts_at_0": "2026-11-25", "starts_at_1": "08:00:00",
        "reason": "Hurricane Test", "source": "Proclamation 0-TEST",
    }  # fmt: skip
    assert manager.post(url, values).status_code == 302
    ban = EmergencyBan.objects.get()
    assert (ban.states, ban.declared_by) == (["LA", "NY"], reviewer)
    manager.post(
        reverse("admin:compliance_emergencyban_change", args=[ban.pk]).removesuffix("change/") + "do/end/"
    )
    ban.refresh_from_db()
    assert ban.ended_by == reviewer


def test_a_manager_chooses_a_policy(manager: Client, reviewer: User) -> None:
    url = reverse("admin:compliance_callingpolicy_add")
    manager.post(url, form_of(manager.get(url)) | {"consent_max_age_days": "60"})
    policy = CallingPolicy.objects.get()
    assert (policy.consent_max_age_days, policy.stale_list_blocks, policy.made_by) == (60, True, reviewer)


def test_a_manager_confirms_a_leads_zone(manager: Client, reviewer: User) -> None:
    lead = LeadFactory.create()
    url = reverse("admin:intake_lead_change", args=[lead.pk]).removesuffix("change/") + "do/zone/"
    assert "follow this clock alone" in manager.get(url).content.decode()
    assert manager.post(url, {"zone": "America/Denver", "reason": ""}).status_code == 200
    manager.post(url, {"zone": "America/Denver", "reason": "Said so"})
    made = ZoneConfirmation.objects.get()
    assert (made.lead, made.zone, made.by) == (lead, "America/Denver", reviewer)


def test_a_contact_decision_is_found_by_lead_and_by_phone_and_tells_its_rules(manager: Client) -> None:
    rule = CallingRule.objects.get(state="TX")
    decision = ContactDecisionFactory.create(
        allowed=False, rules=[[rule.pk, rule.version]], lists=[{"code": "national", "state": "listed", "version": 7}],
        reasons=[{"code": "hours", "text": "Too early there", "opens_at": None, "rules": []}],
    )  # fmt: skip
    ContactDecisionFactory.create()
    desk = reverse("admin:compliance_contactdecision_changelist")
    for words in (f"A-{decision.lead_id}", decision.phone):
        page = manager.get(desk, {"q": words})
        assert [row.pk for row in page.context["cl"].result_list] == [decision.pk]
    url = reverse("admin:compliance_contactdecision_change", args=[decision.pk])
    told = manager.get(url).content.decode()
    for words in (
        "Too early there",
        "Texas, version 1",
        rule.citation.replace("&", "&amp;"),
        "not legal advice",
        "listed",
    ):
        assert words in told
    assert ContactDecision.objects.count() == 2
