"""USPS state codes. Leads are routed and licensed by state, so a guess is never made."""

from types import MappingProxyType
from typing import Final

from leadcrm.lib.normalize.base import Clean, Unreadable, as_form

# USPS Publication 28, appendix B: states, DC, territories, freely associated states, armed forces.
STATES: Final = MappingProxyType({
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "DC": "District of Columbia", "FL": "Florida", "GA": "Georgia",
    "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas",
    "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts",
    "MI": "Michigan",
    "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska",
    "NV": "Nevada",
    "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina",
    "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania",
    "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas",
    "UT": "Utah", "VT": "Vermont", "VA": "Virginia", "WA": "Washington", "WV": "West Virginia",
    "WI": "Wisconsin", "WY": "Wyoming",
    "AS": "American Samoa", "GU": "Guam", "MP": "Northern Mariana Islands", "PR": "Puerto Rico",
    "VI": "Virgin Islands", "FM": "Federated States of Micronesia", "MH": "Marshall Islands", "PW": "Palau",
    "AA": "Armed Forces Americas", "AE": "Armed Forces Europe", "AP": "Armed Forces Pacific",
})  # fmt: skip
_OTHER_NAMES: Final = {
    "DC": ("Washington DC", "Washington District of Columbia"),
    "VI": ("US Virgin Islands", "U.S. Virgin Islands"),
    "MP": ("Commonwealth of the Northern Mariana Islands", "CNMI"),
    "WA": ("Washington State", "State of Washington"),
    "NY": ("New York State", "State of New York"),
}
_MARKS: Final = str.maketrans("", "", " \t\r\n.,-_'\"()")


def _key(text: str) -> str:
    return text.translate(_MARKS).upper()


_BY_KEY: Final = MappingProxyType(
    {code: code for code in STATES}
    | {f"US{code}": code for code in STATES}  # ISO 3166-2: US-NY
    | {_key(name): code for code, name in STATES.items()}
    | {_key(name): code for code, names in _OTHER_NAMES.items() for name in names}
)


def state(raw: object) -> Clean[str]:
    """The two-letter USPS code: of a code or full name in any case, with or without dots and blanks (`N.Y.`).

    Unreadable: `not_a_state`.
    """
    if raw in _BY_KEY and isinstance(raw, str):  # the usual case: already a code
        return Clean(_BY_KEY[raw])
    text = as_form(raw)
    code = _BY_KEY.get(_key(text))
    if code is None:
        raise Unreadable("not_a_state", "Is not a US state, district or territory.")
    return Clean(code)
