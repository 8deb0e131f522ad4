"""How posting instructions write code and values. HTML is made by format_html only."""

import json
import re
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def coded(text: str) -> SafeString:
    """What stands in backticks as code."""
    parts = re.split(r"`([^`]*)`", text)
    return format_html_join(
        "",
        "{}",
        ((format_html("<code>{}</code>", part) if place % 2 else part,) for place, part in enumerate(parts)),
    )


@register.filter
def literal(value: Any) -> str:
    """A value as a sender writes it: texts as they are, all else as JSON; "" for None."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)
