"""The floor's leads that wait, each with where its figure and its cure are."""

from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from agents.admin.leads import GIVE
from agents.floor.advice import Advice
from agents.floor.leads import Unowned, oldest_untouched, unanswered, unowned, untouched_by_age
from agents.models import FollowUpKind
from intake.queries import product_names
from leadcrm.lib.admin.words import page_of

# What can be set right where: label, address of the page, and the permission without which it is no help.
_CURES: Final = {
    "agents": ("Agents", "admin:agents_agent_changelist", "agents.view_agent"),
    "licenses": ("Licenses", "admin:agents_license_changelist", "agents.view_license"),
    "pools": ("Pools", "admin:agents_pool_changelist", "agents.view_pool"),
}  # fmt: skip


def unowned_part(request: HttpRequest) -> dict[str, Any]:
    """What floor_unowned.html shows."""
    user: Any = request.user
    may_give = GIVE.is_allowed(request)
    found = unowned(user=user)
    return {
        "found": found,
        "lines": [_unowned(user, line, may_give) for line in found.rows],
        "products": product_names(),
        "all_url": f"{reverse('admin:intake_lead_changelist')}?owned=no",
    }


def _unowned(user: Any, line: Unowned, may_give: bool) -> dict[str, Any]:
    give = reverse("admin:intake_lead_act", args=[line.lead.pk, GIVE.name])
    return {
        "lead": line.lead, "url": page_of(line.lead), "advice": line.advice.words,
        "cure": _cure(user, line.advice), "give_url": give if may_give else "",
    }  # fmt: skip


def _cure(user: Any, advice: Advice) -> dict[str, str] | None:
    label, name, permission = _CURES.get(advice.about, ("", "", ""))
    return {"label": label, "url": reverse(name)} if name and user.has_perm(permission) else None


def untouched_part(request: HttpRequest) -> dict[str, Any]:
    """What floor_untouched.html shows."""
    user: Any = request.user
    now, leads = timezone.now(), reverse("lead_list")
    counts = untouched_by_age(user=user, now=now)
    return {
        "counts": [
            {
                "url": f"{leads}?{urlencode({'status': 'new', 'touched': 'no', 'arrived': one.age})}",
                "one": one,
            }
            for one in counts
        ],
        "oldest": [(lead, page_of(lead)) for lead in oldest_untouched(user=user)],
        "all_url": f"{leads}?status=new&touched=no",
    }


def replies_part(request: HttpRequest) -> dict[str, Any]:
    """What floor_replies.html shows."""
    user: Any = request.user
    query = urlencode({"whose": "all", "show": "overdue", "kind": FollowUpKind.REPLY})
    found = unanswered(user=user, now=timezone.now())
    return {
        "found": found,
        "lines": [(row, page_of(row.lead)) for row in found.rows],
        "all_url": f"{reverse('follow_ups')}?{query}",
    }
