"""What agents post about a person's standing: asked us to stop, lives by this clock."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from agents.casework import RequestIdTaken
from agents.forms import OptOutForm, ZoneForm
from agents.standing import record_opt_out
from agents.views.lead import show
from agents.views.requests import SignedIn, lead_or_404
from agents.views.work import OTHER_LEAD
from compliance.calling.ruling import confirm_zone
from compliance.calling.zones import ZONE_NAMES


@require_POST
@login_required
def opt_out(request: SignedIn, number: int) -> HttpResponse:
    """The person asked us to stop: effective before the answer is sent."""
    lead, now = lead_or_404(request, number), timezone.now()
    form = OptOutForm(request.POST, now=now, auto_id="opt_out_%s")
    if not form.is_valid():
        return show(request, lead, {"opt_out_form": form})
    data = form.cleaned_data
    try:
        record_opt_out(
            lead=lead, channel=data["channel"], words=data["words"], received_at=data["received_at"],
            by=request.user, request_id=data["request_id"], now=now,
        )  # fmt: skip
    except RequestIdTaken:
        form.add_error(None, OTHER_LEAD)
        return show(request, lead, {"opt_out_form": form})
    messages.success(request, "Recorded. Nobody here will call, text or e-mail this person again.")
    return redirect("lead", number=number)


@require_POST
@login_required
def zone(request: SignedIn, number: int) -> HttpResponse:
    """Which clock the person lives by."""
    lead, now = lead_or_404(request, number), timezone.now()
    form = ZoneForm(request.POST, auto_id="zone_%s")
    if not form.is_valid():
        return show(request, lead, {"zone_form": form})
    data = form.cleaned_data
    confirm_zone(lead=lead, zone=data["zone"], reason=data["reason"], by=request.user, now=now)
    name = ZONE_NAMES.get(data["zone"], "")
    said = f"{name} time is confirmed for this lead." if name else "The time zone is open again."
    messages.success(request, said)
    return redirect("lead", number=number)
