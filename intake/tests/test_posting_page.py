"""The posting instructions as a vendor's engineer reads them: complete, of this source alone, and nothing internal."""

import re
from datetime import datetime
from decimal import Decimal
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from agents.tests.page_suite import INLINE
from compliance.models import CheckMode
from compliance.registry import CHECKS
from compliance.testmode import FORCED
from intake.canonical import ALIASES, CANONICAL, loose
from intake.models import (
    Detail,
    Dialect,
    Mode,
    PriceKind,
    Profile,
    ReplayBy,
    ReturnTerm,
    Source,
    SourceStatus,
)
from intake.posting.answering import example_answers
from intake.posting.fields import OF_PINGS
from intake.reasons import HTTP_ERRORS, PING_REASONS, PING_WARNINGS, REASONS, WARNINGS
from intake.tests.posting_support import path_of, posting_of, vertical
from leadcrm.testing.door import Door
from leadcrm.testing.factories import (
    CapFactory,
    FieldRuleFactory,
    SourceFactory,
    SourceHoursFactory,
    VendorFactory,
)

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 12, 2, 12, 0, tzinfo=ZoneInfo("America/Chicago"))


@pytest.fixture
def source() -> Source:
    """A live source of final expense leads, as shipped."""
    return SourceFactory.create(
        name="Texas final expense",
        vendor=VendorFactory.create(name="Example Leads"),
        vertical=vertical("final_expense"),
    )


def opened(source: Source, name: str = "posting") -> Any:
    return Client().get(path_of(source, name))


