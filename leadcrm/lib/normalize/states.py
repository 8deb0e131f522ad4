"""USPS state codes of `leadcrm.lib.places`. Leads are routed and licensed by state, so nothing is guessed."""

from types import MappingProxyType
from typing import Final

from leadcrm.lib.normalize.base import Clean, Unreadable, as_form
from leadcrm.lib.places import STATE_NAMES

_OTHER_NAMES: Final = {
    "DC": ("Washington DC", "Washington District of Columbia"),
    "VI": ("Virgin Islands",),
    "MP": ("Commonwealth of the Northern Mariana Islands", "CNMI"),
    "WA": ("Washington State", "State of Washington"),
    "NY": ("New York State", "State of New York"),
}
_MARKS: Final = str.maketrans("", "", " \t\r\n.,-_'\"()")


def _key(text: str) -> str:
    return text.translate(_MARKS).upper()


_BY_KEY: Final = MappingProxyType(
    {code: code for code in STATE_NAMES}
    | {f"US{code}": code for code in STATE_NAMES}  # ISO 3166-2: US-NY
    | {_key(name): code for code, name in STATE_NAMES.items()}
    | {_key(name): code for code, names in _OTHER_NAMES.items() for name in names}
)


def state(raw: object) -> Clean[str]:
    """The two-letter USPS code: of a code or full name in any case, with or without dots and blanks (`N.Y.`).

    Unreadable: `not_a_state`.
    """
    if isinstance(raw, str) and raw in _BY_KEY:  # the usual case: already a code
        return Clean(_BY_KEY[raw])
    text = as_form(raw)
    code = _BY_KEY.get(_key(text))
    if code is None:
        raise Unreadable("not_a_state", "Is not a US state, district or territory.")
    return Clean(code)
