"""DNC.com's DNCScrub, Full Scrub API version 5: national and state lists, its internal list, litigators.

Documented: `POST /app/main/rpc/scrub` at https://www.dncscrub.com, header `loginId`, JSON body `phoneList` (ten
digits), `version` "5", `output` "json", optionally `projId` and `campaignId`; an array with an object for each number:
`Phone`, `ResultCode`, `Reason` ("National (USA) 2003-06-01;;;", "Litigator"), `LineType` and more. Result codes: C
clean; W wireless, Y VoIP, G these with a relationship recorded there, E a relationship, R one that has expired: on no
list. D on a list; P on the account's own. L, F: on no list, but wireless in a state that restricts it. X, O, H, V: on
a list, which an exemption or a relationship recorded at the service overrides. B: an area code that the account does
not cover; I, M: no number; others are not documented for this service.

Assumed: the body of the batch call serves one number too; overridden is listed (what permits a call is recorded
here, not there); a restriction of wireless numbers is no list; `Reason` of a litigator holds that word.
"""

from typing import Any, Final

from django.conf import settings

from compliance.clients.scrub import Call, Odd, Said, ScrubClient, same_number
from compliance.models import ScrubService, ScrubState

CLEAR: Final = frozenset("CWYGERLF")
LISTED: Final = frozenset("DPXOHV")
NO_ANSWER: Final = {"B": "area_code_not_held", "I": "not_a_number", "M": "not_a_number"}


class DncCom(ScrubClient):
    """See the module."""

    service = ScrubService.DNC_COM

    def is_on(self) -> bool:
        """True when there is a login id."""
        return bool(settings.DNC_COM_LOGIN_ID)

    def call(self, digits: str) -> Call:
        """One POST; neither key nor number stands in the address."""
        places = {"projId": settings.DNC_COM_PROJECT_ID, "campaignId": settings.DNC_COM_CAMPAIGN_ID}
        body = {"phoneList": digits, "version": "5", "output": "json"}
        body |= {name: value for name, value in places.items() if value}
        key = settings.DNC_COM_LOGIN_ID
        return Call(
            "POST", f"{settings.DNC_COM_BASE_URL}/app/main/rpc/scrub", headers={"loginId": key}, json=body,
            secrets=(key,),
        )  # fmt: skip

    def read(self, data: Any, digits: str) -> Said:
        """By the result code of the one row. Raises Odd."""
        if not isinstance(data, list) or len(data) != 1 or not isinstance(data[0], dict):
            raise Odd("unreadable")
        row = data[0]
        if not row.get("Phone") or not same_number(row["Phone"], digits):
            raise Odd("another_number")
        code = str(row.get("ResultCode", "")).strip().upper()
        reason = str(row.get("Reason") or "").strip("; ")
        codes = tuple(filter(None, (code, *(part.strip() for part in reason.split(";")))))
        if code in CLEAR:
            return Said(ScrubState.CLEAR, codes=codes)
        if code in LISTED:
            return Said(ScrubState.LISTED, "litigator" in reason.lower(), codes)
        raise Odd(NO_ANSWER.get(code, "unknown_code"))


client: Final = DncCom()
