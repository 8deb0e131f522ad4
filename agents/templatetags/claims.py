"""The claim pool in the menu."""

from typing import Any

from django import template
from django.utils import timezone

from agents import claiming

register = template.Library()


@register.simple_tag(takes_context=True)
def claim_entry(context: Any) -> claiming.ClaimEntry:
    """Whether the reader has a claim pool, and how many leads are open there. One query."""
    return claiming.claim_entry(user=context["request"].user, now=timezone.now())
