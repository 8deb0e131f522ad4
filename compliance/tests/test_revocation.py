"""A request to stop: kept as it came, in force in the same transaction, never lost to a race or a repeat."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from agents.models import License
from compliance.calling import ask_to_contact, may_contact
from compliance.dedupe import lock_reached_by
from compliance.models import (
    Revocation,
    RevocationChannel,
    RevocationOrigin,
    RevocationScope,
    Suppression,
    SuppressionKind,
)
from compliance.revocation import RevocationRefused, honour_by, revoke
from compliance.stopwords import read_stop_words
from compliance.suppression import suppress
from compliance.tests.calling_support import at, everywhere, lead_of
from intake.models import ConsentRecord, Lead
from leadcrm.lib.db import fetch_together
from leadcrm.models import User
from leadcrm.testing.altering import altering
from leadcrm.testing.door import Door, at_once

pytestmark = pytest.mark.django_db
TEN = at("2026-12-02 10:00:00")
SECOND = timedelta(seconds=1)
PHONE = "+12145550123"


def stop(**given: Any) -> Revocation:
    """A request by text of the usual number at ten o'clock."""
    asked: dict[str, Any] = {
        "phone": PHONE, "email": "", "channel": RevocationChannel.TEXT, "words": "STOP", "received_at": TEN,
        "by": None, "lead": None, "origin": RevocationOrigin.TEXT, "external_id": "", "now": TEN,
    }  # fmt: skip
    return revoke(**{**asked, **given})


@pytest.fixture
def user() -> User:
    found = everywhere()
    License.objects.update(effective_on=date(2020, 1, 1))
    return found


@pytest.fixture
def lead() -> Lead:
    found = lead_of(zip5="75201", state="TX")
    found.consent.given_at = TEN - timedelta(days=1)
    with altering(ConsentRecord):
        found.consent.save(update_fields=["given_at"])
    return found


def codes(lead: Lead, user: User, channel: str, now: Any) -> list[str]:
    answer = may_contact(lead=lead, phone=lead.phone, user=user, channel=channel, now=now)
    return [why.code for why in answer.reasons]


def test_a_request_at_ten_stops_the_call_of_a_second_later_that_is_on_the_screen(
    lead: Lead, user: User
) -> None:
    on_screen = may_contact(lead=lead, phone=lead.phone, user=user, channel="call", now=TEN - SECOND)
    assert on_screen.allowed
    request = stop()
    answer, decision = ask_to_contact(
        lead=lead,
        phone=lead.phone,
        user=user,
        channel="call",
        act="dial",
        request_id=uuid4(),
        now=TEN + SECOND,
    )
    assert not answer.allowed
    assert [why.code for why in answer.reasons] == ["revoked"]
    assert answer.reasons[0].text == f"Asked us on Dec 02, 2026 not to contact them (request {request.pk})"
    assert not decision.allowed


@pytest.mark.parametrize(
    ("scope", "channel", "found"),
    [
        ("all", "call", ["revoked"]), ("all", "text", ["revoked"]),
        ("calls", "call", ["revoked"]), ("calls", "text", []),
        ("texts", "call", []), ("texts", "text", ["revoked"]),
        ("email", "call", []), ("email", "text", []),
    ],
)  # fmt: skip
def test_a_request_reaches_as_far_as_the_person_said(
    lead: Lead, user: User, scope: str, channel: str, found: list[str]
) -> None:
    stop(scope=RevocationScope(scope))
    assert codes(lead, user, channel, TEN + SECOND) == found


@pytest.mark.parametrize(
    ("scope", "outcome"),
    [
        ("all", "suppressed_internal"),
        ("calls", "suppressed_internal"),
        ("texts", "accepted"),
        ("email", "accepted"),
    ],
)
def test_who_may_not_be_called_is_not_bought(door: Door, scope: str, outcome: str) -> None:
    now = timezone.now()
    stop(phone="2145552222", scope=RevocationScope(scope), received_at=now, now=now)
    assert door.post(phone="2145552222").outcome == outcome


def test_a_narrow_request_and_a_wide_one_stand_beside_each_other(lead: Lead, user: User) -> None:
    stop(scope=RevocationScope.TEXTS)
    assert codes(lead, user, "call", TEN + SECOND) == []
    stop(scope=RevocationScope.ALL, received_at=TEN + SECOND, now=TEN + SECOND)
    assert codes(lead, user, "call", TEN + 2 * SECOND) == ["revoked"]
    assert sorted(Suppression.objects.values_list("scope", flat=True)) == ["all", "texts"]


def test_both_numbers_and_the_address_are_listed_and_point_to_the_request() -> None:
    request = stop(phone_2="(469) 555-0142", email="Dana@Example.com")
    rows = Suppression.objects.values_list("phone", "email", "kind", "revocation_id")
    assert sorted(rows) == [
        ("", "dana@example.com", SuppressionKind.INTERNAL, request.pk),
        (PHONE, "", SuppressionKind.INTERNAL, request.pk),
        ("+14695550142", "", SuppressionKind.INTERNAL, request.pk),
    ]


