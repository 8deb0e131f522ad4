"""The hard filters: each reason, and the edges of each."""

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agents.assignment.eligibility import (
    WORDS,
    Load,
    Wanted,
    hours_refusal,
    language_of,
    license_refusal,
    load_refusal,
    standing_refusal,
    wanted_by,
)
from agents.assignment.places import state_of
from agents.assignment.roster import AgentCard, load_roster
from agents.models import Agent, AgentLoad, Assignment
from agents.tests.arrivals import NOW, arrive
from intake.models import Lead, LeadStatus
from leadcrm.testing.factories import (
    AgentFactory,
    AgentHoursFactory,
    LeadFactory,
    LicenseFactory,
    MembershipFactory,
    PoolFactory,
    SourceFactory,
)

NEW_YORK = ZoneInfo("America/New_York")


def card(**changes: Any) -> AgentCard:
    """An agent licensed for life in Texas without limits."""
    given: dict[str, Any] = {
        "id": 1, "user_id": 1, "name": "Test Agent", "active": True, "receiving": True, "zone": NEW_YORK,
        "languages": frozenset(), "hours": (), "licenses": {("TX", "life"): ((date(2026, 1, 1), None),)},
        "daily_cap": None, "hourly_cap": None, "untouched_limit": None,
    }  # fmt: skip
    return AgentCard(**{**given, **changes})


def wanted(now: datetime = NOW, **changes: Any) -> Wanted:
    lead = Lead(source_id=1, vendor_id=1, interest="final_expense", state="TX", zip="75201")
    for name, value in changes.items():
        setattr(lead, name, value)
    return wanted_by(lead, line="life", now=now)


@pytest.mark.parametrize(
    ("agent", "lead", "reason"),
    [
        ({}, {}, None),
        ({"active": False}, {}, "left"),
        ({"receiving": False}, {}, "not_receiving"),
        ({"licenses": {}}, {}, "unlicensed"),
        ({}, {"state": "OK"}, "unlicensed"),
        ({"licenses": {("TX", "health"): ((date(2026, 1, 1), None),)}}, {}, "unlicensed"),
        ({"licenses": {("TX", "final_expense"): ((date(2026, 1, 1), None),)}}, {}, None),
        ({"licenses": {("TX", "life"): ((date(2026, 11, 25), None),)}}, {}, "license_not_yet"),
        ({"licenses": {("TX", "life"): ((date(2026, 1, 1), date(2026, 11, 23)),)}}, {}, "license_expired"),
        ({}, {"state": "", "zip": "", "phone": "+18005550142"}, "state_unknown"),
        ({}, {"attributes": {"language": "Spanish"}}, "language"),
        ({"languages": frozenset({"es"})}, {"attributes": {"language": "Spanish"}}, None),
        ({"zone": None}, {}, "time_zone"),
        ({"hours": ((0, time(9), time(17)),)}, {}, "off_hours"),
        ({"hours": ((1, time(9), time(17)),)}, {}, None),
    ],
)  # fmt: skip
def test_each_standing_reason_has_its_code(
    agent: dict[str, Any], lead: dict[str, Any], reason: str | None
) -> None:
    assert standing_refusal(card(**agent), wanted(**lead)) == reason
    assert reason is None or reason in WORDS


@pytest.mark.parametrize(
    ("limit", "load", "reason"),
    [
        ({"daily_cap": 3}, Load(day=2, hour=2, untouched=9), None),
        ({"daily_cap": 3}, Load(day=3), "daily_cap"),
        ({"hourly_cap": 1}, Load(day=1, hour=1), "hourly_cap"),
        ({"untouched_limit": 2}, Load(untouched=2), "untouched"),
        ({"daily_cap": 0}, Load(), "daily_cap"),
        ({}, Load(1000, 1000, 1000), None),
    ],
)
def test_each_limit_has_its_code(limit: dict[str, Any], load: Load, reason: str | None) -> None:
    assert load_refusal(card(**limit), load) == reason


def test_a_license_is_good_through_its_last_day_on_the_agencys_clock(settings: Any) -> None:
    agent = card(licenses={("TX", "life"): ((date(2026, 1, 1), date(2026, 11, 24)),)})
    last_second = datetime(2026, 11, 24, 23, 59, 59, tzinfo=NEW_YORK)
    midnight = datetime(2026, 11, 25, tzinfo=NEW_YORK)
    assert settings.AGENCY_ZONE == NEW_YORK
    assert license_refusal(agent, wanted(now=last_second.astimezone(UTC))) is None
    assert license_refusal(agent, wanted(now=midnight.astimezone(UTC))) == "license_expired"
    begins = card(licenses={("TX", "life"): ((date(2026, 11, 25), None),)})
    assert license_refusal(begins, wanted(now=last_second.astimezone(UTC))) == "license_not_yet"
    assert license_refusal(begins, wanted(now=midnight.astimezone(UTC))) is None


def test_a_renewed_license_counts_though_the_old_one_expired() -> None:
    terms = ((date(2024, 1, 1), date(2025, 12, 31)), (date(2026, 1, 1), date(2027, 12, 31)))
    assert license_refusal(card(licenses={("TX", "life"): terms}), wanted()) is None


def test_hours_are_read_on_the_agents_own_clock() -> None:
    nine_to_five = ((1, time(9), time(17)),)
    eight_in_chicago = datetime(2026, 11, 24, 14, tzinfo=UTC)
    assert hours_refusal(card(hours=nine_to_five), eight_in_chicago) is None
    assert (
        hours_refusal(card(hours=nine_to_five, zone=ZoneInfo("America/Chicago")), eight_in_chicago)
        == "off_hours"
    )


