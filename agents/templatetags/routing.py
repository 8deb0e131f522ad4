"""How an agent's state and a share look on the pages of routing."""

from typing import Final

from django import template

register = template.Library()

_STATES: Final = {
    "receives": ("takes leads", "good"), "paused": ("paused", "warn"), "off_hours": ("off hours", "plain"),
    "full": ("full", "info"),
}  # fmt: skip


@register.filter
def state_words(state: str) -> str:
    """A state of agents.team.Member in words."""
    return _STATES[state][0]


@register.filter
def state_level(state: str) -> str:
    """Its badge."""
    return _STATES[state][1]


@register.filter
def percent(share: float | None) -> str:
    """A fraction as a whole percentage; a dash for None."""
    return "\N{EN DASH}" if share is None else f"{share:.0%}"
