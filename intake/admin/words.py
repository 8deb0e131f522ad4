"""How the managers' pages say what a vendor is told by code."""

from django.utils.html import format_html
from django.utils.safestring import SafeString

from intake.reasons import said
from leadcrm.lib.admin.words import DASH


def reason_words(code: str) -> SafeString | str:
    """A reason in words, its code small beside it (vendors ask about codes); a dash for none."""
    return format_html('{} <code class="code">{}</code>', said(code), code) if code else DASH
