"""Small parts that stand in a hundred rows of a page and look alike in most: drawn once, kept by what they show.

What is kept holds nothing of a lead: a stage, the time somewhere, an answer of the calling rules. Their templates stay
the only place that knows how they look.
"""

from functools import lru_cache
from typing import Any, Final

from django import template
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from agents.callbadge import CallBadge, Look
from agents.localtime import SNOOZES, LocalTime
from intake.models import LeadStatus

register = template.Library()

# Stands for an address until it is filled in; no template holds it.
_MARK: Final = "{address}"


@register.simple_tag
@lru_cache(maxsize=32)
def stage(status: str) -> SafeString:
    """The badge of a lead's stage."""
    label = LeadStatus(status).label if status in LeadStatus.values else status
    return _draw("components/stage.html", status=status, label=label)


@register.simple_tag
def local_clock(local: LocalTime) -> SafeString:
    """What the clock of a lead shows, and whether that is sure."""
    return _clock(local.now is not None, local.zone, local.sure, local.text, local.label, local.why)


@lru_cache(maxsize=512)
def _clock(known: bool, zone: str, sure: bool, text: str, label: str, why: str) -> SafeString:
    shown = {"now": known, "zone": zone, "sure": sure, "text": text, "label": label, "why": why}
    return _draw("components/local_time.html", local=shown)


@register.simple_tag
def call_brief(call: CallBadge) -> SafeString:
    """The answer to “may I call now?” in a row: a badge that opens to say why."""
    return _badge(call.look)


@lru_cache(maxsize=512)
def _badge(look: Look) -> SafeString:
    return _draw("components/call_badge.html", call=look, brief=True, head=False)


@register.simple_tag
def snooze_choices(url: str) -> SafeString:
    """The buttons that put off what is due, each posting to `url`."""
    return mark_safe(_choices().replace(_MARK, escape(url)))  # noqa: S308 - drawn by a template, and escaped


@lru_cache(maxsize=1)
def _choices() -> SafeString:
    return _draw("agents/snooze_choices.html", url=_MARK, snoozes=SNOOZES.items())


def _draw(name: str, **shown: Any) -> SafeString:
    return mark_safe(render_to_string(name, shown).strip())  # noqa: S308 - drawn by a template
