"""States and ZIP codes."""

import time

import pytest

from leadcrm.lib.normalize import TEST_ZIPS, Place, Unreadable, Zip, state, warm, zip_code, zip_place
from leadcrm.lib.normalize.build_zips import table_text
from leadcrm.lib.normalize.zips import TABLE
from leadcrm.lib.places import STATE_NAMES


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("TX", "TX"), ("tx", "TX"), (" Tx ", "TX"), ("Texas", "TX"), ("TEXAS", "TX"), ("N.Y.", "NY"),
        ("N. Y.", "NY"),
        ("n y", "NY"), ("new york", "NY"), ("New  York", "NY"), ("NEW-YORK", "NY"), ("new_york", "NY"),
        ("District of Columbia", "DC"), ("Washington DC", "DC"), ("Washington, D.C.", "DC"), ("D.C.", "DC"),
        ("washington", "WA"), ("Washington State", "WA"), ("West Virginia", "WV"), ("virginia", "VA"),
        ("Puerto Rico", "PR"), ("pr", "PR"), ("Guam", "GU"), ("U.S. Virgin Islands", "VI"),
        ("Virgin Islands", "VI"),
        ("American Samoa", "AS"), ("Northern Mariana Islands", "MP"), ("US-TX", "TX"),
        ("\u00a0Ohio\u00a0", "OH"), ("\uff34\uff38", "TX"), (b"tx", "TX"), ('"TX"', "TX"), ("(TX)", "TX"),
    ],
)  # fmt: skip
def test_a_state_is_understood_by_code_and_name(raw: object, code: str) -> None:
    assert state(raw).value == code


def test_every_state_is_known_by_code_and_full_name_in_any_case() -> None:
    assert len(STATE_NAMES) == 56
    for code, name in STATE_NAMES.items():
        assert state(code).value == state(code.lower()).value == code
        assert state(name).value == state(name.upper()).value == state(name.lower()).value == code


@pytest.mark.parametrize(
    "raw",
    ["XX", "AE", "FM", "Tejas", "T", "TXX", "Ontario", "ON", "TX OK", "TX/OK", "NY1", "1", "75201", "Calif",
    "unknown", "N/A",
     "United States", "USA", "state", "T\x07X", "\u0422\u0425"],
)  # fmt: skip
def test_what_is_no_state_is_refused_for_leads_are_routed_by_it(raw: str) -> None:
    with pytest.raises(Unreadable) as caught:
        state(raw)
    assert caught.value.code == "not_a_state"


@pytest.mark.parametrize(
    ("raw", "expected", "note"),
    [
        ("75201", Zip("75201"), ""),
        (" 75201 ", Zip("75201"), ""),
        ("75201-1234", Zip("75201", "1234"), ""),
        ("75201 1234", Zip("75201", "1234"), ""),
        ("75201 - 1234", Zip("75201", "1234"), ""),
        ("752011234", Zip("75201", "1234"), ""),
        ("75201\u20131234", Zip("75201", "1234"), ""),
        ("75201.0", Zip("75201"), ""),
        ("\uff17\uff15\uff12\uff10\uff11", Zip("75201"), ""),
        (75201, Zip("75201"), ""),
        (75201.0, Zip("75201"), ""),
        ("02134", Zip("02134"), ""),
        ("2134", Zip("02134"), "repaired"),
        (2134, Zip("02134"), "repaired"),
        ("2134.0", Zip("02134"), "repaired"),
        ("2134-1001", Zip("02134", "1001"), "repaired"),
        ("6390", Zip("06390"), "repaired"),
        ("7001", Zip("07001"), "repaired"),
        ("0601", Zip("00601"), "repaired"),
        ("0802", Zip("00802"), "repaired"),
        ("00501", Zip("00501"), ""),
        ("12345", Zip("12345"), ""),
        ("20500", Zip("20500"), ""),
        ("96910", Zip("96910"), ""),
        ("09001", Zip("09001"), ""),
        ("75200", Zip("75200"), "unlisted"),
    ],
)
def test_a_zip_is_understood(raw: object, expected: Zip, note: str) -> None:
    found = zip_code(raw)
    assert (found.value, found.note) == (expected, note)
    assert zip_code(found.value).value == expected


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("00000", "unassigned"), ("00000-0000", "unassigned"), ("00001", "unassigned"),
        ("00007", "unassigned"),
        ("00400", "unassigned"), ("21300", "unassigned"), ("34500", "unassigned"), ("99999", "unassigned"),
        ("99999-1234", "unassigned"), ("", "blank"), ("7520", "not_a_zip"), ("9001", "not_a_zip"),
        ("0000", "not_a_zip"), ("0001", "not_a_zip"), ("601", "not_a_zip"), ("752011", "not_a_zip"),
        ("7520112", "not_a_zip"), ("75201-123", "not_a_zip"), ("75201-12345", "not_a_zip"),
        ("7520A", "not_a_zip"),
        ("K1A 0B1", "not_a_zip"), ("SW1A 1AA", "not_a_zip"), ("75201, 75202", "not_a_zip"),
        ("-75201", "not_a_zip"),
        ("75201.5", "not_a_zip"), ("TX 75201", "not_a_zip"), ("75 201", "not_a_zip"), (None, "not_text"),
        ("\u0667\u0665\u0662\u0660\u0661", "not_a_zip"),
    ],
)  # fmt: skip
def test_what_is_no_zip_is_refused(raw: object, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        zip_code(raw)
    assert caught.value.code == code


def test_a_test_post_may_name_the_outcome_it_wants_by_its_zip() -> None:
    for forced in TEST_ZIPS:
        assert zip_code(forced, live=False).value == Zip(forced)
        with pytest.raises(Unreadable):
            zip_code(forced, live=True)
    with pytest.raises(Unreadable):
        zip_code("00000", live=False)
    with pytest.raises(Unreadable):
        zip_code("00008", live=False)


@pytest.mark.parametrize(
    ("zip5", "place"),
    [
        ("75201", Place("TX", "America/Chicago")),
        ("79901", Place("TX", "America/Denver")),
        ("10001", Place("NY", "America/New_York")),
        ("85001", Place("AZ", "America/Phoenix")),
        ("99501", Place("AK", "America/Anchorage")),
        ("96813", Place("HI", "Pacific/Honolulu")),
        ("00601", Place("PR", "America/Puerto_Rico")),
        ("46201", Place("IN", "America/Indiana/Indianapolis")),
        ("09001", Place("", "")),
        ("75200", Place("TX", "America/Chicago")),
        ("79990", Place("TX", "America/Denver")),
        ("99999", None),
        ("00001", None),
        ("00000", None),
        ("7520", None),
        ("7520x", None),
        ("", None),
    ],
)
def test_a_zip_tells_its_state_and_time_zone(zip5: str, place: Place | None) -> None:
    assert zip_place(zip5) == place


def test_the_zip_table_is_the_one_the_package_has() -> None:
    assert TABLE.read_text(encoding="ascii") == table_text()


def test_every_time_zone_of_a_zip_is_one_that_python_knows() -> None:
    from zoneinfo import ZoneInfo

    zones = {line.split()[1] for line in TABLE.read_text(encoding="ascii").splitlines()[1:]} - {"-"}
    assert all(ZoneInfo(zone) for zone in zones)


def test_a_place_is_found_in_microseconds_once_the_table_is_warm() -> None:
    warm()
    started = time.process_time()
    for _ in range(10_000):
        zip_place("75201")
    assert time.process_time() - started < 0.1
