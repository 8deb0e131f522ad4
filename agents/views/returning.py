"""Sending a lead back from its page: who may asks the vendor, everybody else proposes."""

from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from agents.forms_returns import ReturnForm
from agents.returns_shown import ASK
from agents.views.lead import show
from agents.views.requests import SignedIn, lead_or_404
from intake.models import ReturnReason
from intake.returns.asking import AlreadyAsked, CannotReturn, RequestIdTaken, ask_return
from intake.returns.candidates import propose_return
from intake.returns.windows import terms_of, windows_of

SENT_BEFORE: Final = (
    "This form was sent before, for another lead or another reason. Nothing was saved: copy your words and "
    "reload the page."
)
WAITS: Final = "The vendor has been asked already and has not answered yet. Nothing was saved."
ASKED: Final = "The vendor is asked to take this lead back. Until it answers, the lead stays as it is."
PROPOSED: Final = "Proposed. Your manager decides whether the vendor is asked."


@require_POST
@login_required
def return_lead(request: SignedIn, number: int) -> HttpResponse:
    """Ask for the return, or propose it; when it cannot be, say why and keep the words."""
    lead, now = lead_or_404(request, number), timezone.now()
    windows = [each for each in windows_of(lead, terms_of(lead.source_id)) if each.is_open(now)]
    form = ReturnForm(request.POST, windows=windows, now=now, auto_id="return_%s")
    if not form.is_valid():
        return show(request, lead, {"return_form": form})
    data, asks = form.cleaned_data, request.user.has_perm(ASK)
    reason = ReturnReason(data["reason"])
    try:
        if asks:
            ask_return(
                lead=lead, reason=reason, note=data["note"], by=request.user, request_id=data["request_id"], now=now
            )  # fmt: skip
        else:
            propose_return(lead=lead, reason=reason, note=data["note"], by=request.user, now=now)
    except (CannotReturn, AlreadyAsked, RequestIdTaken) as refused:
        form.add_error(None, _words(refused))
        return show(request, lead, {"return_form": form})
    messages.success(request, ASKED if asks else PROPOSED)
    return redirect("lead", number=number)


def _words(refused: Exception) -> str:
    """What went wrong, for a person."""
    if isinstance(refused, CannotReturn):
        return f"{refused} Nothing was saved."
    return WAITS if isinstance(refused, AlreadyAsked) else SENT_BEFORE
