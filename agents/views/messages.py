"""What agents send from a lead's page: a text, an e-mail; and sending once more what did not go out."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from agents.callbadge import CallBadge
from agents.casework import RequestIdTaken
from agents.messaging.composing import composer
from agents.messaging.forms import EmailForm, TextForm
from agents.messaging.sending import CannotSend, Texted, send_again, send_email, send_text
from agents.models import Delivery
from agents.views.lead import show
from agents.views.requests import SignedIn, lead_or_404
from agents.views.work import OTHER_LEAD
from intake.models import Lead
from intake.queries import product_names


@require_POST
@login_required
def text(request: SignedIn, number: int) -> HttpResponse:
    """Text the person: asked again on the server, recorded, queued."""
    return _compose(request, number, "text_form", TextForm, _send_text)


@require_POST
@login_required
def email(request: SignedIn, number: int) -> HttpResponse:
    """E-mail the person."""
    return _compose(request, number, "email_form", EmailForm, _send_email)


def _compose(
    request: SignedIn, number: int, name: str, kind: type[TextForm] | type[EmailForm],
    send: Callable[[SignedIn, Lead, dict[str, Any]], str],
) -> HttpResponse:  # fmt: skip
    """Fill a wording in, or send; whatever goes wrong, what was written stands in the form again."""
    lead = lead_or_404(request, number)
    product = product_names().get(lead.interest, lead.interest)
    offered = composer(lead=lead, user=request.user, product=product, now=timezone.now())
    wordings = offered.text_wordings if kind is TextForm else offered.email_wordings
    form = kind(request.POST, wordings=wordings, auto_id=f"{name.removesuffix('_form')}_%s")
    if "fill" in request.POST:
        return show(request, lead, {name: _filled(form, kind, wordings)}, status=200)
    if not form.is_valid():
        return show(request, lead, {name: form})
    try:
        said = send(request, lead, form.cleaned_data)
    except (CannotSend, RequestIdTaken) as refused:
        form.add_error(None, OTHER_LEAD if isinstance(refused, RequestIdTaken) else str(refused))
        return show(request, lead, {name: form})
    messages.success(request, said)
    return redirect("lead", number=number)


def _filled(form: Any, kind: Any, wordings: Any) -> Form:
    """The form with the chosen wording in it, fresh otherwise."""
    chosen = form.chosen_wording()
    initial = {
        "request_id": uuid4(),
        "phone": form.data.get("phone", "1"),
        "template": form.data.get("template", ""),
    }
    if chosen:
        initial |= {"subject": chosen.subject, "body": chosen.body}
    filled: Form = kind(initial=initial, wordings=wordings, auto_id=form.auto_id)
    return filled


def _send_text(request: SignedIn, lead: Lead, data: dict[str, Any]) -> str:
    now = timezone.now()
    phone = lead.phone_2 if data["phone"] == "2" and lead.phone_2 else lead.phone
    sent: Texted = send_text(
        lead=lead, phone=phone, author=request.user, body=data["body"], request_id=data["request_id"], now=now
    )
    if sent.communication is None:
        raise CannotSend(f"Not sent. {CallBadge(sent.permission, now).text}.")
    return "The text is on its way; the timeline shows what becomes of it."


def _send_email(request: SignedIn, lead: Lead, data: dict[str, Any]) -> str:
    send_email(
        lead=lead, author=request.user, subject=data["subject"], body=data["body"],
        request_id=data["request_id"], now=timezone.now(),
    )  # fmt: skip
    return "The e-mail is on its way; answers come to your own address."


@require_POST
@login_required
def again(request: SignedIn, number: int, delivery: int) -> HttpResponse:
    """Send once more what did not go out, or perhaps did."""
    lead = lead_or_404(request, number)
    rows = Delivery.objects.select_related("communication__lead").filter(communication__lead=lead)
    found = get_object_or_404(rows, pk=delivery)
    try:
        if send_again(delivery=found, actor=request.user, now=timezone.now()):
            messages.success(request, "It is on its way again.")
        else:
            messages.warning(request, "It is on its way already, or was sent. Nothing was done.")
    except CannotSend as refused:
        messages.error(request, str(refused))
    return redirect("lead", number=number)
