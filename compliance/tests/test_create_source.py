"""`manage.py create_source`: a contract, its checks and caps, and a key that is shown once."""

from decimal import Decimal
from typing import Any

import pytest

from compliance.models import Cap, CheckMode, CheckSetting
from compliance.policy import load_policy
from intake.keys import matches
from intake.models import ApiKey, Source, Vendor, Vertical
from leadcrm.testing.commands import answers, refuses, says
from leadcrm.testing.factories import CheckSettingFactory, VendorFactory

pytestmark = pytest.mark.django_db
BASIC = ("--vendor", "Example Leads", "--name", "FE Texas", "--interest", "final_expense", "--price", "22")


def params_of(source: Source) -> dict[str, Any]:
    """The checks' parameters as a decision would see them."""
    return {each.check.name: each.params for each in load_policy(source.pk).checks}


def test_a_source_starts_in_test_mode_with_a_key_and_its_vendor() -> None:
    answer = answers("create_source", *BASIC)
    source = Source.objects.get(pk=answer["source"])
    assert (str(source), source.vertical.code, source.price) == (
        "Example Leads · FE Texas",
        "final_expense",
        Decimal("22.00"),
    )
    assert answer["status"] == source.status == "test"
    assert answer["price"] == "22.00"
    assert answer["endpoint"] == "http://localhost:8000/api/lead-intake"
    assert not source.check_settings.exists()
    assert not source.caps.exists()


def test_the_key_opens_the_source_and_is_stored_only_as_a_hash() -> None:
    answer = answers("create_source", *BASIC)
    key = ApiKey.objects.get(source=answer["source"])
    assert matches(key, answer["api_key"])
    secret = answer["api_key"].rsplit("_", 1)[1]
    assert not any(secret in str(value) for value in ApiKey.objects.values_list().get())


def test_people_read_the_same_in_lines() -> None:
    text = says("create_source", *BASIC, "--live")
    assert "Example Leads · FE Texas" in text
    assert "final_expense at 22.00 USD" in text
    assert "POST http://localhost:8000/api/lead-intake" in text
    assert "lk_" in text
    assert "shown this once" in text
    assert "test post" not in text


def test_every_option_finds_its_place() -> None:
    answer = answers(
        "create_source", *BASIC, "--states", "TX,ok", "--daily-cap", "50", "--hourly-cap", "10",
        "--monthly-cap", "900", "--daily-budget", "$500.50", "--duplicate-days", "60", "--max-age-days", "2",
        "--mode", "background", "--profile", "rest", "--dialect", "leadconduit", "--key-in-body",
        "--require", "trustedform,jornaya,consent_text",
        "--allow-ip", "192.0.2.9", "--allow-ip", "2001:db8::/32",
        "--rate-limit", "0", "--live",
    )  # fmt: skip
    source = Source.objects.get(pk=answer["source"])
    assert (source.status, source.mode, source.profile, source.dialect) == (
        "live",
        "background",
        "rest",
        "leadconduit",
    )
    assert source.key_in_body
    assert source.rate_limit is None
    assert source.allowed_networks == ["192.0.2.9/32", "2001:db8::/32"]
    params = params_of(source)
    assert params["filters"].states == ["TX", "OK"]
    assert params["duplicate"].days == 60
    assert params["lead_age"].max_age_days == 2
    consent = params["consent"]
    assert consent.require_trustedform
    assert consent.require_jornaya
    assert consent.require_text
    assert not consent.require_ip
    caps = {(cap.period, cap.unit): cap.limit for cap in Cap.objects.filter(source=source)}
    assert caps == {
        ("hour", "leads"): 10,
        ("day", "leads"): 50,
        ("month", "leads"): 900,
        ("day", "spend"): Decimal("500.50"),
    }
    assert answer["terms"]["states"] == ["TX", "OK"]
    assert answer["terms"]["daily_budget"] == "500.50"


def test_a_vendor_known_in_another_case_is_the_same_vendor_and_other_words_name_the_interest() -> None:
    vendor = VendorFactory.create(name="Example leads")
    options = (
        "--vendor",
        " EXAMPLE  Leads ",
        "--name",
        "FE",
        "--interest",
        "Burial Insurance",
        "--price",
        "1",
    )
    answer = answers("create_source", *options)
    source = Source.objects.get(pk=answer["source"])
    assert source.vendor == vendor
    assert source.vertical.code == "final_expense"


def test_a_second_source_of_that_name_is_refused_and_leaves_no_key() -> None:
    answers("create_source", *BASIC)
    again = ("--vendor", "example leads", "--name", "fe texas", "--interest", "life", "--price", "9")
    message = refuses("create_source", *again, "--daily-cap", "5")
    assert message.startswith("--name: Example Leads has a source named “fe texas” already")
    assert Source.objects.count() == ApiKey.objects.count() == 1
    assert not Cap.objects.exists()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--interest", "boats"), "--interest: “boats” is no kind of insurance known here"),
        (("--price", "cheap"), "--price: “cheap”"),
        (("--price", "22.123"), "--price: "),
        (("--price", "99999999"), "--price: "),
        (("--states", "TX,XX"), "--states: “XX” is no state"),
        (("--daily-cap", "0"), "--daily-cap: must be 1 or more"),
        (("--daily-budget", "12345678901"), "--daily-budget: "),
        (("--duplicate-days", "-3"), "--duplicate-days: “-3” is no whole number"),
        (("--max-age-days", "two"), "--max-age-days: “two”"),
        (("--mode", "later"), "--mode: invalid choice"),
        (("--require", "blood"), "--require: “blood” is no proof"),
        (("--allow-ip", "nowhere"), "--allow-ip: “nowhere”"),
        (("--rate-limit", "9999999999"), "--rate-limit: "),
        (("--vendor", "  "), "--vendor: "),
        (("--vendor", "v" * 121), "--vendor: "),
        (("--name", " "), "--name: "),
    ],
)
def test_what_cannot_be_is_refused_by_the_options_name_and_leaves_nothing(
    options: tuple[str, ...], named: str
) -> None:
    message = refuses("create_source", *BASIC, *options)
    assert named in message
    assert not Vendor.objects.exists()
    assert not Source.objects.exists()
    assert not CheckSetting.objects.exists()


def test_a_missing_option_is_named() -> None:
    assert "--price" in refuses("create_source", *BASIC[:-2])


def test_what_the_agency_set_stays_unless_the_contract_says_otherwise() -> None:
    CheckSettingFactory.create(
        source=None, check_name="duplicate", mode=CheckMode.OBSERVE, params={"scope": "vendor", "days": 10}
    )
    answer = answers("create_source", *BASIC, "--duplicate-days", "60")
    (check,) = (each for each in load_policy(answer["source"]).checks if each.check.name == "duplicate")
    assert check.mode == CheckMode.OBSERVE
    assert (check.params.scope, check.params.days) == ("vendor", 60)


def test_a_check_the_agency_switched_off_works_where_a_contract_asks_for_it() -> None:
    CheckSettingFactory.create(source=None, check_name="duplicate", mode=CheckMode.OFF)
    answer = answers("create_source", *BASIC, "--duplicate-days", "60")
    assert CheckSetting.objects.get(source=answer["source"]).mode == CheckMode.ENFORCE


def test_medicare_can_be_bought() -> None:
    options = ("--vendor", "Example Leads", "--name", "Med", "--interest", "medicare", "--price", "30")
    assert answers("create_source", *options)["interest"] == Vertical.objects.get(code="medicare").code
