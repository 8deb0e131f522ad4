"""A sample post is understood as the vendor's would be, and leaves no trace."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.models import Cap, Decision
from intake.models import FieldRule, Source, SourceStatus, Submission
from intake.tests.test_admin_sources import everything_stored
from leadcrm.models import User
from leadcrm.testing.door import Door, written_logs
from leadcrm.testing.factories import FieldRuleFactory, PriceRuleFactory, SourceFactory, UserFactory
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(door: Door) -> Source:
    """A source whose leads somebody would get."""
    return door.source


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


def address(source: Source) -> str:
    return reverse("admin:intake_source_act", args=[source.pk, "sample"])


def tried(manager: Client, source: Source, post: Any, **more: Any) -> str:
    """The page's visible text, tags as blanks."""
    text = post if isinstance(post, str) else json.dumps(post)
    answer = manager.post(address(source), {"text": text, **more})
    assert answer.status_code == 200
    return words(answer.content.decode())


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page).replace("&quot;", '"'))


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ('{"fname": "Test", "cell_phone": "512-555-0133", "st": "x", "state": "Texas"}', "json"),
        ("fname=Test&cell_phone=512-555-0133&state=Texas", "form"),
        ("<lead><fname>Test</fname><cell_phone>512-555-0133</cell_phone><state>Texas</state></lead>", "xml"),
    ],
)
def test_a_pasted_post_is_read_whatever_it_is_written_in(
    manager: Client, source: Source, text: str, read_as: str
) -> None:
    page = tried(manager, source, text)
    assert f"read as {read_as}" in page
    assert "phone · built-in alias +15125550133" in page
    assert "state · our name TX" in page
    assert "Missing: last_name" in page


def test_each_field_says_by_which_rule_it_is_known_and_what_is_wrong_with_it(
    manager: Client, source: Source
) -> None:
    FieldRuleFactory.create(source=source, incoming="Sex Code", field="gender", values={"0": "male"})
    post = glossary(smoker="maybe", sexcode="0", shoe="43")
    page = tried(manager, source, post)
    assert "sexcode 0 gender · field rule male" in page
    assert "smoker maybe tobacco · attribute invalid_field Is neither yes nor no." in page
    assert "shoe 43 not known" in page
    assert "refused A field cannot be read invalid_field tobacco" in page


def test_the_price_and_every_check_are_told_as_for_a_test_post(manager: Client, source: Source) -> None:
    page = tried(manager, source, glossary())
    assert "accepted at $22.00" in page
    for check in ("Consent passes", "Duplicate passes", "Filters passes", "Caps passes", "Agent passes"):
        assert check in page
    assert '"status": "accepted"' in page


def test_a_check_that_objects_is_told_with_its_reason(manager: Client, door: Door, source: Source) -> None:
    door.set_check("filters", states=["OK"])
    page = tried(manager, source, glossary(state="TX"))
    assert "Filters objects Not bought by this source. filter_mismatch state" in page


def test_nothing_of_a_sample_is_stored_logged_or_counted(manager: Client, door: Door, source: Source) -> None:
    Cap.objects.create(source=source, period="day", limit=5)
    post = glossary(last_name="Zanzibar", phone="512-555-0147", email="zanzibar@example.com")
    manager.get(address(source))
    before = everything_stored()
    with written_logs() as lines:
        answer = manager.post(address(source), {"text": json.dumps(post)})
    assert everything_stored() == before
    assert not Submission.objects.exists()
    assert not Decision.objects.exists()
    written = lines.getvalue()
    assert "/do/" in written
    assert "Zanzibar" not in written
    assert "512-555" not in written
    assert "Zanzibar" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_a_key_that_was_pasted_with_the_post_is_not_shown_again(manager: Client, source: Source) -> None:
    key = "lk_12345678_" + "a1" * 20
    for text in (json.dumps({"api_key": key, "zip": "75201"}), f"zip=75201&note=Bearer+{key}"):
        assert key not in manager.post(address(source), {"text": text}).content.decode()


def test_a_fictional_number_is_taken_and_the_page_says_that_a_live_post_would_be_refused(
    manager: Client, source: Source
) -> None:
    page = tried(manager, source, glossary(phone="512-555-0133"))
    assert "accepted at $22.00" in page
    assert "invalid_phone phone" in page.partition("A live post would be refused: ")[2]


def test_a_body_that_cannot_be_read_says_where_it_is_broken(manager: Client, source: Source) -> None:
    assert "The body is broken JSON at line 1" in tried(manager, source, '{"a": ')
    assert "not one object" in tried(manager, source, "[1]")
    assert "Paste a post" in tried(manager, source, "  ")


def test_one_click_maps_an_unknown_field_to_the_name_that_is_near(manager: Client, source: Source) -> None:
    post = glossary(phone=None, cust_phone="512-555-0133")
    offered = manager.post(address(source), {"text": json.dumps(post)}).content.decode()
    assert 'name="one" value="cust_phone=phone"' in offered
    page = tried(manager, source, post, one="cust_phone=phone")
    assert "Saved: cust_phone → phone" in page
    assert "cust_phone 512-555-0133 phone · field rule +15125550133" in page
    assert FieldRule.objects.get(source=source).field == "phone"
    assert "cust_phone → phone" in LogEntry.objects.get().change_message


