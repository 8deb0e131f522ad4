"""Which clocks count: for a ZIP, an area code, a state."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from compliance.calling.build_zones import table_text
from compliance.calling.zones import (
    TABLE,
    ZONE_NAMES,
    clocks_of,
    load_table,
    plain_zone,
    states_of,
    zones_of_phone,
    zones_of_state,
    zones_of_zip,
)
from leadcrm.lib.area_codes import STATE_OF_AREA_CODE
from leadcrm.lib.normalize.zips import load_table as load_zips
from leadcrm.lib.places import STATES

EASTERN, CENTRAL, MOUNTAIN, PACIFIC = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
)  # fmt: skip


def test_the_table_is_what_its_generator_makes_of_the_package() -> None:
    assert TABLE.read_text(encoding="ascii") == table_text()


def test_every_area_code_and_every_state_has_its_zones() -> None:
    assert load_table().codes.keys() == STATE_OF_AREA_CODE.keys()
    assert set(STATES) <= load_table().states.keys()


@pytest.mark.parametrize(
    ("code", "zones"),
    [
        ("850", {EASTERN, CENTRAL}), ("448", {EASTERN, CENTRAL}), ("423", {EASTERN, CENTRAL}),
        ("931", {EASTERN, CENTRAL}), ("865", {EASTERN, CENTRAL}), ("270", {EASTERN, CENTRAL}),
        ("364", {EASTERN, CENTRAL}), ("606", {EASTERN, CENTRAL}), ("219", {EASTERN, CENTRAL}),
        ("574", {EASTERN, CENTRAL}), ("765", {EASTERN, CENTRAL}), ("812", {EASTERN, CENTRAL}),
        ("930", {EASTERN, CENTRAL}), ("906", {EASTERN, CENTRAL}), ("334", {EASTERN, CENTRAL}),
        ("308", {CENTRAL, MOUNTAIN}), ("402", {CENTRAL, MOUNTAIN}), ("531", {CENTRAL, MOUNTAIN}),
        ("605", {CENTRAL, MOUNTAIN}), ("620", {CENTRAL, MOUNTAIN}), ("785", {CENTRAL, MOUNTAIN}),
        ("701", {CENTRAL, MOUNTAIN}), ("915", {CENTRAL, MOUNTAIN}), ("208", {MOUNTAIN, PACIFIC}),
        ("986", {MOUNTAIN, PACIFIC}), ("541", {MOUNTAIN, PACIFIC}), ("458", {MOUNTAIN, PACIFIC}),
        ("775", {MOUNTAIN, PACIFIC}), ("928", {"America/Phoenix", MOUNTAIN}),
        ("907", {"America/Anchorage", "America/Adak"}),
    ],
)  # fmt: skip
def test_an_area_code_on_both_sides_of_a_line_has_both_clocks(code: str, zones: set[str]) -> None:
    assert set(zones_of_phone(f"+1{code}5550123")) == zones


@pytest.mark.parametrize(
    ("code", "zone"),
    [
        ("214", CENTRAL), ("689", EASTERN), ("324", EASTERN), ("317", EASTERN), ("313", EASTERN), ("502", EASTERN),
        ("480", "America/Phoenix"), ("808", "Pacific/Honolulu"), ("787", "America/Puerto_Rico"),
        ("340", "America/Puerto_Rico"), ("671", "Pacific/Guam"), ("670", "Pacific/Guam"),
        ("684", "Pacific/Pago_Pago"),
    ],
)  # fmt: skip
def test_an_area_code_inside_a_zone_has_one_clock(code: str, zone: str) -> None:
    assert zones_of_phone(f"+1{code}5550123") == (zone,)


@pytest.mark.parametrize(
    "phone", ["+18005550123", "+18885550123", "+14165550123", "+18765550123", "", "+442079460123"]
)
def test_a_number_of_no_place_here_has_no_clock(phone: str) -> None:
    assert zones_of_phone(phone) == ()


@pytest.mark.parametrize(
    ("zip5", "zones"),
    [
        ("79901", (MOUNTAIN,)),  # El Paso
        ("32501", (CENTRAL,)),  # Pensacola
        ("32301", (EASTERN,)),  # Tallahassee
        ("36867", (CENTRAL, EASTERN)),  # Phenix City keeps the time of Columbus, Georgia
        ("47708", (CENTRAL,)),  # Evansville, Indiana
        ("46304", (CENTRAL,)),  # Chesterton, Indiana
        ("47130", (EASTERN,)),  # Jeffersonville, Indiana
        ("85001", ("America/Phoenix",)),
        ("86515", (MOUNTAIN,)),  # Window Rock, Navajo Nation
        ("96813", ("Pacific/Honolulu",)),
        ("00901", ("America/Puerto_Rico",)),
        ("96910", ("Pacific/Guam",)),
        ("89883", (PACIFIC, MOUNTAIN)),  # West Wendover
        ("09001", ()),  # an army post office
        ("00000", ()),
    ],
)
def test_a_zip_has_the_clock_its_people_live_by(zip5: str, zones: tuple[str, ...]) -> None:
    assert zones_of_zip(zip5) == zones


def test_no_zip_has_a_zone_that_the_table_does_not_know() -> None:
    known = {plain_zone(place.time_zone) for place in load_zips().places if place.time_zone}
    # Army and fleet post offices in the Pacific, and the freely associated states, are no states.
    assert known - ZONE_NAMES.keys() <= {
        "Pacific/Majuro",
        "Pacific/Palau",
        "Pacific/Pohnpei",
        "Pacific/Kosrae",
        "Pacific/Wake",
    }


def test_zones_under_one_name_show_the_same_time() -> None:
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    for hours in range(0, 24 * 365 * 3, 7):
        then = moment + timedelta(hours=hours)
        for alias, name in load_table().aliases.items():
            assert (
                then.astimezone(ZoneInfo(alias)).utcoffset() == then.astimezone(ZoneInfo(name)).utcoffset()
            ), alias


def test_the_zip_and_all_of_the_area_code_count_together() -> None:
    clocks = clocks_of(phone="+18505550123", state="FL", zip5="32501")
    assert clocks.zones == (CENTRAL, EASTERN)
    assert not clocks.unplaced


def test_a_moved_person_lives_by_two_clocks() -> None:
    assert clocks_of(phone="+12125550123", state="CA", zip5="90001").zones == (PACIFIC, EASTERN)


def test_without_a_zip_all_zones_of_the_state_count() -> None:
    assert set(clocks_of(phone="+12145550123", state="TX", zip5="").zones) == {CENTRAL, MOUNTAIN}


def test_a_state_that_is_not_the_zips_is_doubt() -> None:
    zones = clocks_of(phone="+12145550123", state="CA", zip5="75201").zones
    assert set(zones) == {CENTRAL, PACIFIC}


def test_states_are_those_of_address_and_number() -> None:
    assert states_of(phone="+13055550123", state="GA", zip5="36867") == ("GA", "AL", "FL")
    assert states_of(phone="+18005550123", state="", zip5="") == ()


def test_the_zone_of_most_people_comes_first() -> None:
    assert zones_of_state("TX")[0] == CENTRAL
    assert zones_of_state("FL")[0] == EASTERN
    assert zones_of_state("") == ()