def test_hours_until_midnight_include_the_last_second() -> None:
    late = card(hours=((1, time(18), time(23, 59, 59)),))
    assert hours_refusal(late, datetime(2026, 11, 24, 23, 59, 59, 999_999, tzinfo=NEW_YORK)) is None
    assert hours_refusal(late, datetime(2026, 11, 25, tzinfo=NEW_YORK)) == "off_hours"


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ({}, "en"), ({"language": "English"}, "en"), ({"language": " SPANISH "}, "es"),
        ({"language": "es-MX"}, "es"), ({"preferred_language": "zh_TW"}, "zh"), ({"language": "?"}, "en"),
        ({"language": 7}, "en"),
    ],
)  # fmt: skip
def test_languages_are_read_from_what_vendors_write(said: dict[str, Any], language: str) -> None:
    assert language_of(said) == language


@pytest.mark.parametrize(
    ("state", "zip5", "phone", "found"),
    [
        ("OK", "75201", "+12125550142", ("OK", "post")),
        ("", "75201", "+12125550142", ("TX", "zip")),
        ("", "", "+12125550142", ("NY", "area_code")),
        ("", "00000", "+12125550142", ("NY", "area_code")),
        ("", "", "+18005550142", ("", "")),
    ],
)
def test_the_state_is_the_posted_one_else_of_the_zip_else_of_the_area_code(
    state: str, zip5: str, phone: str, found: tuple[str, str]
) -> None:
    assert state_of(state=state, zip5=zip5, phone=phone) == found


# --- From rows -----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_agent_with_a_time_zone_that_does_not_exist_is_left_out_and_harms_nobody() -> None:
    pool = PoolFactory.create()
    broken, well = (AgentFactory.create(licenses=["TX:life"], pool=pool) for _ in range(2))
    Agent.objects.filter(pk=broken.pk).update(time_zone="Mars/Olympus")
    lead, _ = arrive(SourceFactory.create())
    assert lead.owner_id == well.user_id
    assert {r.get("out"): r.get("agents") for r in Assignment.objects.get().candidates}["time_zone"] == [
        broken.pk
    ]


@pytest.mark.django_db
def test_rows_of_hours_licenses_and_weights_are_what_assignment_reads() -> None:
    agent = AgentFactory.create(time_zone="America/Chicago", languages=["ES"])
    AgentHoursFactory.create(agent=agent, weekday=1, starts_at="09:00", ends_at="17:00")
    LicenseFactory.create(
        agent=agent, state="TX", line="life", effective_on="2026-01-01", expires_on="2026-12-31"
    )
    pool = PoolFactory.create()
    MembershipFactory.create(pool=pool, agent=agent, weight=4)
    roster = load_roster()
    read = roster.agents[agent.pk]
    assert read.hours == ((1, time(9), time(17)),)
    assert read.licenses == {("TX", "life"): ((date(2026, 1, 1), date(2026, 12, 31)),)}
    assert (read.zone, read.languages) == (ZoneInfo("America/Chicago"), frozenset({"es"}))
    assert roster.pools[0].weights == {agent.pk: 4}
    assert roster.lines["final_expense"] == "life"


@pytest.mark.django_db
def test_the_daily_cap_ends_at_the_agencys_midnight_and_the_hourly_one_on_the_hour() -> None:
    agent = AgentFactory.create(licenses=["TX:life"], pool=PoolFactory.create(), daily_cap=2, hourly_cap=1)
    source = SourceFactory.create()

    def at(hour: int, minute: int = 0, day: int = 24) -> int | None:
        moment = datetime(2026, 11, day, hour, minute, tzinfo=NEW_YORK)
        return arrive(source, now=moment.astimezone(UTC))[0].owner_id

    assert at(21, 30) == agent.user_id
    assert at(21, 59) is None
    assert at(22) == agent.user_id
    assert at(23) is None
    assert at(0, day=25) == agent.user_id


@pytest.mark.django_db
def test_a_post_decided_before_midnight_but_written_after_does_not_wind_the_count_back() -> None:
    agent = AgentFactory.create(licenses=["TX:life"], pool=PoolFactory.create(), daily_cap=2)
    source, midnight = SourceFactory.create(), datetime(2026, 11, 25, tzinfo=NEW_YORK)
    arrive(source, now=midnight)
    arrive(source, now=datetime(2026, 11, 24, 23, 59, 59, tzinfo=NEW_YORK))
    load = AgentLoad.objects.get(agent=agent)
    assert (load.day_start, load.day_count) == (midnight, 2)
    assert arrive(source, now=midnight)[1].refuse


@pytest.mark.django_db
def test_an_agent_with_too_many_untouched_leads_gets_no_more_until_one_is_touched() -> None:
    agent = AgentFactory.create(licenses=["TX:life"], pool=PoolFactory.create(), untouched_limit=2)
    source = SourceFactory.create()
    LeadFactory.create(owner=agent.user, status=LeadStatus.LOST)
    LeadFactory.create(owner=agent.user, touched_at=NOW)
    assert arrive(source)[0].owner_id == agent.user_id
    lead, _ = arrive(source)
    assert lead.owner_id == agent.user_id
    assert arrive(source)[1].refuse
    Lead.objects.filter(pk=lead.pk).update(touched_at=NOW)
    assert arrive(source)[0].owner_id == agent.user_id


@pytest.mark.django_db
def test_a_membership_of_weight_zero_takes_nothing() -> None:
    agent = AgentFactory.create(licenses=["TX:life"])
    MembershipFactory.create(pool=PoolFactory.create(), agent=agent, weight=0)
    _, routed = arrive(SourceFactory.create())
    assert routed.refuse
    assert "weight 0" in routed.why
