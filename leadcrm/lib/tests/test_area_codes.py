"""Area codes and their states."""

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import zipcodes

from leadcrm.lib.area_codes import STATE_OF_AREA_CODE, area_code_state
from leadcrm.lib.places import STATES


def test_area_codes_have_the_states_they_are_known_for() -> None:
    assert area_code_state("+12145550142") == "TX"
    assert area_code_state("+17875550142") == "PR"
    assert area_code_state("+12025550142") == "DC"


def test_toll_free_canadian_and_foreign_numbers_have_no_state() -> None:
    for phone in ("+18005550142", "+14165550142", "+442079460000", ""):
        assert area_code_state(phone) == ""


def test_the_table_agrees_with_the_zips_that_use_each_area_code() -> None:
    """Most ZIPs of an area code lie in its state; the others are over the line, served from there."""
    seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    list_all: Callable[[], list[dict[str, Any]]] = zipcodes.list_all  # the package is not typed
    for row in list_all():
        for code in row["area_codes"]:
            seen[code][row["state"]] += 1
    for code, states in seen.items():
        if code in STATE_OF_AREA_CODE:
            assert states.most_common(1)[0][0] == STATE_OF_AREA_CODE[code], code
    assert set(STATE_OF_AREA_CODE.values()) == set(STATES)
