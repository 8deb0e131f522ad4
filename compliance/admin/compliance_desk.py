"""The compliance desk as a page: every part its reader may see, over a day, a week or a month."""

from typing import Any, Final

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from compliance.desk import SECTIONS, Span
from leadcrm.lib.admin.site import COMPLIANCE, Page, add_page

DAYS: Final = {"1": "24 hours", "7": "7 days", "30": "30 days"}


def show(request: HttpRequest) -> HttpResponse:
    """The desk. An odd number of days is read as a week."""
    asked = request.GET.get("days", "7")
    days = asked if asked in DAYS else "7"
    span = Span(now=timezone.now(), days=int(days))
    user: Any = request.user
    context = {
        **admin.site.each_context(request),
        "title": PAGE.title,
        "sections": [each.make(span) for each in SECTIONS if user.has_perm(each.permission)],
        "spans": [{"days": key, "label": label, "on": key == days} for key, label in DAYS.items()],
    }
    return TemplateResponse(request, "admin/compliance/desk.html", context)


PAGE: Final = Page(
    slug="compliance-desk",
    title="Compliance desk",
    blurb="What was stopped and why, what waits, what goes stale, what must be confirmed.",
    group=COMPLIANCE,
    permissions=tuple(dict.fromkeys(each.permission for each in SECTIONS)),
    view=show,
)
add_page(PAGE)
