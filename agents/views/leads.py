"""Lists of leads: mine (or my team's, or all), and what a search found."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from agents.filters import LeadFilter
from agents.localtime import local_time
from agents.models import SavedView
from agents.queries import (
    SEARCH_LIMIT,
    age_of,
    may_export,
    owners_to_choose,
    sees_everything,
    visible_leads,
    visible_owners,
)
from agents.saved_views import filters_in, leads_a_team, visible_views
from agents.search import find
from agents.views.requests import SignedIn
from intake.models import Lead
from intake.queries import product_names
from leadcrm.lib.pages import keyset
from leadcrm.models import User

PAGE_SIZE: Final = 50


@require_safe
@login_required
def lead_list(request: SignedIn) -> HttpResponse:
    """The visible leads, newest first, filtered by what stands in the address."""
    user = request.user
    leads = visible_leads(user).select_related("owner")
    filters = LeadFilter(request.GET, queryset=leads, request=request, owners=owners_to_choose(user))
    page = keyset(filters.qs, moment="received_at", after=request.GET.get("after", ""), size=PAGE_SIZE)
    asked = request.GET.copy()
    asked.pop("after", None)
    chosen = filters_in(asked, filters)
    saved = _saved(user, chosen, valid=filters.is_valid())
    context = {
        **saved,
        "export": _export(chosen, saved["current"]) if may_export(user) else "",
        "left_out": any(name not in filters.filters for name in asked),
        "filters": filters,
        "chips": list(filters.chips()),
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


def _export(chosen: str, view: SavedView | None) -> str:
    """Where the list is taken out as a file; a saved view under its name."""
    of = {"view": view.pk} if view is not None else {"filters": chosen}
    return f"{reverse('admin:page_export_leads')}?{urlencode(of)}"


def _saved(user: User, chosen: str, *, valid: bool) -> dict[str, Any]:
    """The saved views above the list, which of them is `chosen`, and whether those filters can be saved."""
    views = list(visible_views(user))
    shown = [view for view in views if view.query == chosen]
    return {
        "views": views,
        "current": next((view for view in shown if view.user_id == user.pk), shown[0] if shown else None),
        "may_save": bool(chosen) and valid,
        "may_share": bool(chosen) and leads_a_team(user),
    }


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
