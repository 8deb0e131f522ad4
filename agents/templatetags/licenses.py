"""The strip that tells an agent on every page which license ends within the week."""

from typing import Any

from django import template
from django.utils import timezone

from agents.me import alarming_licenses

register = template.Library()


@register.inclusion_tag("agents/me/license_strip.html", takes_context=True)
def license_strip(context: dict[str, Any]) -> dict[str, Any]:
    """The reader's licenses that end within a week or just ended; nothing for visitors. One query."""
    user = getattr(context.get("request"), "user", None)
    if user is None or not user.is_authenticated:
        return {"ending": []}
    return {"ending": alarming_licenses(user=user, now=timezone.now())}
