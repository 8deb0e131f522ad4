"""Policies: sold from a lead's page, changed with their history; the clients who have them."""

from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from agents.casework import RequestIdTaken
from agents.clients import clients
from agents.forms_policies import ClientFilter, PolicyForm
from agents.models import Policy
from agents.policies import NumberTaken, StalePolicy, edit_policy, sell_policy, visible_policies
from agents.policy_words import history
from agents.queries import sees_everything, visible_owners
from agents.views.requests import SignedIn, lead_or_404
from agents.views.work import OTHER_LEAD
from intake.lifecycle import TransitionNotAllowed
from intake.models import Lead
from intake.queries import product_names

TAKEN: Final = (
    "This carrier's policy of that number is kept already. Check the number; a colleague may have it."
)
STALE: Final = (
    "Somebody changed this policy while you had the form open. Nothing was saved. What it says now stands in its "
    "history below: reload the page and make your change again."
)
RETURNED: Final = "This lead was returned to its vendor: nothing can be sold on it. Nothing was saved."
MERGED: Final = (
    "This lead was merged into {} meanwhile: what is sold to its person is kept there. Nothing was saved: copy your "
    "words and open that lead."
)


@require_safe
@login_required
def client_list(request: SignedIn) -> HttpResponse:
    """The people who have a policy, filtered by what stands in the address."""
    now, products = timezone.now(), product_names()
    form = ClientFilter(request.GET, today=timezone.localdate(now), products=products)
    found = clients(user=request.user, wanted=form.wanted, after=request.GET.get("after", ""), now=now)
    asked = request.GET.copy()
    asked.pop("after", None)
    context = {
        "form": form,
        "clients": found.rows,
        "page": found.page,
        "query": asked.urlencode(),
        "filtered": any(asked.get(name) for name in form.fields),
        "products": products,
        "show_owner": sees_everything(request.user) or len(visible_owners(request.user)) > 1,
    }
    return render(request, "agents/clients.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def sell(request: SignedIn, number: int) -> HttpResponse:
    """The form of a new policy on a lead, and what comes of it."""
    lead = lead_or_404(request, number)
    if request.method != "POST":
        return _show(request, lead, PolicyForm(interest=lead.interest))
    form = PolicyForm(request.POST, interest=lead.interest)
    if not form.is_valid():
        return _show(request, lead, form)
    request_id = form.cleaned_data["request_id"]
    try:
        policy = sell_policy(
            lead=lead, by=request.user, terms=form.terms, request_id=request_id, now=timezone.now()
        )
    except NumberTaken:
        form.add_error("number", TAKEN)
    except RequestIdTaken:
        form.add_error(None, OTHER_LEAD)
    except TransitionNotAllowed:
        form.add_error(None, _refusal(lead))
    else:
        messages.success(request, f"Kept: {policy}.")
        return redirect("lead", number=number)
    return _show(request, lead, form)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit(request: SignedIn, pk: int) -> HttpResponse:
    """A policy with its history, and what comes of a change."""
    policy = get_object_or_404(visible_policies(request.user), pk=pk)
    interest = policy.lead.interest
    if request.method != "POST":
        return _show(request, policy.lead, PolicyForm(interest=interest, policy=policy), policy)
    form = PolicyForm(request.POST, interest=interest, policy=policy)
    if not form.is_valid():
        return _show(request, policy.lead, form, policy)
    data = form.cleaned_data
    try:
        changed = edit_policy(
            policy=policy, by=request.user, terms=form.terms, seen=data["seen"] or 0,
            request_id=data["request_id"], now=timezone.now(),
        )  # fmt: skip
    except NumberTaken:
        form.add_error("number", TAKEN)
    except StalePolicy:
        form.add_error(None, STALE)
    except TransitionNotAllowed:
        form.add_error(None, _refusal(policy.lead))
    else:
        messages.success(request, "Saved." if changed else "Nothing was different: nothing was saved.")
        return redirect("lead", number=policy.lead_id)
    return _show(request, policy.lead, form, policy)


def _show(request: SignedIn, lead: Lead, form: PolicyForm, policy: Policy | None = None) -> HttpResponse:
    context: dict[str, Any] = {
        "lead": lead,
        "form": form,
        "policy": policy,
        "history": history(policy) if policy else [],
        "no_carriers": not form.fields["carrier"].queryset.exists(),  # type: ignore[attr-defined]
    }
    return render(request, "agents/policy.html", context, status=422 if form.is_bound else 200)


def _refusal(lead: Lead) -> str:
    """Why nothing can be sold on `lead`."""
    return MERGED.format(f"A-{lead.merged_into_id}") if lead.merged_into_id else RETURNED