def words(source: Source) -> str:
    """The page's text, every run of blanks one blank."""
    html = opened(source).content.decode()
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def row(source: Source, name: str) -> str:
    """The text of one line of the field table, by the name to send."""
    html = opened(source).content.decode()
    (line,) = re.findall(rf'<tr>\s*<th scope="row"><code>{re.escape(name)}</code>.*?</tr>', html, re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", line)).split())


def test_the_page_is_open_without_a_login_and_kept_by_nobody(source: Source) -> None:
    answer = opened(source)
    assert answer.status_code == 200
    assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("private, no-cache", "noindex, nofollow")
    assert answer["Referrer-Policy"] == "no-referrer"
    assert not answer.cookies
    assert not INLINE.search(answer.content.decode())


@pytest.mark.parametrize("name", ["posting", "posting_schema", "posting_openapi"])
def test_a_link_of_nobody_leads_nowhere(source: Source, name: str) -> None:
    path = path_of(source, name)
    assert Client().get(path).status_code == 200
    nobodys = Client().get(path.replace(source.posting_token, "0" * 32))
    assert nobodys.status_code == 404
    assert "This link leads nowhere" in nobodys.content.decode()
    assert nobodys["Cache-Control"] == "private, no-cache"
    assert Client().get(path.replace(source.posting_token, f"{source.pk}")).status_code == 404
    assert Client().post(path).status_code == 405


@pytest.mark.parametrize("name", ["posting", "posting_schema", "posting_openapi"])
def test_a_page_asks_only_whether_the_configuration_changed_however_much_hangs_on_the_source(
    source: Source, name: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(50):
        FieldRuleFactory.create(source=source, field="campaign", incoming=f"campaign_{number}")
    opened(source, name)
    with django_assert_num_queries(0):  # that question goes past Django's own connection log (leadcrm.lib.db)
        assert opened(source, name).status_code == 200


def test_a_page_that_has_not_changed_is_not_sent_again(source: Source) -> None:
    etag = opened(source, "posting_schema")["ETag"]
    again = Client().get(path_of(source, "posting_schema"), headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    FieldRuleFactory.create(source=source, incoming="sx", field="gender")
    assert Client().get(path_of(source, "posting_schema"), headers={"If-None-Match": etag}).status_code == 200


def test_every_field_with_its_aliases_and_every_attribute_is_told(source: Source) -> None:
    table = posting_of(source).table
    told = {field.name: {loose(name) for name in field.names} for field in table.rows}
    for name in CANONICAL.keys() - OF_PINGS:
        assert {alias for alias, field in ALIASES.items() if field == name} <= told[name], name
    assert {a.name for a in source.vertical.attributes.all()} <= told.keys()
    text = words(source)
    for field in table.rows:
        assert all(name in text for name in field.names)
        assert field.what in text


def test_what_is_required_is_told_and_what_is_not_is_not(source: Source) -> None:
    Source.objects.filter(pk=source.pk).update(required_fields=["first_name", "tobacco"])
    assert "required" in row(source, "phone")
    assert "required" in row(source, "first_name")
    assert "required" in row(source, "tobacco")
    assert "required" not in row(source, "email")


def test_the_vendors_own_names_and_codes_stand_first(source: Source) -> None:
    FieldRuleFactory.create(source=source, incoming="sx", field="gender", values={"0": "male"})
    line = row(source, "sx")
    assert "0 means male" in line
    assert "gender sex" in line


def test_values_a_manager_typed_are_shown_and_not_run(source: Source) -> None:
    FieldRuleFactory.create(
        source=source, incoming="<script>x</script>", field="gender", values={"<i>": "male"}
    )
    html = opened(source).content.decode()
    assert "<script>x" not in html
    assert "<i>" not in html


def test_every_reason_warning_error_and_test_zip_is_told_with_what_to_do(source: Source) -> None:
    text = words(source)
    for code, told in REASONS.items():
        assert (f"{code} {plain(told.why)} {plain(told.do)}" in text) is (code not in PING_REASONS), code
    for error in HTTP_ERRORS:
        assert f"{error.status} {error.code} {plain(error.when)} {plain(error.do)}" in text
    for code, why in WARNINGS.items():
        assert (f"{code} ({why})" in text) is (code not in PING_WARNINGS), code
    for zip5 in FORCED:
        assert zip5 in text


def test_a_source_that_takes_pings_says_what_it_wants_of_them_and_answers(source: Source) -> None:
    assert "Ping and post" not in words(source)
    Source.objects.filter(pk=source.pk).update(
        pings=True, ping_fields=["zip", "age"], ping_seconds=90, ping_rate_limit=77
    )
    source.refresh_from_db()
    text = words(source)
    for told in (
        "/api/lead-intake/ping", "stands for 90 seconds", "77 pings per minute", "phone_hash", "ping_mismatch",
        '"ping_id":"0192f3a4d7027bd08a51c2e9d4b7f601"', '"expires_in":90', "not_kept (contact data",
    ):  # fmt: skip
        assert told in text, told
    for code in PING_REASONS:
        assert f"{code} {plain(REASONS[code].why)}" in text
    required = text.split("Required:")[1].split(". ")[0]
    assert {"state", "zip", "age"} <= set(required.replace(",", "").split())


def plain(told: str) -> str:
    """A sentence as it reads on the page: code in backticks stands between blanks there."""
    return " ".join(re.sub(r"`([^`]*)`", r" \1 ", told).split())


def test_filters_hours_and_price_are_shown_only_where_the_source_shows_them(door: Door) -> None:
    door.set_check("filters", states=["TX", "OK"], min_age=50, max_age=80, zips=["752"], attributes=[
        {"name": "tobacco", "op": "eq", "value": False}, {"name": "coverage_amount", "op": "gte", "value": 5000},
    ])  # fmt: skip
    door.set_check("lead_age", max_age_minutes=5)
    SourceHoursFactory.create(source=door.source, weekday=0, opens_at="08:00", closes_at="17:30")
    door.set(price=Decimal("31.50"))
    secrets = ["Oklahoma", "50 to 80", "beginning with 752", "at least 5000", "5 minutes", "8:00 AM", "31.50"]
    hidden = words(door.source)
    assert [secret for secret in secrets if secret in hidden] == []

    door.set(posting_terms=True)
    shown = words(door.source)
    assert [secret for secret in secrets if secret not in shown] == ["31.50"]
    assert "Monday 8:00 AM to 5:30 PM" in shown
    assert "Tuesday closed" in shown
    assert "Tobacco is no" in shown

    door.set(posting_price=True)
    assert "$31.50 a lead" in words(door.source)
    door.set(price_kind=PriceKind.ASK)
    assert "your ask, up to $31.50 a lead" in words(door.source)


def test_returns_are_told_where_the_contract_has_them_and_their_windows_where_it_shows_terms(
    source: Source,
) -> None:
    assert "take a bad lead back" not in words(source)
    ReturnTerm.objects.create(source=source, reason="wrong_number", days=10, attempts=3)
    assert "/api/lead-intake/returns?state=asked" in words(source)
    assert "10 days" not in words(source)
    Source.objects.filter(pk=source.pk).update(posting_terms=True)
    assert "Wrong number, up to 10 days after the lead came and after 3 tries" in words(source)


def test_a_check_that_is_off_or_only_records_is_not_told(door: Door) -> None:
    door.set(posting_terms=True)
    for mode, told in (
        (CheckMode.ENFORCE, True),
        (CheckMode.REVIEW, True),
        (CheckMode.OBSERVE, False),
        (CheckMode.OFF, False),
    ):
        door.set_check("filters", mode=mode, states=["OK"])
        door.set_check("consent", mode=mode, require_jornaya=True)
        assert ("Oklahoma" in words(door.source)) is told
        assert ("required" in row(door.source, "jornaya_leadid")) is told


def test_what_consent_must_bring_is_told(door: Door, settings: Any) -> None:
    settings.AGENCY_NAME = "Lakeside Agency"
    door.set_check(
        "consent",
        require_trustedform=True,
        require_ip=True,
        max_age_days=30,
        name_agency=True,
        wording="refuse",
    )
    assert "required" in row(door.source, "trustedform_cert_url")
    assert "at most 30 days ago" in row(door.source, "consent_timestamp")
    assert "ip_address" in row(door.source, "consent_ip")
    assert "must name Lakeside Agency" in row(door.source, "consent_text")
    assert "refused unless it names the seller" in row(door.source, "consent_text")


def test_nothing_internal_stands_on_it(door: Door) -> None:
    other = SourceFactory.create(vendor=VendorFactory.create(name="Rival Leads"), name="Rival source")
    FieldRuleFactory.create(source=other, incoming="rival_field")
    CapFactory.create(source=door.source, limit=4321)
    door.set(allowed_networks=["192.0.2.0/24"], posting_terms=True)
    for name in ("posting", "posting_schema", "posting_openapi"):
        text = opened(door.source, name).content.decode()
        for secret in (
            "Rival",
            "rival_field",
            "4321",
            "192.0.2.0/24",
            door.key,
            door.key[3:11],
            other.posting_token,
        ):
            assert secret not in text, secret
    assert "only from the addresses that you and the agency agreed on" in words(door.source)


@pytest.mark.parametrize(
    ("contract", "told"),
    [
        ({}, "Accepted is HTTP 200, rejected HTTP 200"),
        ({"profile": Profile.REST}, "Accepted is HTTP 201, rejected HTTP 422"),
        ({"dialect": Dialect.LEADCONDUIT}, '{"outcome":"success","lead":{"id":"A-48291"},"price":10.0}'),
        ({"mode": Mode.BACKGROUND}, "live posts are answered pending"),
        ({"detail": Detail.MINIMAL}, '"reasons":[{"code":"duplicate"}]'),
        ({"key_in_body": True}, "a field api_key of the body or the query"),
        (
            {"replay_by": ReplayBy.PAYLOAD},
            "characters), for 30 days; else an identical payload, for 60 seconds",
        ),
        ({"replay_days": 45}, "for 45 days"),
        ({"rate_limit": 90}, "posts per minute 90"),
        ({"status": SourceStatus.TEST}, "Every post is a test post for now"),
        ({"status": SourceStatus.PAUSED}, "every post is refused with source_paused"),
        ({"required_fields": ["email"]}, "one that cannot be an address is an error"),
    ],
)
def test_the_terms_of_the_contract_are_told(source: Source, contract: dict[str, Any], told: str) -> None:
    assert told not in words(source) or contract == {}
    Source.objects.filter(pk=source.pk).update(**contract)
    assert told in words(source)


def test_the_price_of_the_examples_is_made_up_unless_the_source_shows_its_own(source: Source) -> None:
    assert "22.00" not in "".join(
        answer.body for answer in example_answers(posting_of(source).config, now=NOON)
    )
    Source.objects.filter(pk=source.pk).update(posting_price=True)
    assert "22.00" in "".join(answer.body for answer in example_answers(posting_of(source).config, now=NOON))


def test_the_checks_that_vendors_are_told_of_are_checks_there_are() -> None:
    assert {"consent", "filters", "lead_age"} <= {check.name for check in CHECKS}
