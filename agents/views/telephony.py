"""What a provider of texts and calls tells us. Signed, or refused; nothing of a person is said in any answer."""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from agents.messaging.bridging import connect
from agents.messaging.inbound import take_text
from agents.messaging.statuses import note_call, note_message, note_talk
from agents.telephony import provider
from agents.telephony.signing import is_signed
from agents.telephony.twilio import NOTHING
from leadcrm.lib.keys import uuid_from

View = Callable[[HttpRequest], HttpResponse]


def from_provider(view: View) -> View:
    """POST with the provider's signature: else 403; 404 where no provider is set up."""

    @csrf_exempt
    @require_POST
    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if provider() is None:
            return HttpResponse(status=404)
        return view(request) if is_signed(request) else HttpResponse(status=403)

    return guarded


@from_provider
def status(request: HttpRequest) -> HttpResponse:
    """What became of a text or a call: 204, or 404 for one that is none of ours."""
    now, given, named = timezone.now(), request.POST, _named(request)
    if request.GET.get("leg") == "person":
        known = note_talk(public_id=named, seconds=_seconds(given.get("CallDuration", "")), now=now)
    elif "CallSid" in given:
        known = note_call(
            provider_id=_sid(given["CallSid"]), public_id=named, status=given.get("CallStatus", ""), now=now
        )
    else:
        known = note_message(
            provider_id=_sid(given.get("MessageSid", "")), public_id=named, status=given.get("MessageStatus", ""),
            code=_code(given.get("ErrorCode", "")), now=now,
        )  # fmt: skip
    return HttpResponse(status=204 if known else 404)


@from_provider
def inbound(request: HttpRequest) -> HttpResponse:
    """A text came in. Answered with nothing to say: the provider itself answers STOP and HELP."""
    given = request.POST
    sid = _sid(given.get("MessageSid", ""))
    if not sid:
        return HttpResponse(status=400)
    pictures = given.get("NumMedia", "0")
    note = (
        f"\n[{pictures} picture(s) or file(s); the provider's console shows them]"
        if pictures.strip("0")
        else ""
    )
    take_text(
        provider_id=sid, phone=_clean(given.get("From", "")), to=_clean(given.get("To", "")),
        body=(given.get("Body", "").replace("\0", "")[:5_000] + note).strip(),
        provider_says_stop=given.get("OptOutType", "").upper() == "STOP", now=timezone.now(),
    )  # fmt: skip
    return _twiml(NOTHING)


@from_provider
def answer(request: HttpRequest) -> HttpResponse:
    """The agent pressed a key: asked once more whether the person may be called, then put through."""
    named = _named(request)
    said = connect(public_id=named, now=timezone.now()) if named else None
    return _twiml(said) if said else HttpResponse(status=404)


def _twiml(text: str) -> HttpResponse:
    return HttpResponse(f'<?xml version="1.0" encoding="UTF-8"?>{text}', content_type="text/xml")


def _named(request: HttpRequest) -> UUID | None:
    return uuid_from(request.GET.get("d", ""))


def _sid(text: str) -> str:
    return text if text.isalnum() and len(text) <= 128 else ""


def _clean(text: str) -> str:
    return text.replace("\0", "").strip()[:32]


def _code(text: str) -> str:
    return text if text.isdecimal() and len(text) <= 10 else ""


def _seconds(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 7 else None