def test_the_words_and_the_moment_are_kept_though_the_person_was_listed_before() -> None:
    stop()
    stop(words="I said STOP", received_at=TEN + SECOND, now=TEN + SECOND)
    assert list(Revocation.objects.order_by("pk").values_list("words", flat=True)) == ["STOP", "I said STOP"]
    assert Suppression.objects.count() == 1


def test_the_senders_repeat_finds_the_first() -> None:
    first = stop(external_id="SM-1", origin_key="0a0a0a0a")
    again = stop(external_id="SM-1", origin_key="0a0a0a0a", words="STOP STOP", now=TEN + SECOND)
    assert (again.pk, again.words) == (first.pk, "STOP")
    assert stop(external_id="SM-1", origin_key="0b0b0b0b").pk != first.pk  # another sender counts for itself


def test_a_number_of_the_sender_that_names_somebody_else_is_an_error_and_no_repeat() -> None:
    stop(external_id="SM-1")
    with pytest.raises(RevocationRefused, match="somebody else") as refused:
        stop(external_id="SM-1", phone="+12145550124")
    assert refused.value.field == "external_id"
    assert Revocation.objects.count() == 1


def test_a_repeat_that_asks_for_more_is_an_error_and_not_swallowed() -> None:
    stop(external_id="SM-1", scope=RevocationScope.TEXTS)
    with pytest.raises(RevocationRefused, match="another scope"):
        stop(external_id="SM-1")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"phone": ""}, "phone"),
        ({"phone": "12"}, "phone"),
        ({"phone_2": "not a number"}, "phone_2"),
        ({"email": "nobody"}, "email"),
        ({"received_at": TEN + timedelta(days=1, seconds=1)}, "received_at"),
        ({"received_at": TEN - timedelta(days=3654)}, "received_at"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_field_and_nothing_is_written(
    given: dict[str, Any], field: str
) -> None:
    with pytest.raises(RevocationRefused) as refused:
        stop(**given)
    assert refused.value.field == field
    assert not Revocation.objects.exists()
    assert not Suppression.objects.exists()


def test_a_clock_that_is_a_little_ahead_is_set_right() -> None:
    assert stop(received_at=TEN + timedelta(minutes=5)).received_at == TEN


def test_ten_business_days_leave_out_weekends_and_federal_holidays() -> None:
    # Thursday, December 17, 2026: Christmas Day (Friday) and New Year's Day do not count.
    assert honour_by(at("2026-12-17 12:00:00")) == date(2027, 1, 4)
    assert honour_by(at("2026-03-02 12:00:00")) == date(2026, 3, 16)


@pytest.mark.parametrize(
    "message",
    [
        "STOP", "Stop.", "stop please", "Please don't call me again", "END", "I want to cancel", "quit", "Opt-out",
        "OPTOUT", "opt me out", "unsubscribe me", "unsub", "STOPALL", "STOP2END", "I revoke my consent",
        "I withdraw consent", "no more calls please", "quit texting me you idiots", "remove", "remove my number",
        "Please quit calling my phone number", "please end all these text messages now", "lose my number",
        "cancel these texts to my phone please", "don't ever text me again", "DO NOT EVER CALL ME", "S T O P",
        "I don't want to be called", "take my number off your list", "s.t.o.p", "ALTO", "no me llames",
        "\N{FULLWIDTH LATIN CAPITAL LETTER S}TOP", "ST\N{ZERO WIDTH SPACE}OP",
        "Don\N{RIGHT SINGLE QUOTATION MARK}t text me",
        "> Reply STOP to end\n\nSTOP", "On Dec 1, 2026 Example Agency wrote:\n> Hi\n\nPlease stop calling me",
        "Remove me from your list, I never asked for this and you keep calling at dinner",
    ],
)  # fmt: skip
def test_words_that_ask_to_stop_are_enough(message: str) -> None:
    assert read_stop_words(message)


@pytest.mark.parametrize(
    "message",
    [
        "", "no", "Yes please", "call me at the end of the day", "Did my old insurer cancel my policy already?",
        "Sounds good, call me\n> Reply STOP to end", "Ok\nOn Dec 1, 2026 Example Agency wrote:\nunsubscribe here",
        "I am at the bus stop, call me", "I stopped by today", "Don't forget to call me",
    ],
)  # fmt: skip
def test_words_that_ask_for_nothing_stop_nothing(message: str) -> None:
    assert read_stop_words(message) == ""


# --- A later consent -----------------------------------------------------------------------------------------------


@pytest.fixture
def trusted(door: Door) -> Door:
    """A source whose later consents re-open a person."""
    door.set_check("suppression", later_consent_reopens=True)
    return door


def asked_days_ago(days: float, **given: Any) -> Revocation:
    then = timezone.now() - timedelta(days=days)
    return stop(**{"phone": "2145552222", "received_at": then, "now": then, **given})


def consented_at(door: Door, then: datetime, **fields: Any) -> Any:
    return door.post(phone="2145552222", consent_timestamp=then.isoformat(), **fields)


def consented_days_ago(door: Door, days: float, **fields: Any) -> Any:
    return consented_at(door, timezone.now() - timedelta(days=days), **fields)


def test_a_later_consent_reopens_where_the_source_is_trusted_that_far(trusted: Door, user: User) -> None:
    asked_days_ago(3)
    reply = consented_days_ago(trusted, 1)
    assert reply.outcome == "accepted"
    assert "re-opened" in reply.check("suppression")["detail"]
    entry = Suppression.objects.get()
    assert (entry.released_at, entry.reopened_by_id) == (reply.lead.received_at, reply.lead.pk)
    now = timezone.now()
    answer = may_contact(lead=reply.lead, phone=reply.lead.phone, user=user, channel="call", now=now)
    assert "revoked" not in [why.code for why in answer.reasons]


def test_elsewhere_a_request_stands_whatever_consent_is_posted(door: Door) -> None:
    asked_days_ago(3)
    assert consented_days_ago(door, 1).outcome == "suppressed_internal"


@pytest.mark.parametrize("before", [timedelta(0), SECOND, timedelta(days=2)])
def test_a_consent_that_is_not_later_reopens_nothing(trusted: Door, before: timedelta) -> None:
    asked = asked_days_ago(3, received_at=(timezone.now() - timedelta(days=3)).replace(microsecond=0))
    assert consented_at(trusted, asked.received_at - before).outcome == "suppressed_internal"
    assert Suppression.objects.get().released_at is None


def test_a_second_request_after_the_consent_stands_though_it_found_the_person_listed(trusted: Door) -> None:
    asked_days_ago(5)
    asked_days_ago(1)
    assert Suppression.objects.count() == 1
    assert consented_days_ago(trusted, 3).outcome == "suppressed_internal"


def test_a_post_without_a_certificate_reopens_nothing(trusted: Door) -> None:
    asked_days_ago(3)
    bare = dict.fromkeys(("trustedform_url", "jornaya_leadid"))
    assert consented_days_ago(trusted, 1, **bare).outcome == "suppressed_internal"


def test_a_post_without_a_date_of_its_own_reopens_nothing(trusted: Door) -> None:
    asked_days_ago(3)
    assert trusted.post(phone="2145552222", timestamp=None).outcome == "suppressed_internal"


def test_litigators_and_entries_without_a_request_are_never_reopened(trusted: Door) -> None:
    asked_days_ago(3)
    long_ago = timezone.now() - timedelta(days=9)
    suppress(
        phone="+12145552222",
        email="",
        kind=SuppressionKind.LITIGATOR,
        reason="",
        channel="",
        by=None,
        now=long_ago,
    )
    assert consented_days_ago(trusted, 1).outcome == "suppressed_litigator"
    assert not Suppression.objects.filter(released_at__isnull=False).exists()


def test_a_refused_post_releases_nobody(trusted: Door) -> None:
    asked_days_ago(3)
    trusted.set_check("filters", states=["OK"])
    assert consented_days_ago(trusted, 1).outcome == "filter_mismatch"
    assert Suppression.objects.get().released_at is None


# --- At the same moment --------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_same_request_many_times_at_once_is_one() -> None:
    found = at_once(8, lambda n: stop(external_id="SM-7", email=f"{'x' if n % 2 else 'X'}@example.com").pk)
    assert len(set(found)) == 1
    assert Revocation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_request_and_a_post_at_once_never_leave_the_person_callable(trusted: Door, user: User) -> None:
    """Whoever is first: a request later than the consent stands in the end."""
    asked_days_ago(5)

    def act(n: int) -> None:
        if n % 2:
            asked_days_ago(1, external_id=f"late-{n}")
        else:
            consented_days_ago(trusted, 3, email=f"person{n}@example.com")

    at_once(6, act)
    connection.close()
    assert Suppression.objects.filter(released_at__isnull=True, phone="+12145552222").count() == 1
    assert door_is_shut(trusted)


def door_is_shut(door: Door) -> bool:
    return bool(consented_days_ago(door, 2).outcome == "suppressed_internal")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "whose", [{"phones": [PHONE], "email": ""}, {"phones": [], "email": "dana@example.com"}]
)
def test_a_request_waits_for_a_post_of_the_person_that_is_being_decided(whose: dict[str, Any]) -> None:
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            fetch_together(lock_reached_by(**whose))
            waiting = pool.submit(stop_and_close, email="dana@example.com")
            while not waiting.done() and not somebody_waits():
                pass
            assert not waiting.done()
            assert not Suppression.objects.exists()
        waiting.result(timeout=10)
    assert Suppression.objects.count() == 2


def stop_and_close(**given: Any) -> None:
    try:
        stop(**given)
    finally:
        connection.close()


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return bool(cursor.fetchone()[0])
