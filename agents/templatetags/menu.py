"""The menu on every page."""

from typing import Any

from django import template
from django.utils import timezone

from agents.menu import Menu, menu_of

register = template.Library()


@register.simple_tag(takes_context=True)
def menu(context: Any) -> Menu:
    """What the menu says to the reader. One query."""
    return menu_of(user=context["request"].user, now=timezone.now())
