"""Have the agent's own phone rung, and the person's after it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from agents.callbadge import CallBadge
from agents.messaging.bridging import ring_agent
from agents.messaging.sending import CannotSend
from agents.views.calls import OTHER_PAGE
from agents.views.requests import SignedIn, lead_or_404
from compliance.calling import RequestIdTaken


@require_POST
@login_required
def ring(request: SignedIn, number: int) -> HttpResponse:
    """Ask, record, and ring; the page says what happens next."""
    lead, now = lead_or_404(request, number), timezone.now()
    phone = lead.phone_2 if request.POST.get("phone") == "2" and lead.phone_2 else lead.phone
    try:
        request_id = UUID(request.POST.get("request_id", ""))
        permission, call = ring_agent(
            lead=lead, phone=phone, user=request.user, request_id=request_id, now=now
        )
    except (RequestIdTaken, ValueError) as refused:
        messages.error(request, str(refused) if isinstance(refused, CannotSend) else OTHER_PAGE)
        return redirect("lead", number=number)
    if call is None:
        messages.error(request, f"Nobody was called. {CallBadge(permission, now).text}.")
    else:
        messages.success(
            request, "Your phone rings in a moment. Press any key there, and the lead is called."
        )
    return redirect("lead", number=number)
