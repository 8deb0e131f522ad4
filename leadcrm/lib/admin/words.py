"""How facts look on the managers' pages: badges, links, moments. HTML is made by format_html only."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.contrib.admin.utils import quote
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from leadcrm.lib.clock import date_words, day_words, second_words, time_words

# Stands where there is nothing to show.
DASH: Final = "\N{EN DASH}"
# Ends a sentence about work in the background that does not go on; a manager can do nothing else about it.
WHOM_TO_TELL: Final = "System, Jobs shows which work is late: tell whoever runs the server."


def badge(text: str, level: str = "plain") -> SafeString:
    """A word in a coloured frame; the word alone carries the meaning. Levels: good, warn, bad, info, plain"""
    return format_html('<span class="badge badge-{}">{}</span>', level, text)


def page_of(obj: Model) -> str:
    """The address of a row's page."""
    opts = obj._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[quote(obj.pk)])


def link(obj: Model | None, text: str = "") -> SafeString | str:
    """A link to a row's page, or a dash."""
    return format_html('<a href="{}">{}</a>', page_of(obj), text or str(obj)) if obj is not None else DASH


def moment(at: datetime | None) -> str:
    """A moment in the agency's zone, or a dash: Nov 25, 2:05:09 PM; the year only where it is another one."""
    return f"{_day(at)}, {second_words(timezone.localtime(at))}" if at else DASH


def to_minute(at: datetime | None) -> str:
    """As `moment`, without the seconds: for what people plan and do."""
    return f"{_day(at)}, {time_words(timezone.localtime(at))}" if at else DASH


def _day(at: datetime) -> str:
    on = timezone.localdate(at)
    return day_words(on) if on.year == timezone.localdate().year else date_words(on)


def day(on: date | None) -> str:
    """A day, or a dash: Nov 25, 2026."""
    return date_words(on) if on else DASH


def length(time: timedelta) -> str:
    """A length of time as people set it: at once, 30 minutes, 1 day 4 hours."""
    minutes = round(time.total_seconds() / 60)
    parts = [(minutes // 1440, "day"), (minutes // 60 % 24, "hour"), (minutes % 60, "minute")]
    return " ".join(f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in parts if n) or "at once"


def dollars(amount: Decimal) -> str:
    """An amount of US dollars."""
    return f"${amount:,.2f}"


def milliseconds(ms: float) -> str:
    """A duration; a tenth tells enough below ten."""
    return f"{ms:.1f} ms" if ms < 10 else f"{ms:,.0f} ms"


def amount(number: Any) -> str:
    """A number without needless zeros: 10, 12.50."""
    text = f"{Decimal(number):,.2f}"
    return text.removesuffix(".00")
