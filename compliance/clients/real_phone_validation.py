"""RealPhoneValidation's DNC Lookup: national and state lists, the marketers' list, litigators.

Documented: GET or POST `/rpvWebService/DNCLookup.php` at https://api.realvalidation.com with `phone` (ten digits),
`token`, `output` "json"; an object with `RESPONSECODE` ("OK", or -1, 102, "unauthorized", "invalid-phone"),
`RESPONSEMSG`, and `national_dnc`, `state_dnc`, `dma`, `litigator`, each "Y", "N" or "?" (a time-out there, or on
another list already), `iscell`, `id`, and at times the phone. 403 means too many calls in a second.

Assumed: a POST takes the same names as a form (it keeps the token out of addresses); a number on the marketers' list
is listed, for somebody asked; a list that is missing from the answer was not asked.
"""

from typing import Any, Final

from django.conf import settings

from compliance.clients.scrub import Call, Odd, Said, ScrubClient, same_number
from compliance.models import ScrubService, ScrubState

LISTS: Final = ("national_dnc", "state_dnc", "dma", "litigator")
ERRORS: Final = {
    "unauthorized": "key_refused", "invalid-phone": "not_a_number", "-1": "not_a_number",
}  # fmt: skip


class RealPhoneValidation(ScrubClient):
    """See the module."""

    service = ScrubService.REAL_PHONE_VALIDATION

    def is_on(self) -> bool:
        """True when there is a token."""
        return bool(settings.REAL_PHONE_VALIDATION_TOKEN)

    def call(self, digits: str) -> Call:
        """One POST; neither token nor number stands in the address."""
        token = settings.REAL_PHONE_VALIDATION_TOKEN
        url = f"{settings.REAL_PHONE_VALIDATION_BASE_URL}/rpvWebService/DNCLookup.php"
        return Call("POST", url, form={"phone": digits, "token": token, "output": "json"}, secrets=(token,))

    def read(self, data: Any, digits: str) -> Said:
        """Listed by any list; clear only if every list says no. Raises Odd."""
        if not isinstance(data, dict):
            raise Odd("unreadable")
        code = str(data.get("RESPONSECODE", "")).strip()
        if code.upper() != "OK":
            raise Odd(ERRORS.get(code.lower(), "service_error"))
        if not same_number(data.get("Phone", data.get("phone")), digits):
            raise Odd("another_number")
        said = {name: str(data.get(name, "")).strip().upper() for name in LISTS}
        listed = tuple(name for name in LISTS if said[name] == "Y")
        if listed:
            return Said(ScrubState.LISTED, "litigator" in listed, listed)
        if all(answer == "N" for answer in said.values()):
            return Said(ScrubState.CLEAR)
        raise Odd("timeout_there" if "?" in said.values() else "unknown_code")


client: Final = RealPhoneValidation()
