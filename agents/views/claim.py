"""The claim pool: leads that whoever is quickest may have."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from agents.callbadge import CallBadge
from agents.claiming import SHOWN, AlreadyTaken, CannotClaim, claim_lead, claimable
from agents.localtime import LocalTime, local_time
from agents.models import Agent, ClaimOffer
from agents.queries import age_of
from agents.views.requests import SignedIn
from compliance.calling import may_contact_many
from compliance.models import ContactChannel
from intake.queries import product_names


@dataclass(frozen=True, slots=True)
class Row:
    """One open lead; who it is and who sold it only where the pool does not hide that."""

    offer: ClaimOffer
    product: str
    age: int | None
    local: LocalTime
    call: str
    tone: str
    name: str
    vendor: str


@require_safe
@login_required
def claim_page(request: SignedIn) -> HttpResponse:
    """What the reader may claim now, newest first."""
    offers = claimable(user=request.user, now=timezone.now())
    found = list(offers.select_related("lead__vendor", "pool")[: SHOWN + 1])
    context = {
        "rows": _rows(request, found[:SHOWN]),
        "more": len(found) > SHOWN,
        "is_agent": bool(found) or Agent.objects.filter(user=request.user, active=True).exists(),
    }
    return render(request, "agents/claim.html", context)


@require_POST
@login_required
def take(request: SignedIn, offer: int) -> HttpResponse:
    """Claim one, then straight to it; who comes too late, or may not, reads why."""
    agent = get_object_or_404(Agent.objects.select_related("user"), user=request.user, active=True)
    mine = ClaimOffer.objects.filter(pool__memberships__agent=agent).select_related("pool")
    found = get_object_or_404(mine, pk=offer)
    try:
        lead = claim_lead(offer=found, agent=agent, now=timezone.now())
    except AlreadyTaken:
        messages.warning(request, "Somebody was quicker: this lead has an owner by now. Nothing was changed.")
        return redirect("claim")
    except CannotClaim as refusal:
        messages.warning(request, f"{refusal}.")
        return redirect("claim")
    messages.success(request, f"It is yours: {lead}.")
    return redirect("lead", number=lead.pk)


def _rows(request: SignedIn, offers: list[ClaimOffer]) -> list[Row]:
    now, products = timezone.now(), product_names()
    leads = [offer.lead for offer in offers]
    answers = may_contact_many(leads=leads, user=request.user, channel=ContactChannel.CALL, now=now)
    rows = []
    for offer in offers:
        lead, badge = offer.lead, CallBadge(answers[offer.lead_id], now)
        hidden = offer.pool.hide_until_claimed
        rows.append(
            Row(
                offer=offer,
                product=products.get(lead.interest, lead.interest),
                age=age_of(lead, timezone.localdate(now)),
                local=local_time(lead, now),
                call=badge.short,
                tone=badge.tone,
                name="" if hidden else lead.full_name or "No name",
                vendor="" if hidden else str(lead.vendor),
            )
        )
    return rows
