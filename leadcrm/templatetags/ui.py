"""Words and signs that every page shares: phones, waiting times, money, icons."""

import json
import re
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from uuid import uuid4
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from leadcrm.lib.admin import words as words_of_admin
from leadcrm.lib.clock import date_words, day_words, time_words

register = template.Library()

# A waiting lead's clock changes colour after these minutes; the same steps are in static/leadcrm/js/clocks.js.
CLOCK_STEPS: Final = ((1, "fresh"), (5, "warm"), (60, "late"))


@register.simple_tag
@lru_cache(maxsize=128)
def icon(name: str) -> SafeString:
    """The icon `name` of the sheet, for the eye only: words must stand beside it or on its button."""
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("leadcrm/icons.svg"), name,
    )  # fmt: skip


@register.simple_tag
def agency_name() -> str:
    """The name of the agency that runs this installation."""
    return str(settings.AGENCY_NAME)


@register.simple_tag
def fresh_id() -> str:
    """A new request id for a form."""
    return str(uuid4())


@register.filter
def phone(e164: str) -> str:
    """+15125550142 as (512) 555-0142; anything else as it is."""
    found = re.fullmatch(r"\+1(\d{3})(\d{3})(\d{4})", e164 or "")
    return f"({found[1]}) {found[2]}-{found[3]}" if found else e164


@register.filter
def clock(since: datetime) -> str:
    """A running clock since `since`: 0:42, 12:05; from an hour on as `span`, whole: 3 h, 2 days.

    The same steps are in static/leadcrm/js/clocks.js.
    """
    seconds = max(0, int((timezone.now() - since).total_seconds()))
    if seconds >= 172_800:
        return f"{seconds // 86_400} days"
    if seconds >= 3_600:
        return f"{seconds // 3_600} h"
    return f"{seconds // 60}:{seconds % 60:02}"


@register.filter
def countdown(until: datetime) -> str:
    """What is left until `until`: 0:42, 12:05, 3 h, 2 days; “a moment” when it has come."""
    seconds = int((until - timezone.now()).total_seconds())
    return clock(timezone.now() - timedelta(seconds=seconds)) if seconds > 0 else "a moment"


@register.filter
def clock_level(since: datetime) -> str:
    """fresh, warm, late or overdue: how long a lead has waited."""
    waited = timezone.now() - since
    return next((level for minutes, level in CLOCK_STEPS if waited < timedelta(minutes=minutes)), "overdue")


@register.filter
def span(moment: datetime) -> str:
    """How far `moment` is from now, either way: 40 s, 12 min, 5 h, 3 days."""
    seconds = abs((timezone.now() - moment).total_seconds())
    for size, unit in ((172_800, "days"), (5_400, "h"), (60, "min")):
        if seconds >= size:
            length = {"days": 86_400, "h": 3_600, "min": 60}[unit]
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


@register.filter
def day_and_time(moment: datetime | None) -> str:
    """Nov 25, 2:05 PM in the current time zone; the year only where it is another one."""
    if moment is None:
        return ""
    local, today = timezone.localtime(moment), timezone.localtime()
    if local.date() == today.date():
        return f"Today, {time_words(local)}"
    day = day_words(local) if local.year == today.year else date_words(local)
    return f"{day}, {time_words(local)}"


# Of the managers' pages, where “Today” would be wrong in what is copied from them.
register.filter("moment", words_of_admin.moment)
register.filter("to_minute", words_of_admin.to_minute)


@register.filter
def also_in(moment: datetime, zone: str) -> str:
    """The wall time of `moment` in `zone`, e.g. 10:00 AM MST; empty where it reads the same as here."""
    if not zone:
        return ""
    here, there = timezone.localtime(moment), moment.astimezone(ZoneInfo(zone))
    if here.utcoffset() == there.utcoffset():
        return ""
    clock = f"{time_words(there)} {there:%Z}"
    return clock if here.date() == there.date() else f"{day_words(there)}, {clock}"


@register.filter
def money(amount: Decimal) -> str:
    """22.00 as $22.00."""
    return f"${amount:,.2f}"


@register.filter
def words(name: str) -> str:
    """coverage_amount as Coverage amount."""
    return str(name).replace("_", " ").strip().capitalize()


@register.filter
def shown(value: Any) -> str:
    """A value of a JSON field for people: Yes and No, lists with commas, objects as JSON."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if value is None or value == "":
        return "\u2013"
    if isinstance(value, list) and all(not isinstance(item, dict | list) for item in value):
        return ", ".join(str(item) for item in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


@register.filter
def minutes(length: timedelta) -> str:
    """A length of time in whole minutes: 15 minutes, 1 minute."""
    whole = max(1, round(length.total_seconds() / 60))
    return f"{whole} minute{'' if whole == 1 else 's'}"
