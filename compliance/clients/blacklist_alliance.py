"""The Blacklist Alliance's Litigation Firewall: is this a number of people who sue, or who complain?

Documented: `GET /lookup?key&phone&ver=v3&resp=json` at https://api.blacklistalliance.net; a JSON object with `status`
("success"), `message` ("Blacklisted", else "Good"), `code` (the feeds that name the number, between commas:
plaintiff-primary, plaintiff-secondary, attorney-primary, attorney-secondary, prelitigation1, prelitigation2,
screamers ...), `phone`, `wireless`, `results`, `scrubs`, `carrier`. The key travels in the address: there is no
other way to send it, so the address is never logged.

Assumed: another `status` or `message` is no answer; a feed that is none of plaintiffs, attorneys or claims prepared
(a do-not-call feed, say) names nobody a litigator; the number is echoed with ten digits, or eleven from 1 on.
"""

from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings

from compliance.clients.scrub import Call, Odd, Said, ScrubClient, same_number
from compliance.models import ScrubService, ScrubState
from leadcrm.lib.foreign import words

LITIGATORS: Final = ("plaintiff", "attorney", "prelitigation")


class BlacklistAlliance(ScrubClient):
    """See the module."""

    service = ScrubService.BLACKLIST_ALLIANCE

    def is_on(self) -> bool:
        """True when there is a key."""
        return bool(settings.BLACKLIST_ALLIANCE_KEY)

    def call(self, digits: str) -> Call:
        """One GET."""
        key = settings.BLACKLIST_ALLIANCE_KEY
        query = urlencode({"key": key, "phone": digits, "ver": "v3", "resp": "json"})
        return Call("GET", f"{settings.BLACKLIST_ALLIANCE_BASE_URL}/lookup?{query}", secrets=(key,))

    def read(self, data: Any, digits: str) -> Said:
        """By `message`. Raises Odd."""
        if not isinstance(data, dict):
            raise Odd("unreadable")
        if str(data.get("status", "")).lower() != "success":
            raise Odd("service_error")
        if not same_number(data.get("phone"), digits):
            raise Odd("another_number")
        message = str(data.get("message", "")).strip().lower()
        if message == "good":
            return Said(ScrubState.CLEAR)
        if message != "blacklisted":
            raise Odd("unknown_code")
        codes = tuple(words(data.get("code")))
        return Said(ScrubState.LISTED, any(code.lower().startswith(LITIGATORS) for code in codes), codes)


client: Final = BlacklistAlliance()
