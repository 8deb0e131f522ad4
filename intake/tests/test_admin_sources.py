"""Managers handle vendors' contracts and keys: shown once, kept nowhere, revoked at once."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from intake.keys import matches
from intake.models import ApiKey, FieldRule, Source, SourceStatus
from leadcrm.lib.admin.words import to_minute
from leadcrm.models import User
from leadcrm.testing.factories import (
    ApiKeyFactory,
    FieldRuleFactory,
    KeyUseFactory,
    SourceFactory,
    SubmissionFactory,
)

pytestmark = pytest.mark.django_db
KEY = re.compile(r"lk_[0-9a-f]{8}_[0-9a-f]{40}")


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


def act(source: Source, name: str) -> str:
    return reverse("admin:intake_source_act", args=[source.pk, name])


def page(source: Source) -> str:
    return reverse("admin:intake_source_change", args=[source.pk])


def issue(manager: Client, source: Source, **values: Any) -> Any:
    form = manager.get(act(source, "issue-key")).content.decode()
    once = re.search(r'name="once" value="([0-9a-f]+)"', form)
    assert once is not None
    return manager.post(act(source, "issue-key"), {"scope": "post", "once": once[1], **values})


def everything_stored() -> str:
    """Every text column of the database in one text, as far as a test has written any."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT row_to_json(t)::text FROM "{table}" t')
            found += [row[0] for row in cursor.fetchall()]
    decoded = [json.dumps(session.get_decoded()) for session in Session.objects.all()]
    return "\n".join(found + decoded)


def test_a_new_key_is_shown_once_and_stored_nowhere(
    manager: Client, caplog: pytest.LogCaptureFixture
) -> None:
    source = SourceFactory.create()
    response = issue(manager, source, label="production")
    (text,) = set(KEY.findall(response.content.decode()))
    key = ApiKey.objects.get(source=source)
    assert matches(key, text)
    assert (key.label, key.created_by) == ("production", User.objects.get(email="reviewer@example.com"))
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert text not in "".join(str(cookie) for cookie in response.cookies.values())
    assert text not in everything_stored()
    assert text not in caplog.text
    assert text not in manager.get(page(source)).content.decode()
    assert f"Issued the key {key}" in LogEntry.objects.get().change_message


def test_a_form_that_is_sent_twice_issues_one_key(manager: Client) -> None:
    source = SourceFactory.create()
    form = manager.get(act(source, "issue-key")).content.decode()
    once = re.search(r'name="once" value="([0-9a-f]+)"', form)
    assert once is not None
    for _ in range(2):
        response = manager.post(act(source, "issue-key"), {"scope": "post", "once": once[1]}, follow=True)
    assert ApiKey.objects.count() == 1
    assert not KEY.search(response.content.decode())
    assert "has issued its key already" in response.content.decode()


def test_a_key_that_would_be_dead_at_birth_is_refused(manager: Client) -> None:
    source = SourceFactory.create()
    past = timezone.localtime() - timedelta(days=1)
    response = issue(manager, source, expires_at_0=f"{past:%Y-%m-%d}", expires_at_1="10:00")
    assert "That moment has passed" in response.content.decode()
    assert not ApiKey.objects.exists()


def test_a_key_is_revoked_after_a_question(manager: Client) -> None:
    key = ApiKeyFactory.create()
    address = reverse("admin:intake_apikey_act", args=[key.pk, "revoke"])
    assert "cannot be undone" in manager.get(address).content.decode()
    key.refresh_from_db()
    assert key.revoked_at is None
    manager.post(address)
    key.refresh_from_db()
    assert not key.is_usable(timezone.now())
    assert "Revoked" in LogEntry.objects.get().change_message


def test_a_source_goes_live_pauses_and_goes_back_to_test_by_buttons(manager: Client) -> None:
    source = SourceFactory.create(status=SourceStatus.TEST)
    for name, status in (("go-live", "live"), ("pause", "paused"), ("test", "test")):
        assert manager.get(act(source, name)).status_code == 200
        manager.post(act(source, name), {"although": "yes"})
        source.refresh_from_db()
        assert source.status == status
    assert LogEntry.objects.count() == 3


def test_a_button_whose_time_has_passed_does_nothing(manager: Client) -> None:
    source = SourceFactory.create(status=SourceStatus.PAUSED)
    response = manager.post(act(source, "pause"), follow=True)
    assert "is not possible" in response.content.decode()
    assert not LogEntry.objects.exists()


def form_of(source: Source, **changes: Any) -> dict[str, Any]:
    values = {
        "vendor": source.vendor_id, "name": source.name, "vertical": source.vertical_id, "price": "22.00",
        "price_kind": "fixed", "mode": "realtime", "profile": "always200", "dialect": "native", "detail": "full",
        "required_fields": "first_name,phone", "replay_by": "vendor_lead_id", "replay_days": 30,
        "allowed_networks": "", "rate_limit": "", "ping_fields": "zip", "ping_seconds": 120, "ping_rate_limit": "",
    }  # fmt: skip
    for prefix in ("keys", "hours", "price_rules", "field_rules", "caps", "return_terms"):
        values |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    return {**values, **changes}