def test_rules_are_tried_before_they_are_saved_and_saved_together(manager: Client, source: Source) -> None:
    post = glossary(sex="0", knt="555-0177")
    drafts = {
        "path-0": "knt", "as-0": "phone_2",
        "path-1": "sex", "field-1": "gender", "raw-1": "0", "means-1": "male",
    }  # fmt: skip
    page = tried(manager, source, post, **drafts)
    assert "With rules that are not saved" in page
    assert "sex 0 gender · field rule male" in page
    assert not FieldRule.objects.exists()
    assert "Saved:" in tried(manager, source, post, save="all", **drafts)
    rules = {rule.incoming: (rule.field, rule.values) for rule in FieldRule.objects.all()}
    assert rules == {"knt": ("phone_2", {}), "sex": ("gender", {"0": "male"})}


def test_a_rule_for_the_same_name_is_changed_and_not_doubled(manager: Client, source: Source) -> None:
    FieldRuleFactory.create(source=source, incoming="Cust-Phone", field="gender")
    for _ in range(2):
        tried(manager, source, glossary(cust_phone="512-555-0133"), one="cust_phone=phone")
    assert [rule.field for rule in FieldRule.objects.all()] == ["phone"]


@pytest.mark.parametrize("chosen", ["shoe=shoe_size", "api_key=phone", "=phone", f"{'x' * 81}=phone"])
def test_a_name_that_cannot_be_mapped_is_refused(manager: Client, source: Source, chosen: str) -> None:
    page = tried(manager, source, glossary(), one=chosen)
    assert "Saved:" not in page
    assert not FieldRule.objects.exists()


def test_one_of_the_sources_last_posts_is_read_by_the_rules_of_now(
    manager: Client, door: Door, source: Source
) -> None:
    door.post(cust_zip="75201")
    post = Submission.objects.get()
    assert post.pk.hex in manager.get(address(source)).content.decode()
    page = words(manager.get(address(source), {"post": post.pk.hex}).content.decode())
    assert "cust_zip 75201 not known" in page
    assert "Map to zip" in page


def test_another_sources_post_is_not_shown_nor_one_to_whom_may_not_read_the_log(
    client: Client, manager: Client, door: Door, source: Source
) -> None:
    door.post(last_name="Zanzibar")
    post = Submission.objects.get()
    other = SourceFactory.create()
    assert "no such post" in words(manager.get(address(other), {"post": post.pk.hex}).content.decode())
    user = UserFactory.create(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_source", "change_source"]))
    client.force_login(user)
    page = client.get(address(source), {"post": post.pk.hex}).content.decode()
    assert "no such post" in page
    assert "Zanzibar" not in page
    assert post.pk.hex not in page.replace(f'value="{post.pk}"', "")


def test_an_erased_persons_post_is_not_read(manager: Client, door: Door, source: Source) -> None:
    door.post()
    Submission.objects.update(body=b"")
    page = manager.get(address(source), {"post": Submission.objects.get().pk.hex}).content.decode()
    assert "Erased." in page


def test_a_paused_source_says_so(manager: Client, source: Source) -> None:
    Source.objects.filter(pk=source.pk).update(status=SourceStatus.PAUSED)
    assert "refused Source paused source_paused" in tried(manager, source, glossary())


def test_odd_posts_are_told_and_nothing_breaks(manager: Client, source: Source) -> None:
    for text in (
        json.dumps({"drivers": [{"name": "x"}], "phone": ["1", "2"], "zip": 0, "a": {"b": {"c": 1}}}),
        "zip=00007&phone=5125550133&state=TX", "<a/>", "\x00", '{"phone": "\\ud800"}', "=&=&==",
    ):  # fmt: skip
        tried(manager, source, text)


def test_moments_are_shown_on_the_agencys_clock_and_days_as_days(manager: Client, source: Source) -> None:
    page = tried(manager, source, glossary(timestamp="2026-11-20T18:30:00Z", dob="6/30/1950"))
    assert f"{timezone.localtime(datetime(2026, 11, 20, 18, 30, tzinfo=UTC)):%Y-%m-%d %H:%M:%S %Z}" in page
    assert "dob 6/30/1950 date_of_birth · built-in alias 1950-06-30" in page


def test_a_price_table_prices_a_sample_and_says_so(manager: Client, source: Source) -> None:
    Source.objects.filter(pk=source.pk).update(price_kind="table")
    PriceRuleFactory.create(source=source, price="31.50", states=["TX"])
    assert "accepted at $31.50 by the price table" in tried(manager, source, glossary())


def test_a_ping_that_a_sample_names_is_not_looked_up_and_the_page_says_so(
    manager: Client, source: Source
) -> None:
    page = tried(manager, source, glossary(ping_id="0192f3a4d7"))
    assert "It names a ping, which is not looked up here" in page
    assert "accepted at $22.00" in page
