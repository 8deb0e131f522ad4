"""May I contact this person now? The whole answer: every reason, when it opens, what it stands on."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from agents.models import License
from compliance.calling import NotTheirNumber, may_contact, may_contact_many
from compliance.models import (
    CallingRule,
    DncVersion,
    ListKind,
    ScrubState,
    SuppressionKind,
    UnknownZone,
)
from compliance.suppression import suppress
from compliance.tests import dnc_support
from compliance.tests.calling_support import ask, at, everywhere, lead_of
from intake.models import ConsentRecord, Lead, Vertical
from leadcrm.lib.db import round_trips
from leadcrm.models import User
from leadcrm.testing.altering import altering
from leadcrm.testing.factories import (
    BusinessRelationshipFactory,
    CallingPolicyFactory,
    CallingRuleFactory,
    ContactAttemptFactory,
    DncListFactory,
    EmergencyBanFactory,
    LeadFactory,
    ListedLeadFactory,
    ScrubAnswerFactory,
    SuppressionFactory,
    ZoneConfirmationFactory,
)

pytestmark = pytest.mark.django_db
NOON = at("2026-12-02 12:00:00")  # a Wednesday
SECOND = timedelta(seconds=1)


@pytest.fixture
def user() -> User:
    user = everywhere()
    License.objects.update(effective_on=date(2020, 1, 1))
    return user


@pytest.fixture
def lead() -> Lead:
    return lead_of(zip5="75201", state="TX")


def test_at_noon_a_plain_lead_may_be_called_until_nine_in_the_evening(lead: Lead, user: User) -> None:
    answer = ask(lead, user, NOON)
    assert answer.allowed
    assert answer.reasons == ()
    assert answer.closes_at == at("2026-12-02 21:00:00")
    assert answer.local is not None
    assert answer.local.hour == 12
    assert (answer.zone, answer.states) == ("America/Chicago", ("TX",))
    used = set(CallingRule.objects.filter(state__in=["US", "TX"]).values_list("pk", "version"))
    assert set(answer.rules) == used
    assert [why.code for why in answer.warnings] == ["list_not_set_up"]


@pytest.mark.parametrize(
    ("area_code", "zip5", "state", "opens"),
    [
        ("915", "79901", "TX", at("2026-12-02 09:00:00", "America/Denver")),  # El Paso
        ("850", "32501", "FL", at("2026-12-02 08:00:00", "America/Chicago")),  # Pensacola
        ("334", "36867", "AL", at("2026-12-02 08:00:00", "America/Chicago")),  # Phenix City
        ("219", "46304", "IN", at("2026-12-02 08:00:00", "America/Chicago")),
        ("812", "47130", "IN", at("2026-12-02 08:00:00", "America/Chicago")),
        ("928", "86515", "AZ", at("2026-12-02 08:00:00", "America/Denver")),  # Navajo Nation
        ("808", "96813", "HI", at("2026-12-02 08:00:00", "Pacific/Honolulu")),
        ("787", "00901", "PR", at("2026-12-02 08:00:00", "America/Puerto_Rico")),
        ("671", "96910", "GU", at("2026-12-02 08:00:00", "Pacific/Guam")),
        ("212", "90001", "CA", at("2026-12-02 08:00:00", "America/Los_Angeles")),  # moved
    ],
)
def test_the_morning_begins_when_it_has_begun_on_every_clock(
    user: User, area_code: str, zip5: str, state: str, opens: datetime
) -> None:
    lead = lead_of(area_code=area_code, zip5=zip5, state=state)
    early = ask(lead, user, opens - SECOND)
    assert early.codes == ("hours",)
    assert early.opens_at == opens
    assert ask(lead, user, opens).allowed


def test_a_refusal_says_what_the_clock_shows_and_when_it_opens(lead: Lead, user: User) -> None:
    answer = ask(lead, user, at("2026-12-06 08:15:00"))  # a Sunday
    (why,) = answer.reasons
    assert why.text == "Texas leaves 12 PM to 9 PM open; it is 8:15 AM Central time"
    assert why.opens_at == answer.opens_at == at("2026-12-06 12:00:00")
    assert {rule[0] for rule in why.rules} == {CallingRule.objects.get(state="TX").pk}


def test_a_holiday_before_a_sunday_opens_on_monday(user: User) -> None:
    lead = lead_of(area_code="401", zip5="02903", state="RI")
    answer = ask(lead, user, at("2027-07-03 18:00:00", "America/New_York"))  # a Saturday; the 4th is a Sunday
    assert answer.codes == ("hours",)
    # Monday the 5th is the holiday observed.
    assert answer.opens_at == at("2027-07-06 09:00:00", "America/New_York")
    assert ask(lead, user, at("2027-07-05 12:00:00", "America/New_York")).codes == ("holiday",)
    assert ask(lead, user, at("2027-07-11 12:00:00", "America/New_York")).codes == ("closed_day",)


def test_a_toll_free_number_is_blocked_until_somebody_confirms_a_zone(user: User) -> None:
    lead = lead_of(area_code="800", zip5="", state="")
    answer = may_contact(lead=lead, phone=lead.phone, user=user, channel="call", now=NOON)
    assert "zone_unknown" in answer.codes
    assert (answer.opens_at, answer.local, answer.zone) == (None, None, "")


def test_by_setting_a_number_of_no_place_is_open_from_two_to_eight_eastern(user: User) -> None:
    CallingPolicyFactory.create(unknown_zone=UnknownZone.EASTERN, license_required=False)
    lead = lead_of(area_code="800", zip5="", state="")
    eastern = "America/New_York"
    assert ask(lead, user, at("2026-12-02 13:59:59", eastern)).opens_at == at("2026-12-02 14:00:00", eastern)
    assert ask(lead, user, at("2026-12-02 14:00:00", eastern)).allowed
    assert ask(lead, user, at("2026-12-02 19:59:59", eastern)).allowed
    assert ask(lead, user, at("2026-12-02 20:00:00", eastern)).codes == ("hours",)


def test_a_confirmed_zone_counts_alone_until_it_is_taken_back(user: User) -> None:
    lead = lead_of(area_code="850", zip5="32501", state="FL")
    evening = at("2026-12-02 19:30:00")  # 8:30 PM in Tallahassee
    assert not ask(lead, user, evening).allowed
    ZoneConfirmationFactory.create(lead=lead, zone="America/Chicago")
    answer = ask(lead, user, evening)
    assert answer.allowed
    assert answer.zones == ("America/Chicago",)
    ZoneConfirmationFactory.create(lead=lead, zone="", reason="Was a mistake")
    assert not ask(lead, user, evening).allowed


def test_the_smallest_limit_of_all_states_holds_and_texts_count_as_calls_do(user: User) -> None:
    lead = lead_of(area_code="305", zip5="75201", state="TX")  # a Florida number in Texas
    other = LeadFactory.create(phone=lead.phone)  # the same person in another campaign
    for lead_called, channel, hour in ((lead, "call", 10), (other, "text", 11), (other, "call", 12)):
        ContactAttemptFactory.create(lead=lead_called, channel=channel, at=at(f"2026-12-01 {hour}:00:00"))
    late = ask(lead, user, at("2026-12-02 09:59:59"))
    assert late.codes == ("attempts",)
    assert late.opens_at == at("2026-12-02 10:00:00")
    assert ask(lead, user, at("2026-12-02 10:00:00")).allowed, (
        "exactly 24 hours later the first no longer counts"
    )
    assert ask(lead, user, at("2026-12-02 10:00:01")).allowed


def test_of_two_limits_the_smaller_one_holds(user: User) -> None:
    lead = lead_of(area_code="305", zip5="75201", state="TX")
    strict = CallingRuleFactory.create(state="TX", attempts=2)
    ContactAttemptFactory.create_batch(2, lead=lead, at=NOON - timedelta(hours=1))
    (why,) = ask(lead, user, NOON).reasons
    assert (why.code, why.rules) == ("attempts", ((strict.pk, strict.version),))
    assert "Texas: 2 calls and texts" in why.text


def test_a_limit_that_ends_at_night_opens_in_the_morning(user: User) -> None:
    lead = lead_of(area_code="305", zip5="33130", state="FL")
    eastern = "America/New_York"
    for minute in (40, 45, 50):
        ContactAttemptFactory.create(lead=lead, at=at(f"2026-12-01 19:{minute}:00", eastern))
    for second in (1, 2, 3):
        ContactAttemptFactory.create(lead=lead, at=at(f"2026-12-02 08:30:0{second}", eastern))
    answer = ask(lead, user, at("2026-12-02 12:00:00", eastern))
    assert answer.codes == ("attempts",)
    assert answer.opens_at == at("2026-12-03 08:30:01", eastern)


def test_24_hours_are_24_hours_when_the_clock_is_changed_in_between(user: User) -> None:
    """November 1, 2026: from noon to noon it is 25 hours."""
    lead = lead_of(area_code="305", zip5="33130", state="FL")
    eastern = "America/New_York"
    ContactAttemptFactory.create_batch(3, lead=lead, at=at("2026-10-31 12:00:00", eastern))
    assert ask(lead, user, at("2026-11-01 10:59:59", eastern)).codes == ("attempts",)
    assert ask(lead, user, at("2026-11-01 11:00:00", eastern)).allowed


def test_texas_has_no_limit(lead: Lead, user: User) -> None:
    ContactAttemptFactory.create_batch(9, lead=lead, at=NOON - timedelta(hours=1))
    assert ask(lead, user, NOON).allowed


def test_a_request_one_second_ago_stops_the_call_on_the_screen(lead: Lead, user: User) -> None:
    assert ask(lead, user, at("2026-12-02 10:00:00")).allowed
    suppress(
        phone=lead.phone, email="", kind=SuppressionKind.INTERNAL, reason="stop", channel="text", by=None,
        now=at("2026-12-02 10:00:00"),
    )  # fmt: skip
    answer = ask(lead, user, at("2026-12-02 10:00:01"))
    assert answer.codes == ("opted_out",)
    assert answer.opens_at is None


def test_a_request_by_e_mail_stops_calls_too(lead: Lead, user: User) -> None:
    SuppressionFactory.create(phone="", email=lead.email)
    assert ask(lead, user, NOON).codes == ("opted_out",)


def test_a_known_litigator_is_not_called(lead: Lead, user: User) -> None:
    SuppressionFactory.create(phone=lead.phone, kind=SuppressionKind.LITIGATOR)
    ScrubAnswerFactory.create(
        phone=lead.phone, state=ScrubState.LISTED, litigator=True, asked_at=NOON - timedelta(days=1)
    )
    assert ask(lead, user, NOON).codes == ("litigator", "litigator")


def test_a_newer_clear_answer_of_a_service_takes_back_an_older_one(lead: Lead, user: User) -> None:
    ScrubAnswerFactory.create(phone=lead.phone, state=ScrubState.LISTED, asked_at=NOON - timedelta(days=2))
    assert ask(lead, user, NOON).codes == ("scrub_listed",)
    ScrubAnswerFactory.create(phone=lead.phone, asked_at=NOON - timedelta(days=1))
    assert ask(lead, user, NOON).allowed


def test_a_number_on_the_national_list_is_not_called(lead: Lead, user: User) -> None:
    dnc_support.full([lead.phone[2:]], on=date(2026, 11, 20))
    answer = ask(lead, user, NOON)
    assert answer.codes == ("dnc_listed",)
    assert answer.lists[0]["version"]


def test_a_list_is_fresh_to_the_last_second_of_day_31_and_blocks_after_it(lead: Lead, user: User) -> None:
    dnc_support.full(["2145559999"], on=date(2026, 11, 1))
    eastern = "America/New_York"
    assert ask(lead, user, at("2026-12-02 20:59:59", eastern)).allowed  # day 31
    stale = ask(lead, user, at("2026-12-03 12:00:00", eastern))
    assert stale.codes == ("list_stale",)
    assert "Nov 01, 2026" in stale.reasons[0].text


def test_an_area_code_that_is_not_held_is_unknown_and_blocks(user: User) -> None:
    dnc_support.full(["2145559999"], on=date(2026, 11, 20))
    lead = lead_of(area_code="972", zip5="75201", state="TX")
    assert ask(lead, user, NOON).codes == ("list_unknown",)
    CallingPolicyFactory.create(stale_list_blocks=False)
    assert ask(lead, user, NOON).allowed


def test_a_business_relationship_permits_what_the_registry_forbids_and_says_so(
    lead: Lead, user: User
) -> None:
    dnc_support.full([lead.phone[2:]], on=date(2026, 11, 20))
    version = DncVersion.objects.get()
    ListedLeadFactory.create(lead=lead, dnc_list=version.dnc_list, version=version)
    BusinessRelationshipFactory.create(
        phone=lead.phone, started_on=date(2026, 6, 1), ends_on=date(2027, 12, 1)
    )
    answer = ask(lead, user, NOON)
    assert answer.allowed
    assert "exempt" in [why.code for why in answer.warnings]
    assert answer.given["exempt"]["relationship"]
    assert not ask(lead, user, at("2026-05-29 12:00:00")).allowed, "it had not begun"


def test_written_consent_permits_it_only_where_the_agency_has_said_so(lead: Lead, user: User) -> None:
    dnc_support.full([lead.phone[2:]], on=date(2026, 11, 20))
    assert not ask(lead, user, NOON).allowed
    CallingPolicyFactory.create(written_consent_exempts=True)
    assert ask(lead, user, NOON).allowed
    lead.consent.text = ""
    with altering(ConsentRecord):
        lead.consent.save(update_fields=["text"])
    assert not ask(lead, user, NOON).allowed, "a flag without words is no written consent"


def test_a_lead_that_became_listed_is_not_called(lead: Lead, user: User) -> None:
    ListedLeadFactory.create(
        lead=lead, dnc_list=DncListFactory.create(code="state_tx", kind=ListKind.STATE, state="TX")
    )
    assert "became_listed" in ask(lead, user, NOON).codes


def test_a_consent_is_good_to_the_last_second_of_its_days(lead: Lead, user: User) -> None:
    lead.consent.given_at = NOON.astimezone(UTC) - timedelta(days=90)
    with altering(ConsentRecord):
        lead.consent.save(update_fields=["given_at"])
    asked: dict[str, Any] = {"lead": lead, "phone": lead.phone, "user": user, "channel": "call"}
    assert may_contact(**asked, now=NOON).allowed
    assert may_contact(**asked, now=NOON + SECOND).codes == ("consent_expired",)
    CallingPolicyFactory.create(consent_max_age_days=None)
    assert may_contact(**asked, now=NOON + SECOND).allowed


def test_without_consent_there_is_no_text_and_a_warning_for_a_call(user: User) -> None:
    lead = LeadFactory.create(consent=None)
    asked: dict[str, Any] = {"lead": lead, "phone": lead.phone, "user": user, "now": NOON}
    call = may_contact(**asked, channel="call")
    assert call.allowed
    assert "consent_missing" in [why.code for why in call.warnings]
    assert may_contact(**asked, channel="text").codes == ("no_consent",)


def test_who_said_no_is_not_called(lead: Lead, user: User) -> None:
    lead.consent.given = False
    with altering(ConsentRecord):
        lead.consent.save(update_fields=["given"])
    assert ask(lead, user, NOON).codes == ("no_consent",)


def test_an_agent_calls_only_where_licensed_that_day(lead: Lead, user: User) -> None:
    License.objects.filter(agent__user=user, state="TX").update(expires_on=date(2026, 12, 1))
    assert ask(lead, user, at("2026-12-01 12:00:00")).allowed
    answer = ask(lead, user, NOON)
    assert answer.codes == ("unlicensed",)
    assert "expired" in answer.reasons[0].text
    CallingPolicyFactory.create(license_required=False)
    assert ask(lead, user, NOON).allowed


def test_somebody_who_is_no_agent_calls_nobody(lead: Lead, reviewer: User) -> None:
    assert ask(lead, reviewer, NOON).codes == ("unlicensed",)


def test_an_emergency_closes_louisiana_and_says_which(user: User) -> None:
    lead = lead_of(area_code="504", zip5="70112", state="LA")
    ban = EmergencyBanFactory.create(starts_at=NOON, ends_at=at("2026-12-04 09:00:00"))
    answer = ask(lead, user, NOON)
    assert answer.codes == ("emergency",)
    assert ban.reason in answer.reasons[0].text
    assert answer.opens_at == at("2026-12-04 09:00:00")
    assert ask(lead, user, NOON - SECOND).allowed


def test_a_medicare_lead_comes_with_its_checklist(user: User) -> None:
    medicare = Vertical.objects.get(code="medicare")
    CallingPolicyFactory.create(license_required=False)
    lead = lead_of(zip5="75201", state="TX", interest=medicare.code)
    said = " ".join(why.text for why in ask(lead, user, NOON).warnings)
    assert "scope of appointment" in said
    assert "disclaimer" in said


def test_a_rule_that_nobody_confirmed_is_applied_and_named(user: User) -> None:
    lead = lead_of(area_code="505", zip5="87101", state="NM")
    answer = ask(lead, user, at("2026-12-02 08:30:00", "America/Denver"))
    assert answer.codes == ("hours",)
    assert "rule_unconfirmed" in [why.code for why in answer.warnings]


def test_a_number_of_somebody_else_is_refused(lead: Lead, user: User) -> None:
    with pytest.raises(NotTheirNumber):
        may_contact(lead=lead, phone="+12145550199", user=user, channel="call", now=NOON)
    with pytest.raises(ValueError, match="fax"):
        may_contact(lead=lead, phone=lead.phone, user=user, channel="fax", now=NOON)


def test_a_change_of_rules_holds_from_the_next_question_on(lead: Lead, user: User) -> None:
    assert ask(lead, user, NOON).allowed
    with altering(CallingRule):
        CallingRule.objects.filter(state="TX").update(weekday_from="13:00")
    assert ask(lead, user, NOON).codes == ("hours",)


def test_a_queue_gets_the_same_answers_as_each_lead_alone_in_as_many_queries(
    user: User, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    places = [("214", "75201", "TX"), ("305", "33130", "FL"), ("800", "", ""), ("505", "87101", "NM")]
    for area_code, zip5, state in places * 6:
        number = Lead.objects.count()
        LeadFactory.create(phone=f"+1{area_code}55502{number:02}", zip=zip5, state=state)
    leads = list(Lead.objects.all())
    dnc_support.full([leads[0].phone[2:], leads[1].phone[2:]], on=date(2026, 11, 20))
    SuppressionFactory.create(phone=leads[4].phone)
    BusinessRelationshipFactory.create(phone=leads[1].phone)
    ContactAttemptFactory.create_batch(3, lead=leads[5], at=NOON - timedelta(hours=1))
    alone = {
        lead.pk: may_contact(lead=lead, phone=lead.phone, user=user, channel="call", now=NOON)
        for lead in leads
    }
    assert may_contact_many(leads=leads, user=user, channel="call", now=NOON) == alone
    short = list(Lead.objects.only("first_name"))
    before = round_trips.count
    with django_assert_num_queries(2):  # type: ignore[operator]  # the columns left out, the relationships
        assert may_contact_many(leads=short, user=user, channel="call", now=NOON) == alone
    assert round_trips.count == before + 1
    assert may_contact_many(leads=[], user=user, channel="call", now=NOON) == {}


def test_every_moment_is_answered_in_utc_or_local_alike(lead: Lead, user: User) -> None:
    assert ask(lead, user, NOON) == ask(lead, user, NOON.astimezone(UTC))
