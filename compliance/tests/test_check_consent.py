"""Consent: which proofs, of which shape, how old (compliance.md sections 1 to 3)."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from intake.models import Lead
from leadcrm.testing.door import FORM, Door

pytestmark = pytest.mark.django_db
HEX, LONG = "0123456789abcdefABCD" * 2, "A1_-" * 20
HOST = "https://cert.trustedform.com/"

GOOD = [
    HOST + HEX,
    HOST + LONG,
    HOST + "0.abc_DEF-1.x-Y_9",
    "HTTPS://cert.trustedform.com/" + HEX,
    "https://CERT.TrustedForm.com/" + HEX,
]
MENDED = [
    "http://cert.trustedform.com/" + HEX,
    HOST + HEX + "/",
    HOST + HEX + "," + HOST + LONG,
    "," + HOST + HEX,
    " , " + HOST + HEX + " ,",
]
BAD = [
    "https://certXtrustedform.com/" + HEX, "https://cert.trustedform.com.evil.example/" + HEX,
    "https://cert.trustedform.com@evil.example/" + HEX, "https://user@cert.trustedform.com/" + HEX,
    "https://evil.example/cert.trustedform.com/" + HEX, "https://trustedform.com/" + HEX,
    "https://cert.trustedform.com:443/" + HEX, "https://cert.trustedform.com:8443/" + HEX,
    HOST + "a/../" + HEX, HOST + HEX + "/b", HOST + "a%2f" + HEX, HOST + "%2e%2e/" + HEX, HOST + HEX + "//",
    HOST + HEX[:39], HOST + HEX + "1", HOST + LONG[:79], HOST + LONG + "x", HOST + "g" * 40, HOST,
    HOST + HEX + "?a=1", HOST + HEX + "?", HOST + HEX + "#x", HOST + HEX + "#",
    "https://cert.staging.trustedform.com/" + HEX, "https://cert.trustedform.org/" + HEX,
    "https://cert.trustedf\u043erm.com/" + HEX, "https://cert.trustedform\u3002com/" + HEX,
    "https://cert.xn--trustedfrm-k7i.com/" + HEX, "ftp://cert.trustedform.com/" + HEX,
    "//cert.trustedform.com/" + HEX, "javascript:alert(1)", HEX, "not given", "https://cert.trustedform.com\\" + HEX,
    HOST + "0.a.b.c", HOST + "0.a", HOST + "1.a.b", HOST + "0..b", HOST + "0." + "a" * 250 + ".b",
    "https://cert.trustedform.com./" + HEX, HOST + HEX + ";x", "https:/cert.trustedform.com/" + HEX,
]  # fmt: skip


@pytest.mark.parametrize("url", GOOD + MENDED)
def test_a_certificate_url_is_taken_and_rebuilt_from_its_id(door: Door, url: str) -> None:
    reply = door.post(trustedform_url=url)
    assert reply.outcome == "accepted", reply.text
    consent = reply.lead.consent
    assert consent.trustedform_cert_url.startswith(HOST)
    assert consent.trustedform_cert_id in {HEX.lower(), LONG, "0.abc_DEF-1.x-Y_9"}
    assert reply.warnings == ([("repaired", "trustedform_cert_url")] if url in MENDED else [])


@pytest.mark.parametrize("url", BAD)
def test_a_url_that_is_no_certificate_is_refused_and_never_called_one(door: Door, url: str) -> None:
    reply = door.post(trustedform_url=url)
    assert reply.codes == [("consent_invalid", "trustedform_cert_url")]
    assert not Lead.objects.exists()


def test_a_certificate_in_a_forms_hidden_field_is_known_by_its_usual_names(door: Door) -> None:
    for number, name in enumerate(
        ["xxTrustedFormCertUrl", "trustedform", "trusted_form_cert_url", "xxTrustedFormToken"]
    ):
        fields: dict[str, Any] = {"trustedform_url": None, name: f"{HOST}{number:040}"}
        assert door.post(how=FORM, **fields).lead.consent.trustedform_cert_id == f"{number:040}"


@pytest.mark.parametrize(
    ("token", "good"),
    [
        ("01234567-89ab-cdef-0123-456789abcdef", True), ("01234567-89AB-CDEF-0123-456789ABCDEF", True),
        ("0123456789abcdef0123456789abcdef", False), ("01234567-89ab-cdef-0123-456789abcde", False),
        ("01234567-89ab-cdef-0123-456789abcdeg", False), ("n/a", False),
    ],
)  # fmt: skip
def test_a_leadid_token_is_a_uuid_in_any_case(door: Door, token: str, good: bool) -> None:
    reply = door.post(jornaya_leadid=token)
    if good:
        assert reply.lead.consent.jornaya_leadid == token.lower()
    else:
        assert reply.codes == [("consent_invalid", "jornaya_leadid")]


@pytest.mark.parametrize(
    ("param", "posted", "field"),
    [
        ("require_trustedform", "trustedform_url", "trustedform_cert_url"),
        ("require_jornaya", "jornaya_leadid", "jornaya_leadid"),
        ("require_text", "consent_text", "consent_text"),
        ("require_ip", "consent_ip", "consent_ip"),
    ],
)
def test_a_source_says_which_proofs_a_post_must_carry(
    door: Door, param: str, posted: str, field: str
) -> None:
    without: dict[str, Any] = {posted: None}
    assert door.post(**without).outcome == "accepted"
    params: dict[str, Any] = {param: True}
    door.set_check("consent", **params)
    assert door.post(**without).codes == [("consent_missing", field)]
    blank: dict[str, Any] = {posted: "  "}
    assert door.post(**blank).codes == [("consent_missing", field)]
    assert door.post().outcome == "accepted"


def test_the_consumers_address_may_stand_for_that_of_the_consent(door: Door) -> None:
    door.set_check("consent", require_ip=True)
    reply = door.post(
        consent_ip=None, ip_address="203.0.113.5", consent_user_agent=None, user_agent="Browser"
    )
    assert (reply.lead.consent.ip_address, reply.lead.consent.user_agent) == ("203.0.113.5", "Browser")


def test_missing_and_malformed_proofs_are_told_together(door: Door) -> None:
    door.set_check("consent", require_text=True, require_trustedform=True)
    reply = door.post(trustedform_url=None, consent_text=None, jornaya_leadid="odd")
    assert sorted(reply.codes) == [
        ("consent_invalid", "jornaya_leadid"), ("consent_missing", "consent_text"),
        ("consent_missing", "trustedform_cert_url"),
    ]  # fmt: skip


def test_a_consumer_who_did_not_consent_is_refused(door: Door) -> None:
    for value in ("no", "0", "false"):
        assert door.post(tcpa=value).codes == [("consent_missing", "consent")]
    assert door.post(tcpa="yes").lead.consent.given is True
    assert door.post().lead.consent.given is None


@pytest.mark.parametrize(("days", "outcome"), [(89, "accepted"), (91, "consent_expired")])
def test_consent_is_at_most_ninety_days_old_by_default(door: Door, days: int, outcome: str) -> None:
    given = (timezone.now() - timedelta(days=days)).isoformat()
    assert door.post(consent_timestamp=given).outcome == outcome
    assert door.post(timestamp=given).outcome == outcome  # without a date of its own it is as old as the lead


def test_a_source_sets_how_old_consent_may_be(door: Door) -> None:
    door.set_check("consent", max_age_days=1)
    hours = {hours: (timezone.now() - timedelta(hours=hours)).isoformat() for hours in (23, 25)}
    assert door.post(consent_timestamp=hours[23]).outcome == "accepted"
    assert door.post(consent_timestamp=hours[25]).codes == [("consent_expired", "consent_timestamp")]
    assert door.post(timestamp=hours[25], consent_timestamp=hours[23]).outcome == "accepted"


def test_consent_that_lies_in_the_future_is_no_consent(door: Door) -> None:
    reply = door.post(consent_timestamp=(timezone.now() + timedelta(days=2)).isoformat())
    assert reply.codes == [("invalid_field", "consent_timestamp")]


def test_the_wording_is_kept_byte_for_byte(door: Door) -> None:
    text = "  I  agree\r\n\t“to all”. \u200b "
    assert door.post(consent_text=text).lead.consent.text == text
