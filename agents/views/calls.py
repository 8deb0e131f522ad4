"""Click to call, and the question behind it."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from agents.callbadge import CallBadge, as_json
from agents.dialing import dial
from agents.views.requests import SignedIn, lead_or_404
from compliance.calling import RequestIdTaken, may_contact
from compliance.models import ContactChannel
from intake.models import Lead
from leadcrm.lib.keys import uuid_from

OTHER_PAGE = "This button belongs to another lead's page. Nobody was called: reload the page, then call."


@require_safe
@login_required
@never_cache
def permission(request: SignedIn, number: int) -> HttpResponse:
    """May the reader call or text the lead's phone 1 or 2 now? JSON; nothing is recorded."""
    lead, now = lead_or_404(request, number), timezone.now()
    channel = request.GET.get("channel", ContactChannel.CALL)
    if channel not in ContactChannel.values:
        return JsonResponse({"error": "channel is call or text"}, status=400)
    which = _which(request.GET.get("phone", "1"), lead)
    asked = may_contact(lead=lead, phone=_phone(lead, which), user=request.user, channel=channel, now=now)
    return JsonResponse(as_json(CallBadge(asked, now, which)))


@require_POST
@login_required
@never_cache
def dial_phone(request: SignedIn, number: int) -> HttpResponse:
    """Ask, record, and let dial or say why not: as JSON for the page's script, else as a page of its own."""
    lead, now = lead_or_404(request, number), timezone.now()
    which = _which(request.POST.get("phone", "1"), lead)
    request_id = uuid_from(request.POST.get("request_id", ""))
    badge, error = None, OTHER_PAGE
    if request_id:
        try:
            answer, _ = dial(
                lead=lead, phone=_phone(lead, which), user=request.user, request_id=request_id, now=now
            )
            badge, error = CallBadge(answer, now, which), ""
        except RequestIdTaken:
            pass  # told with `error`
    tel = _tel(lead, which) if badge and badge.allowed else ""
    if _wants_json(request):
        found = {**as_json(badge), "tel": tel} if badge else {"allowed": False, "text": error, "reasons": []}
        return JsonResponse(found, status=200 if badge else 422)
    context = {"lead": lead, "badge": badge, "error": error, "tel": tel, "number": _phone(lead, which)}
    return render(request, "agents/dial.html", context, status=200 if badge else 422)


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _which(text: str, lead: Lead) -> int:
    """1 or 2, as far as the lead has such a number; else 404."""
    if text == "1" or (text == "2" and lead.phone_2):
        return int(text)
    raise Http404


def _phone(lead: Lead, which: int) -> str:
    return lead.phone if which == 1 else lead.phone_2


def _tel(lead: Lead, which: int) -> str:
    extension = lead.phone_extension if which == 1 else ""
    return f"tel:{_phone(lead, which)}" + (f";ext={extension}" if extension else "")
