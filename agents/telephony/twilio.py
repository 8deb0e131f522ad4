"""Twilio's REST API, version 2010-04-01: one text, one call.

Documented: `POST /2010-04-01/Accounts/{AccountSid}/Messages.json` with `To`, `Body`, `From` or `MessagingServiceSid`,
`StatusCallback`; `.../Calls.json` with `To`, `From`, `Twiml`, `StatusCallback`, `StatusCallbackEvent`, `Timeout`; Basic
authentication by account SID and auth token; 201 with `sid`, `status`, `num_segments` (a string, "0" with a messaging
service). An error is JSON with `code`, `message`, `status`; 429 where too much is asked (code 20429).

A 5xx is an answer of which nobody knows whether the message was made before it: only 503 is taken as a plain no. The
answer's body may quote the person's number: nothing of it is kept but sid, status, code and the count of parts.
"""

import re
from collections.abc import Mapping
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from django.conf import settings

from agents.messaging.results import OptedOut, PerhapsSent, Refused, Taken, TryLater
from agents.models import DeliveryProvider
from leadcrm.lib import http

LIMITS: Final = http.Limits(connect=3.0, read=8.0, total=12.0, size=64 * 1024)
# What the provider's codes mean for an agent. Source: Twilio's dictionary of errors.
WORDS: Final[Mapping[str, str]] = {
    "20003": "the provider does not accept our account",
    "20429": "too many messages at once",
    "21211": "this is no number that can be texted",
    "21408": "texts to this region are not switched on",
    "21610": "they asked the provider to stop our texts",
    "21614": "this number cannot receive texts",
    "21617": "the text is too long",
    "30001": "too many messages at once",
    "30002": "the provider has suspended our account",
    "30003": "their phone is off or out of reach",
    "30004": "the person or their carrier blocks our texts",
    "30005": "this number is not in use",
    "30006": "this number cannot receive texts (a landline?)",
    "30007": "the carrier filtered the text as unwanted",
    "30008": "the carrier gave no reason",
    "30034": "our number is not registered for texts (A2P 10DLC)",
}
OPTED_OUT: Final = "21610"
_ACCOUNT: Final = frozenset((401, 403))
_SID: Final = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")


def words_of(code: str) -> str:
    """What a provider's code means, for an agent."""
    return WORDS.get(code, "the provider refused it")


class Twilio:
    """See the module."""

    name = DeliveryProvider.TWILIO

    def is_on(self) -> bool:
        """True with an account and something to send from."""
        sender = settings.TWILIO_FROM or settings.TWILIO_MESSAGING_SERVICE_SID
        return bool(settings.TWILIO_ACCOUNT_SID and settings.TWILIO_AUTH_TOKEN and sender)

    def can_call(self) -> bool:
        """A messaging service cannot call: a number of our own is needed."""
        return self.is_on() and bool(settings.TWILIO_FROM)

    def send_text(self, *, to: str, body: str, status_url: str) -> Taken:
        """See Provider."""
        service = settings.TWILIO_MESSAGING_SERVICE_SID
        sender = {"MessagingServiceSid": service} if service else {"From": settings.TWILIO_FROM}
        answer = self._post("Messages", {"To": to, "Body": body, "StatusCallback": status_url, **sender})
        parts = str(answer.get("num_segments") or "")
        told = answer.get("from")
        return Taken(
            provider_id=answer["sid"],
            sender=told[:254] if isinstance(told, str) else settings.TWILIO_FROM,
            segments=int(parts) if parts.isdecimal() and 0 < int(parts) < 100 else None,
        )

    def ring(self, *, to: str, answer_url: str, status_url: str) -> Taken:
        """See Provider."""
        form = {
            "To": to, "From": settings.TWILIO_FROM, "Twiml": press_a_key(answer_url), "StatusCallback": status_url,
            "StatusCallbackEvent": "completed", "Timeout": "25",
        }  # fmt: skip
        return Taken(provider_id=self._post("Calls", form)["sid"], sender=settings.TWILIO_FROM)

    def _post(self, resource: str, form: Mapping[str, str]) -> dict[str, Any]:
        account, token = settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN
        url = f"{settings.TWILIO_BASE_URL}/2010-04-01/Accounts/{account}/{resource}.json"
        try:
            answer = http.call("POST", url, auth=(account, token), form=form, limits=LIMITS)
        except http.Redirected as failure:
            raise Refused(failure.code, "the provider's address is set wrongly") from None
        except http.CallFailed as failure:
            if failure.never_sent:
                raise TryLater(failure.code, "the provider is out of reach") from None
            raise PerhapsSent(failure.code, "the provider gave no answer") from None
        return _read(answer)


def _read(answer: http.Answer) -> dict[str, Any]:
    """The resource that was made. Raises NotSent's kinds."""
    try:
        data = answer.json()
    except http.Unreadable:
        data = None
    data = data if isinstance(data, dict) else {}
    if answer.status in (200, 201):
        if _SID.fullmatch(str(data.get("sid", ""))):
            return data
        raise PerhapsSent("unreadable", "the provider's answer cannot be read")
    code = _code(data, answer.status)
    if code == OPTED_OUT:
        raise OptedOut(code, words_of(code))
    if answer.status in (429, 503):
        raise TryLater(
            code, WORDS.get(code, "the provider is busy"), _seconds(answer.headers.get("retry-after", ""))
        )
    if answer.status >= 500:
        raise PerhapsSent(code, "the provider broke off")
    if answer.status in _ACCOUNT:
        raise TryLater(code, WORDS["20003"])
    raise Refused(code, words_of(code))


def _code(data: Mapping[str, Any], status: int) -> str:
    told = str(data.get("code") or "")
    return told if told.isdecimal() and len(told) <= 10 else f"http_{status}"


def _seconds(told: str) -> float | None:
    return float(min(int(told), 3600)) if told.isdecimal() and len(told) < 10 else None


def press_a_key(answer_url: str) -> str:
    """What the agent hears. A mailbox presses no key, so nobody is put through to one."""
    action = quoteattr(answer_url)
    return (
        f'<Response><Gather action={action} method="POST" numDigits="1" timeout="10">'
        "<Say>Press any key to call your lead.</Say></Gather><Hangup/></Response>"
    )


def put_through(*, phone: str, status_url: str) -> str:
    """TwiML that rings the person and connects the two; the length of that leg is told to `status_url`."""
    return (
        f'<Response><Dial callerId={quoteattr(settings.TWILIO_FROM)} timeout="30" answerOnBridge="true">'
        f'<Number statusCallback={quoteattr(status_url)} statusCallbackEvent="completed">{escape(phone)}</Number>'
        "</Dial></Response>"
    )


def say_and_end(words: str) -> str:
    """TwiML that says something to the agent and ends the call."""
    return f"<Response><Say>{escape(words)}</Say><Hangup/></Response>"


NOTHING: Final = "<Response/>"
client: Final = Twilio()
