"""The state whose license a lead needs, and how it is known."""

from typing import Literal

from leadcrm.lib.area_codes import area_code_state
from leadcrm.lib.normalize.zips import zip_place
from leadcrm.lib.places import STATES

StateFrom = Literal["post", "zip", "area_code", ""]


def state_of(*, state: str, zip5: str, phone: str) -> tuple[str, StateFrom]:
    """The USPS code from the posted state, else the ZIP, else the area code; ("", "") when none tells."""
    if state in STATES:
        return state, "post"
    place = zip_place(zip5)
    if place is not None and place.state in STATES:
        return place.state, "zip"
    by_phone = area_code_state(phone)
    return (by_phone, "area_code") if by_phone else ("", "")
