"""Pings by hash: who is known or must not be contacted, without a number being told or a hash being kept."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from compliance.erasure import erase_person
from compliance.models import RevocationChannel, RevocationOrigin, Suppression, SuppressionKind
from compliance.revocation import revoke
from compliance.suppression import release, suppress
from intake.editable import editables
from intake.editing import edit_lead
from intake.models import Lead, Ping
from leadcrm.lib.db import round_trips
from leadcrm.models import User
from leadcrm.testing.door import Door, Reply
from leadcrm.testing.factories import CapFactory, LeadFactory
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db
ALGORITHMS = ("sha256", "sha1", "md5")
PHONE, EMAIL = "2145552222", "known@example.com"


@pytest.fixture
def pinged(door: Door) -> Door:
    """A vendor whose source takes pings."""
    door.set(pings=True)
    return door


def hashed(text: str, algorithm: str = "sha256") -> str:
    """As a vendor makes it."""
    return hashlib.new(algorithm, text.encode()).hexdigest()


def of_phone(door: Door, phone: str = PHONE, algorithm: str = "sha256", **more: Any) -> Reply:
    """A ping with the hash of a phone."""
    return door.ping(phone_hash=hashed(phone, algorithm), **more)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("upper", [False, True])
def test_a_known_phone_or_address_is_a_duplicate_by_each_kind_of_hash(
    pinged: Door, algorithm: str, upper: bool
) -> None:
    pinged.post(phone=PHONE, email=EMAIL)
    for name, text, field in (("phone_hash", PHONE, "phone"), ("email_hash", EMAIL, "email")):
        digest = hashed(text, algorithm)
        known: dict[str, Any] = {name: digest.upper() if upper else digest}
        reply = pinged.ping(**known)
        assert (reply.outcome, reply.codes) == ("duplicate", [("duplicate", field)])
        other: dict[str, Any] = {name: hashed(f"9{text}", algorithm)}
        assert pinged.ping(**other).outcome == "accepted"


def test_the_second_phone_of_a_lead_is_known_too(pinged: Door) -> None:
    pinged.post(phone="2145553333", phone_2=PHONE)
    assert of_phone(pinged).outcome == "duplicate"


def test_the_checks_own_settings_say_who_is_a_duplicate(pinged: Door) -> None:
    lead = pinged.post(phone=PHONE, email=EMAIL).lead

    def told(**hashes: Any) -> str:
        Ping.objects.all().delete()  # the same hashes again would have the first answer
        return pinged.ping(**(hashes or {"phone_hash": hashed(PHONE)})).outcome

    pinged.set_check("duplicate", match="email")
    assert told() == "accepted"
    pinged.set_check("duplicate", days=0)
    assert told() == "duplicate"  # an open lead, however old
    Lead.objects.filter(pk=lead.pk).update(status="lost", received_at=timezone.now() - timedelta(days=40))
    assert told() == "accepted"
    pinged.set_check("duplicate", days=90)
    assert told() == "duplicate"
    pinged.set_check("duplicate", days=90, match="all")
    assert told() == "accepted"  # the address is not told
    assert told(phone_hash=hashed(PHONE, "md5"), email_hash=hashed(EMAIL)) == "duplicate"


@pytest.mark.parametrize(
    ("kind", "code"),
    [(SuppressionKind.INTERNAL, "suppressed_internal"), (SuppressionKind.LITIGATOR, "suppressed_litigator")],
)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_who_is_on_our_own_list_is_refused_until_released(
    pinged: Door, reviewer: User, kind: SuppressionKind, code: str, algorithm: str
) -> None:
    rows = suppress(
        phone=f"+1{PHONE}", email=EMAIL, kind=kind, reason="", channel="", by=None, now=timezone.now()
    )
    assert of_phone(pinged, algorithm=algorithm).outcome == code
    assert pinged.ping(email_hash=hashed(EMAIL, algorithm)).outcome == code
    for row in rows:
        release(suppression=row, by=reviewer, now=timezone.now())
    assert of_phone(pinged, algorithm=algorithm).outcome == "accepted"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_who_was_erased_and_must_not_be_contacted_is_refused_though_no_number_is_kept(
    pinged: Door, reviewer: User, algorithm: str
) -> None:
    lead = pinged.post(phone=PHONE, email=EMAIL).lead
    erase_person(
        phone=PHONE, asked_at=timezone.now(), channel=RevocationChannel.CALL, by=reviewer, now=timezone.now()
    )
    lead.refresh_from_db()
    assert lead.hash_codes == []
    assert of_phone(pinged, algorithm=algorithm).outcome == "suppressed_internal"
    assert pinged.ping(email_hash=hashed(EMAIL, algorithm)).outcome == "suppressed_internal"
    assert of_phone(pinged, "2145554444", algorithm).outcome == "accepted"
    kept = repr(list(Suppression.objects.values()))
    for text in (PHONE, EMAIL):
        assert text not in kept
        assert hashed(text, algorithm) not in kept


def test_a_request_that_a_later_consent_would_reopen_refuses_no_ping(pinged: Door) -> None:
    revoke(
        phone=f"+1{PHONE}", email="", channel=RevocationChannel.CALL, words="stop", by=None, lead=None,
        received_at=timezone.now() - timedelta(days=2), origin=RevocationOrigin.CALL, external_id="",
        now=timezone.now() - timedelta(days=2),
    )  # fmt: skip
    assert of_phone(pinged).outcome == "suppressed_internal"
    pinged.set_check("suppression", later_consent_reopens=True)
    assert of_phone(pinged).outcome == "accepted"


def test_a_number_that_was_corrected_is_known_by_its_new_hash_only(pinged: Door, reviewer: User) -> None:
    lead = pinged.post(phone=PHONE, email=None).lead
    edit_lead(
        lead=lead, typed={"phone": "(214) 555-7777"}, seen={field.name: field.mark(lead) for field in editables(lead)},
        by=reviewer, now=timezone.now(), request_id=lead.submission_id,
    )  # fmt: skip
    assert lead.phone == "+12145557777"
    assert of_phone(pinged).outcome == "accepted"
    assert of_phone(pinged, "2145557777").outcome == "duplicate"


def test_no_hash_is_kept_anywhere_and_its_digest_only_while_the_ping_stands(pinged: Door) -> None:
    bid = of_phone(pinged, email_hash=hashed(EMAIL, "md5")).bid
    row = repr(Ping.objects.filter(pk=bid.pk).values()[0])
    assert hashed(PHONE) not in row
    assert hashed(EMAIL, "md5") not in row
    assert {of: kept["of"] for of, kept in bid.hashes.items()} == {"phone": "sha256", "email": "md5"}
    pinged.post(ping_id=bid.pk.hex, phone=PHONE, email=EMAIL)
    bid.refresh_from_db()
    assert (bid.state, bid.hashes, bid.match_person) == ("posted", {}, None)


def test_the_same_hashes_again_are_the_same_ping(pinged: Door) -> None:
    CapFactory.create(source=pinged.source, limit=5)
    first = of_phone(pinged, lead_id="V-1")
    for again in (of_phone(pinged), of_phone(pinged, lead_id="V-2", email_hash=hashed(EMAIL))):
        assert (again.content, again.headers["Idempotency-Replayed"]) == (first.content, "true")
    assert of_phone(pinged, "2145553333", lead_id="V-3").content != first.content
    assert of_phone(pinged, test="1").content != first.content
    by_address = pinged.ping(email_hash=hashed(EMAIL))
    assert pinged.ping(email_hash=hashed(EMAIL)).content == by_address.content != first.content


@pytest.mark.parametrize(
    ("ping", "post", "codes"),
    [
        ({"phone_hash": hashed(PHONE)}, {"phone": PHONE}, []),
        ({"phone_hash": hashed(PHONE, "md5")}, {"phone": "2145553333", "phone_2": PHONE}, []),
        ({"phone_hash": hashed(PHONE, "sha1")}, {"phone": "2145553333"}, [("ping_mismatch", "phone")]),
        ({"email_hash": hashed(EMAIL)}, {"email": "Known@Example.com"}, []),
        ({"email_hash": hashed(EMAIL)}, {"email": "other@example.com"}, [("ping_mismatch", "email")]),
        ({"email_hash": hashed(EMAIL)}, {"email": None}, []),
    ],
)
def test_who_is_posted_must_be_who_was_asked_about(
    pinged: Door, ping: dict[str, Any], post: dict[str, Any], codes: list[tuple[str, str]]
) -> None:
    reply = pinged.post(ping_id=pinged.ping(**ping).json["ping_id"], **post)
    assert (reply.codes if codes else reply.outcome) == (codes or "accepted")


@pytest.mark.parametrize("odd", ["", "zz" * 32, "abc", "2145552222", hashed(PHONE)[:-1]])
def test_what_is_no_hash_is_an_error_by_its_field_and_quoted_nowhere(pinged: Door, odd: str) -> None:
    reply = pinged.ping(phone_hash=odd)
    if not odd:
        assert reply.outcome == "accepted"  # an empty field is none
        return
    assert reply.codes == [("invalid_field", "phone_hash")]
    assert odd not in reply.text


@pytest.mark.parametrize("name", ["phone_hash", "PhoneHash", "phone_sha256", "hashed_phone"])
def test_hashes_have_names_and_a_source_may_name_them_its_own_way(pinged: Door, name: str) -> None:
    pinged.post(phone=PHONE)
    fields: dict[str, Any] = {name: hashed(PHONE)}
    assert pinged.ping(**fields).outcome == "duplicate"
    pinged.source.field_rules.create(incoming="ph", field="phone_hash")
    assert pinged.ping(ph=hashed(PHONE)).outcome == "duplicate"


def test_in_a_post_a_hash_is_a_field_like_any_other(pinged: Door) -> None:
    reply = pinged.post(phone_hash="x")
    assert (reply.outcome, reply.lead.extra) == ("accepted", {"phone_hash": "x"})


def test_a_code_that_two_numbers_share_makes_nobody_a_duplicate(pinged: Door) -> None:
    lead = pinged.post(**glossary()).lead
    code = int.from_bytes(bytes.fromhex(hashed(PHONE))[:4], "big", signed=True)
    Lead.objects.filter(pk=lead.pk).update(hash_codes=[*lead.hash_codes, code])
    assert of_phone(pinged).outcome == "accepted"


def test_a_ping_by_hash_costs_one_look_for_who_is_unknown_however_many_leads_there_are(pinged: Door) -> None:
    CapFactory.create(source=pinged.source, limit=500)
    told = []
    for number in (1, 30):
        for _ in range(number):
            LeadFactory.create()
        of_phone(pinged, f"21455500{number:02}")
        before = round_trips.count
        of_phone(pinged, f"21455511{number:02}")
        told.append(round_trips.count - before)
    assert told[0] == told[1] <= 5