def rule(number: int, incoming: str, field: str) -> dict[str, str]:
    prefix = f"field_rules-{number}-"
    return {f"{prefix}incoming": incoming, f"{prefix}field": field, f"{prefix}values": '{"0": "male"}'}


def test_a_contract_is_edited_with_its_field_rules(manager: Client) -> None:
    source = SourceFactory.create()
    values = form_of(source, **rule(0, "Sex Code", "gender"), **{"field_rules-TOTAL_FORMS": 1}, price="25.50")
    assert manager.post(page(source), values).status_code == 302
    source.refresh_from_db()
    assert (str(source.price), source.required_fields) == ("25.50", ["first_name", "phone"])
    assert source.field_rules.get().values == {"0": "male"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"required_fields": "first_name,shoe_size"}, "Unknown: shoe_size"),
        ({"allowed_networks": "300.1.1.1"}, "is no address or network"),
        ({**rule(0, "sex", "shoe_size"), "field_rules-TOTAL_FORMS": 1}, "No field or attribute"),
        (
            {**rule(0, "Sex_Code", "gender"), **rule(1, "sexcode", "gender"), "field_rules-TOTAL_FORMS": 2},
            "mapped twice",
        ),
        ({"price": "-1"}, "greater than or equal to 0"),
    ],
)
def test_a_contract_that_cannot_be_meant_is_told_by_field(
    manager: Client, changes: dict[str, Any], words: str
) -> None:
    source = SourceFactory.create()
    response = manager.post(page(source), form_of(source, **changes))
    assert words in response.content.decode()
    assert not FieldRule.objects.exists()


def test_a_source_page_costs_the_same_with_one_rule_and_with_twenty(manager: Client) -> None:
    source = SourceFactory.create()

    def cost(rows: int) -> int:
        for _ in range(rows):
            FieldRuleFactory.create(source=source)
            ApiKeyFactory.create(source=source)
            SubmissionFactory.create(source=source, test=True, body=b"")
        manager.get(page(source))  # what is kept until the configuration changes
        with CaptureQueriesContext(connection) as asked:
            assert manager.get(page(source)).status_code == 200
        return len(asked)

    one = cost(1)
    assert cost(19) == one
    assert one <= 24


def rotate(manager: Client, source: Source, until: datetime, **more: Any) -> Any:
    form = manager.get(act(source, "rotate-key")).content.decode()
    once = re.search(r'name="once" value="([0-9a-f]+)"', form)
    assert once is not None
    local = timezone.localtime(until)
    values = {"once": once[1], "old_until_0": f"{local:%Y-%m-%d}", "old_until_1": f"{local:%H:%M:%S}", **more}
    return manager.post(act(source, "rotate-key"), values)


def test_a_key_is_rotated_and_the_old_one_works_until_the_moment_that_was_said(manager: Client) -> None:
    source = SourceFactory.create()
    old = ApiKeyFactory.create(source=source)
    until = (timezone.now() + timedelta(days=3)).replace(microsecond=0)
    response = rotate(manager, source, until)
    (text,) = set(KEY.findall(response.content.decode()))
    assert matches(ApiKey.objects.exclude(pk=old.pk).get(), text)
    assert f"The key {old} works until" in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert text not in everything_stored()
    old.refresh_from_db()
    assert old.expires_at == until
    assert f"{old} ends" in LogEntry.objects.get().change_message


def test_a_form_that_rotates_twice_makes_one_key(manager: Client) -> None:
    source = SourceFactory.create()
    ApiKeyFactory.create(source=source)
    form = manager.get(act(source, "rotate-key")).content.decode()
    values = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    for _ in range(2):
        response = manager.post(act(source, "rotate-key"), values, follow=True)
    assert ApiKey.objects.count() == 2
    assert "has made its key already" in response.content.decode()


def test_rotating_cuts_nobody_off_at_once_and_needs_a_key_that_works(manager: Client) -> None:
    source = SourceFactory.create()
    assert "Rotate the key" not in manager.get(page(source)).content.decode()
    key = ApiKeyFactory.create(source=source)
    assert "Rotate the key" in manager.get(page(source)).content.decode()
    response = rotate(manager, source, timezone.now() - timedelta(hours=1))
    assert "That moment has passed" in response.content.decode()
    assert ApiKey.objects.get() == key


