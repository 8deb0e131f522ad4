"""Lists of leads: mine (or my team's, or all), and what a search found."""

from collections.abc import Mapping, Sequence
from typing import Final

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from agents.filters import LeadFilter
from agents.localtime import local_time
from agents.queries import (
    SEARCH_LIMIT,
    age_of,
    product_names,
    sees_everything,
    visible_leads,
    visible_owners,
)
from agents.search import find
from agents.views.requests import SignedIn
from intake.models import Lead
from leadcrm.lib.pages import keyset
from leadcrm.models import User

PAGE_SIZE: Final = 50


@require_safe
@login_required
def lead_list(request: SignedIn) -> HttpResponse:
    """The visible leads, newest first, filtered by what stands in the address."""
    user = request.user
    leads = visible_leads(user).select_related("owner")
    filters = LeadFilter(request.GET, queryset=leads, request=request, owners=_owners(user))
    page = keyset(filters.qs, moment="received_at", after=request.GET.get("after", ""), size=PAGE_SIZE)
    asked = request.GET.copy()
    asked.pop("after", None)
    context = {
        "filters": filters,
        "page": page,
        "rows": _rows(page.rows),
        "query": asked.urlencode(),
        "filtered": any(asked.get(name) for name in filters.filters),
        "everybody": sees_everything(user),
        "show_owner": "owner" in filters.filters,
    }
    return render(request, "agents/lead_list.html", context)


@require_safe
@login_required
def search(request: SignedIn) -> HttpResponse:
    """What the words in the search box find among the visible leads; a single hit is opened."""
    words = request.GET.get("q", "").replace("\0", "").strip()[:100]
    found = find(user=request.user, words=words)
    if len(found.leads) == 1:
        return redirect("lead", number=found.leads[0].pk)
    context = {
        "words": words,
        "rows": _rows(found.leads, found.matched),
        "more": found.more,
        "limit": SEARCH_LIMIT,
        "show_owner": sees_everything(request.user) or len(visible_owners(request.user)) > 1,
    }
    return render(request, "agents/search.html", context)


def _owners(user: User) -> QuerySet[User] | None:
    """The people a list can be narrowed to; None for an agent, who has only own leads."""
    if sees_everything(user):
        return User.objects.filter(agent__isnull=False).order_by("last_name", "first_name", "pk")
    owners = visible_owners(user)
    return User.objects.filter(pk__in=owners).order_by("last_name", "first_name") if len(owners) > 1 else None


def _rows(leads: Sequence[Lead], matched: Mapping[int, str] | None = None) -> list[dict[str, object]]:
    """Leads with their product's name and local time, and what of them a search `matched`."""
    now, products = timezone.now(), product_names()
    return [
        {
            "lead": lead,
            "age": age_of(lead, timezone.localdate(now)),
            "product": products.get(lead.interest, lead.interest),
            "local": local_time(lead, now),
            "matched": (matched or {}).get(lead.pk, ""),
        }
        for lead in leads
    ]
