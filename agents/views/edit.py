"""Correcting what a lead says of its person."""

from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from agents.corrections import Corrected, correct_lead
from agents.edit_form import EditLeadForm
from agents.presence import others_on
from agents.views.requests import SignedIn, lead_or_404
from agents.views.work import OTHER_LEAD
from intake.editing import Conflict, EditConflict, EditIdTaken, EditRefused, LeadErased
from intake.models import Lead

NOTHING: Final = "Nothing was different: nothing was saved."


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit(request: SignedIn, number: int) -> HttpResponse:
    """The form of a lead's details, and what comes of it: saved, refused by field, or what somebody else saved."""
    lead = lead_or_404(request, number)
    if request.method != "POST":
        return _show(request, lead, EditLeadForm(lead=lead))
    form = EditLeadForm(request.POST, lead=lead)
    if not form.is_valid():
        return _show(request, lead, form)
    try:
        corrected = correct_lead(
            lead=lead, typed=form.typed, seen=form.seen, by=request.user,
            request_id=form.cleaned_data["request_id"], now=timezone.now(),
        )  # fmt: skip
    except EditConflict as conflict:
        form.dispute(conflict.conflicts, lead)
        return _show(request, lead, form, conflict.conflicts)
    except EditRefused as refused:
        form.refuse(dict(refused.errors))
        return _show(request, lead, form)
    except EditIdTaken:
        form.add_error(None, OTHER_LEAD)
        return _show(request, lead, form)
    except LeadErased:
        raise Http404 from None
    _tell(request, corrected)
    return redirect("lead", number=number)


def _show(
    request: SignedIn, lead: Lead, form: EditLeadForm, conflicts: tuple[Conflict, ...] = ()
) -> HttpResponse:
    context = {"lead": lead, "form": form, "groups": form.groups(), "conflicts": conflicts}
    context["others"] = others_on(lead_id=lead.pk, user=request.user, now=timezone.now())
    status = 409 if conflicts else 422 if form.is_bound else 200
    return render(request, "agents/lead_edit.html", context, status=status)


def _tell(request: SignedIn, corrected: Corrected) -> None:
    labels = list(dict.fromkeys(change.label for change in corrected.changes))
    messages.success(request, f"Saved: {', '.join(labels)}." if labels else NOTHING)
    for remark in corrected.remarks:
        messages.warning(request, remark)
