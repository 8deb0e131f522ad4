"""Managers set checks by forms made from the checks, mind caps, keep the do-not-contact list, load files."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.admin.dnc import VERSIONS_SHOWN
from compliance.admin.params import PREFIX, fields_for
from compliance.caps import period_of
from compliance.models import CheckSetting, DncList, DncVersion, Suppression
from compliance.policy import load_policy
from compliance.registry import CHECKS
from intake.models import Source
from leadcrm.models import User
from leadcrm.testing.factories import (
    CapFactory,
    CapUseFactory,
    CheckSettingFactory,
    DncListFactory,
    DncVersionFactory,
    SourceFactory,
    SuppressionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
ADD = "admin:compliance_checksetting_add"


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


def add_url(check: str, source: Source | None = None) -> str:
    return f"{reverse(ADD)}?check_name={check}" + (f"&source={source.pk}" if source else "")


def set_check(manager: Client, check: str, source: Source | None = None, **values: Any) -> Any:
    shown = manager.get(add_url(check, source)).context["adminform"].form
    given = {name: field.initial for name, field in shown.fields.items()} | dict(shown.initial)
    data = {"mode": "enforce", "on_unknown": "block"} | {n: v for n, v in given.items() if n in shown.fields}
    data |= {PREFIX + name: value for name, value in values.items()}
    flat = {
        n: ", ".join(v) if isinstance(v, list) and n != f"{PREFIX}attributes" else v for n, v in data.items()
    }
    flat = {n: json.dumps(v) if isinstance(v, list) else v for n, v in flat.items()}
    return manager.post(add_url(check, source), {n: v for n, v in flat.items() if v not in (None, False)})


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_every_check_has_a_form_with_its_words_that_saves_unchanged(manager: Client, check: Any) -> None:
    page = unescape(manager.get(add_url(check.name)).content.decode())
    for field in fields_for(check).values():
        assert str(field.label) in page
    assert set_check(manager, check.name).status_code == 302
    row = CheckSetting.objects.get()
    assert (row.source, row.check_name, row.params) == (None, check.name, {})
    load_policy(SourceFactory.create().pk)


def test_parameters_of_every_kind_reach_the_decision(manager: Client) -> None:
    source = SourceFactory.create()
    rules = [{"name": "tobacco", "op": "eq", "value": False}]
    set_check(
        manager,
        "filters",
        source,
        states="tx ok",
        zips="752, 75001",
        min_age="50",
        attributes=json.dumps(rules),
    )
    set_check(manager, "duplicate", source, match="phone", days="0", open_leads="")
    set_check(manager, "consent", source, require_trustedform="on")
    params = {item.check.name: item.params for item in load_policy(source.pk).checks}
    assert params["filters"].states == ["TX", "OK"]
    assert params["filters"].zips == ["752", "75001"]
    assert (params["filters"].min_age, params["filters"].max_age) == (50, None)
    assert params["filters"].attributes[0].value is False
    assert (params["duplicate"].match, params["duplicate"].days, params["duplicate"].open_leads) == (
        "phone",
        0,
        False,
    )
    assert params["consent"].require_trustedform is True


def test_a_source_stores_only_what_differs_from_the_agency_and_follows_the_rest(manager: Client) -> None:
    source = SourceFactory.create()
    agency = CheckSettingFactory.create(source=None, check_name="duplicate", params={"days": 90})
    set_check(manager, "duplicate", source, scope="vendor")
    assert CheckSetting.objects.get(source=source).params == {"scope": "vendor"}
    agency.params = {"days": 60}
    agency.save()
    (duplicate,) = [each for each in load_policy(source.pk).checks if each.check.name == "duplicate"]
    assert (duplicate.params.days, duplicate.params.scope) == (60, "vendor")


def test_rules_on_attributes_are_written_as_lines_and_shown_so(manager: Client) -> None:
    source = SourceFactory.create()
    lines = "tobacco eq no\ncoverage_amount gte 10000\nmarital_status in single, married\nhas_pet present"
    set_check(manager, "filters", source, attributes=lines)
    row = CheckSetting.objects.get(source=source)
    assert row.params["attributes"] == [
        {"name": "tobacco", "op": "eq", "value": False},
        {"name": "coverage_amount", "op": "gte", "value": "10000"},
        {"name": "marital_status", "op": "in", "value": ["single", "married"]},
        {"name": "has_pet", "op": "present", "value": ""},
    ]
    page = manager.get(reverse("admin:compliance_checksetting_change", args=[row.pk])).content.decode()
    assert lines in page


def test_states_are_ticked(manager: Client) -> None:
    source = SourceFactory.create()
    address = add_url("filters", source)
    values = {"mode": "enforce", "on_unknown": "block", "param_states": ["TX", "OK"], "param_attributes": ""}
    assert manager.post(address, values).status_code == 302
    row = CheckSetting.objects.get(source=source)
    assert row.params == {"states": ["TX", "OK"]}
    page = manager.get(reverse("admin:compliance_checksetting_change", args=[row.pk])).content.decode()
    assert page.count(" checked>") == 2
    assert '<abbr title="Oklahoma">OK</abbr>' in page


def test_a_limit_of_the_agency_can_be_lifted_for_one_source(manager: Client) -> None:
    source = SourceFactory.create()
    CheckSettingFactory.create(source=None, check_name="lead_age", params={"max_age_days": 30})
    set_check(manager, "lead_age", source, max_age_days="")
    assert CheckSetting.objects.get(source=source).params == {"max_age_days": None}


@pytest.mark.parametrize(
    ("check", "values", "words"),
    [
        ("filters", {"states": "TX, Texas"}, "No such state: TEXAS"),
        ("filters", {"zips": "752, seven"}, "No ZIP or beginning of one: seven"),
        ("filters", {"min_age": "-1"}, "greater than or equal to 0"),
        ("filters", {"attributes": "tobacco"}, "is no rule"),
        ("filters", {"attributes": "tobacco eq"}, "is no rule"),
        ("filters", {"attributes": "tobacco like yes"}, "Invalid enum value"),
        ("filters", {"attributes": "[not JSON"}, "valid JSON"),
        ("filters", {"attributes": '[{"name": "x", "op": "like"}]'}, "Invalid enum value"),
        ("filters", {"attributes": '{"name": "x"}'}, "Expected"),
        ("duplicate", {"days": "many"}, "whole number"),
        ("duplicate", {"days": "99999999999"}, "less than or equal to"),
        ("duplicate", {"match": "name"}, "valid choice"),
    ],
)
def test_what_a_check_does_not_take_is_told_and_not_stored(
    manager: Client, check: str, values: dict[str, Any], words: str
) -> None:
    assert words in set_check(manager, check, **values).content.decode()
    assert not CheckSetting.objects.exists()


def test_the_check_of_fields_cannot_be_switched_off(manager: Client) -> None:
    response = manager.post(add_url("fields"), {"mode": "off", "on_unknown": "block"})
    assert "valid choice" in response.content.decode()


def test_a_check_that_is_set_already_leads_to_its_row(manager: Client) -> None:
    row = CheckSettingFactory.create()
    response = manager.get(add_url("duplicate", row.source))
    assert response.status_code == 302
    assert response["Location"] == reverse("admin:compliance_checksetting_change", args=[row.pk])


@pytest.mark.parametrize(
    "query", ["", "?check_name=nonsense", "?check_name=price&source=x", "?check_name=price&source=99"]
)
def test_without_a_check_and_a_source_one_chooses_first(manager: Client, query: str) -> None:
    page = manager.get(reverse(ADD) + query).content.decode()
    assert "every source without a setting of its own" in page
    assert 'name="mode"' not in page


def test_a_setting_of_a_check_that_is_gone_can_only_be_deleted(manager: Client) -> None:
    row = CheckSettingFactory.create(check_name="bygone")
    page = manager.get(reverse("admin:compliance_checksetting_change", args=[row.pk]), follow=True)
    assert "There is no check bygone any more" in page.content.decode()
    assert "no longer a check" in page.content.decode()


def test_the_source_page_shows_every_check_in_order_as_it_is_set(manager: Client) -> None:
    source = SourceFactory.create()
    CheckSettingFactory.create(source=source, check_name="duplicate", mode="observe", params={"days": 7})
    page = manager.get(reverse("admin:intake_source_change", args=[source.pk])).content.decode()
    panel = page[page.index("Checks, in the order they are asked") :]
    places = [panel.index(f">{check.label}<") for check in CHECKS]
    assert places == sorted(places)
    assert "Window in days: 7" in panel
    assert "Record only" in panel


def test_a_cap_shows_how_far_its_running_period_is_used(manager: Client) -> None:
    cap = CapFactory.create(limit=10)
    start, _ = period_of("day", timezone.now().astimezone(settings.AGENCY_ZONE))
    CapUseFactory.create(cap=cap, period_start=start, used=4)
    CapUseFactory.create(cap=cap, period_start=start - timedelta(days=1), used=10)
    for address in (
        reverse("admin:compliance_cap_changelist"),
        reverse("admin:intake_source_change", args=[cap.source_id]),
    ):
        assert "4 of 10 leads" in manager.get(address).content.decode()


SUPPRESS = "admin:compliance_suppression_add"


def test_a_person_is_put_on_the_list_in_any_notation_in_the_managers_name(manager: Client) -> None:
    values = {
        "kind": "internal",
        "phone": "(214) 555-0142",
        "email": "Somebody@Example.com",
        "reason": "Asked",
    }
    assert manager.post(reverse(SUPPRESS), values).status_code == 302
    rows = Suppression.objects.all()
    assert {(row.phone, row.email) for row in rows} == {("+12145550142", ""), ("", "somebody@example.com")}
    assert {str(row.added_by) for row in rows} == {"Test Reviewer"}
    assert manager.post(reverse(SUPPRESS), values).status_code == 302
    assert Suppression.objects.count() == 2


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "Give a phone number or an e-mail"),
        ({"phone": "555-0142"}, "not a US phone number"),
        ({"email": "x"}, "valid"),
    ],
)
def test_an_entry_that_names_nobody_is_refused(manager: Client, values: dict[str, str], words: str) -> None:
    response = manager.post(reverse(SUPPRESS), {"kind": "internal", **values})
    assert words in response.content.decode()
    assert not Suppression.objects.exists()


def test_an_entry_is_released_by_a_named_person_and_stays_on_record(manager: Client, reviewer: User) -> None:
    row = SuppressionFactory.create(phone="+12145550142")
    manager.post(reverse("admin:compliance_suppression_act", args=[row.pk, "release"]))
    row.refresh_from_db()
    assert row.released_at is not None
    assert row.released_by == reviewer
    assert LogEntry.objects.get().change_message.count("Released") == 1
    shown = manager.get(reverse("admin:compliance_suppression_changelist"), {"q": "214 555 0142"})
    assert list(shown.context["cl"].result_list) == [row]


def test_entries_are_neither_edited_nor_deleted(manager: Client) -> None:
    row = SuppressionFactory.create()
    assert manager.post(reverse("admin:compliance_suppression_change", args=[row.pk]), {}).status_code == 403
    assert manager.post(reverse("admin:compliance_suppression_delete", args=[row.pk]), {}).status_code == 403


IMPORT = "admin:compliance_dnclist_import"


def upload(manager: Client, *texts: str, **values: Any) -> Any:
    files = [SimpleUploadedFile(f"list{n}.txt", text.encode()) for n, text in enumerate(texts)]
    given = {"code": "litigator", "kind": "full", "effective_on": f"{timezone.localdate()}", "uploads": files}
    return manager.post(reverse(IMPORT), {**given, **values}, follow=True)


@pytest.mark.django_db(transaction=True)
def test_files_are_loaded_and_the_version_in_use_is_shown(client: Client) -> None:
    User.objects.create_superuser(
        "boss@example.com", "a password for tests only", first_name="Test", last_name="Boss"
    )
    client.force_login(User.objects.get())
    page = upload(client, "2145550142\n2145550143\n", "5125550142\n", san="12345").content.decode()
    assert "Version 1 is in use: 3 numbers" in page
    version = DncVersion.objects.get()
    assert (version.state, version.numbers, version.san, version.imported_by) == (
        "ready",
        3,
        "12345",
        "Test Boss",
    )
    assert "Loaded 3 numbers" in LogEntry.objects.get().get_change_message()
    lists = client.get(reverse("admin:compliance_dnclist_changelist")).content.decode()
    assert "Known litigators" in lists
    again = upload(client, "2145550142\n2145550143\n", "5125550142\n").content.decode()
    assert "loaded already" in again


@pytest.mark.django_db(transaction=True)
def test_a_wrong_line_is_told_with_file_and_line_and_changes_nothing(client: Client) -> None:
    client.force_login(User.objects.create_superuser("boss@example.com", "a password for tests only"))
    page = upload(client, "2145550142\nnot a number\n").content.decode()
    assert "Nothing was changed: list0.txt, line 2" in page
    assert not DncList.objects.filter(current__isnull=False).exists()


@pytest.mark.django_db(transaction=True)
def test_an_import_that_looks_like_a_mistake_asks_first(client: Client) -> None:
    client.force_login(User.objects.create_superuser("boss@example.com", "a password for tests only"))
    upload(client, "".join(f"21455501{n:02}\n" for n in range(20)))
    page = upload(client, "2145550199\n").content.decode()
    assert "would shrink from 20 to 1" in page
    assert "Load it although it looks like a mistake" in page
    assert DncVersion.objects.get(state="ready").numbers == 20
    upload(client, "2145550199\n", confirm="on")
    assert DncVersion.objects.get(state="ready").numbers == 1


def test_a_file_too_large_for_a_request_is_sent_to_the_command(
    manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compliance.admin.dnc_import.LARGEST_UPLOAD", 10)
    page = upload(manager, "2145550142\n").content.decode()
    assert "manage.py import_dnc" in page
    assert not DncVersion.objects.exists()


def test_loading_takes_its_own_permission(client: Client) -> None:
    viewer = UserFactory.create(is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(viewer)
    assert client.get(reverse(IMPORT)).status_code == 403
    assert "Load a file" not in client.get(reverse("admin:compliance_dnclist_changelist")).content.decode()


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (0, "fresh for 31 more days"),
        (30, "fresh for 1 more day<"),
        (31, "fresh for 0"),
        (33, "stale for 2 days"),
    ],
)
def test_a_list_shows_how_fresh_it_is(manager: Client, age: int, words: str) -> None:
    listing = DncListFactory.create(stale_after_days=31)
    day = timezone.localdate() - timedelta(days=age)
    listing.current = DncVersionFactory.create(dnc_list=listing, effective_on=day)
    listing.save()
    assert words in manager.get(reverse("admin:compliance_dnclist_changelist")).content.decode()
    first = manager.get(reverse("admin:index")).content.decode()
    assert ("stale do-not-call list" in first) is (age == 33)


def test_the_page_of_a_list_shows_its_newest_versions_and_leads_to_all(manager: Client) -> None:
    listing = DncListFactory.create()
    for number in range(1, VERSIONS_SHOWN + 6):
        DncVersionFactory.create(dnc_list=listing, number=number)
    page = manager.get(reverse("admin:compliance_dnclist_change", args=[listing.pk])).content.decode()
    shown = [int(number) for number in re.findall(r'<td class="field-number">\s*<p>(\d+)</p>', page)]
    assert shown == list(range(VERSIONS_SHOWN + 5, 5, -1))
    every = f"{reverse('admin:compliance_dncversion_changelist')}?dnc_list__id__exact={listing.pk}"
    assert every in page
    assert manager.get(every).context["cl"].result_count == VERSIONS_SHOWN + 5
