"""How facts look on the managers' pages: badges, links, moments. HTML is made by format_html only."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.contrib.admin.utils import quote
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

# Stands where there is nothing to show.
DASH: Final = "\N{EN DASH}"


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
    """A moment in the agency's zone to the second, or a dash."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}" if at else DASH


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
