"""The banner of new leads on every page."""

from dataclasses import replace
from typing import Any

from django import template
from django.utils import timezone

from agents.notices import standing
from agents.views.notices import context_of, token_of

register = template.Library()


@register.inclusion_tag("agents/notices/frame.html", takes_context=True)
def notices(context: Any) -> dict[str, Any]:
    """The frame that polls, with what there is to tell in it; nothing for visitors. One query when nothing is new.

    The queue tells of what comes later only: what is there already it shows by itself. The page of a lead does not
    tell of that lead.
    """
    request = context.get("request")
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    now = timezone.now()
    match = request.resolver_match
    on_queue = bool(match) and match.url_name == "queue"
    found = standing(user=user, now=now, since=now if on_queue else None)
    here = match.kwargs.get("number") if match else None
    is_news = here in found.fresh
    found = replace(found, fresh=[key for key in found.fresh if key != here])
    return {
        **context_of(request, found, now),
        "token": token_of(request, found),
        "since": int(now.timestamp()) if on_queue else "",
        "opened": here if is_news else "",
    }