def test_a_source_warns_of_a_key_that_ends_soon_and_of_two_that_work(manager: Client) -> None:
    source = SourceFactory.create()
    assert "No key works." in manager.get(page(source)).content.decode()
    soon = ApiKeyFactory.create(source=source, expires_at=timezone.now() + timedelta(days=13))
    text = manager.get(page(source)).content.decode()
    assert f"{soon} ends on" in text
    assert "keys work at once" not in text
    later = ApiKeyFactory.create(source=source, expires_at=timezone.now() + timedelta(days=15))
    text = manager.get(page(source)).content.decode()
    assert "2 keys work at once" in text
    assert f"{soon} ends on" in text
    assert f"{later} ends on" not in text


def test_the_last_use_of_each_key_is_shown(manager: Client) -> None:
    source = SourceFactory.create()
    ApiKeyFactory.create(source=source)
    assert "never" in manager.get(page(source)).content.decode()
    KeyUseFactory.create(key__source=source, last_at=datetime(2026, 11, 2, 15, 4, tzinfo=UTC))
    text = manager.get(page(source)).content.decode()
    assert to_minute(datetime(2026, 11, 2, 15, 4, tzinfo=UTC)) in text


def test_required_fields_are_ticked_among_those_of_the_kind_of_insurance(manager: Client) -> None:
    source = SourceFactory.create()
    text = manager.get(page(source)).content.decode()
    assert 'value="tobacco"' in text
    assert text.count('name="required_fields"') > 30
    values = form_of(source, required_fields=["phone", "tobacco"])
    assert manager.post(page(source), values).status_code == 302
    source.refresh_from_db()
    assert source.required_fields == ["phone", "tobacco"]


def test_what_a_ping_must_carry_is_ticked_among_what_names_nobody(manager: Client) -> None:
    source = SourceFactory.create()
    text = manager.get(page(source)).content.decode()
    assert 'name="ping_fields" value="tobacco"' in text
    assert 'name="ping_fields" value="phone"' not in text
    values = form_of(source, pings="on", ping_fields=["zip", "tobacco"])
    assert manager.post(page(source), values).status_code == 302
    source.refresh_from_db()
    assert source.ping_fields == ["zip", "tobacco"]


def test_a_new_source_begins_with_the_usual_required_fields(manager: Client) -> None:
    text = manager.get(reverse("admin:intake_source_add")).content.decode()
    ticked = re.findall(r'name="required_fields" value="(\w+)"[^>]*checked', text)
    assert ticked == ["first_name", "last_name", "phone", "state"]


def test_values_are_mapped_in_lines_and_shown_so(manager: Client) -> None:
    source = SourceFactory.create()
    lines = {
        **rule(0, "sexcode", "gender"),
        "field_rules-0-values": "0 = male\n 1=female ",
        "field_rules-TOTAL_FORMS": 1,
    }
    assert manager.post(page(source), form_of(source, **lines)).status_code == 302
    assert source.field_rules.get().values == {"0": "male", "1": "female"}
    assert "0 = male\n1 = female" in manager.get(page(source)).content.decode()
    lines["field_rules-0-values"] = "male"
    assert (
        "is no value with its meaning"
        in manager.post(page(source), form_of(source, **lines)).content.decode()
    )


def hours(source: Source) -> list[str]:
    return [str(row) for row in source.hours.all()]


def test_hours_are_set_for_several_days_at_once(manager: Client) -> None:
    source = SourceFactory.create()
    values = {"weekdays": ["0", "1"], "opens_at": "09:00", "closes_at": "17:00"}
    manager.post(act(source, "hours"), values)
    manager.post(act(source, "hours"), {**values, "weekdays": ["1", "5"], "closes_at": "23:59"})
    assert hours(source) == ["Monday 09:00-17:00", "Tuesday 09:00-23:59", "Saturday 09:00-23:59"]
    assert f"{source.hours.get(weekday=5).closes_at}" == "23:59:59"
    manager.post(act(source, "hours"), {**values, "only": "on"})
    assert hours(source) == ["Monday 09:00-17:00", "Tuesday 09:00-17:00"]
    shown = manager.get(act(source, "hours")).content.decode()
    assert shown.count(" checked>") == 3


def test_hours_that_end_before_they_begin_are_refused(manager: Client) -> None:
    source = SourceFactory.create()
    values = {"weekdays": ["0"], "opens_at": "17:00", "closes_at": "09:00"}
    assert "Closes before it opens" in manager.post(act(source, "hours"), values).content.decode()
    assert "required" in manager.post(act(source, "hours"), {**values, "weekdays": []}).content.decode()
    assert hours(source) == []


def test_the_first_page_warns_of_a_live_source_whose_last_key_ends_soon(manager: Client) -> None:
    source = SourceFactory.create()
    first = reverse("admin:index")
    words = "live source without a key that lasts two weeks"
    ApiKeyFactory.create(source=source, expires_at=timezone.now() + timedelta(days=13))
    assert words in manager.get(first).content.decode()
    ApiKeyFactory.create(source=source, scope="return")
    assert words in manager.get(first).content.decode()
    ApiKeyFactory.create(source=source)
    assert words not in manager.get(first).content.decode()
