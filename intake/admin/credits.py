"""What leads cost and what vendors gave back, as a page."""

from datetime import timedelta
from decimal import Decimal
from typing import Final

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from intake.returns.spending import costs
from leadcrm.lib.admin.site import VENDORS, Page, add_page

DAYS: Final = {"7": "7 days", "30": "30 days", "90": "90 days"}


def show(request: HttpRequest) -> HttpResponse:
    """The table. An odd number of days is read as thirty."""
    asked = request.GET.get("days", "30")
    days = asked if asked in DAYS else "30"
    now = timezone.now()
    rows = costs(since=now - timedelta(days=int(days)), until=now)
    context = {
        **admin.site.each_context(request),
        "title": PAGE.title,
        "rows": rows,
        "spent": sum((row.spent for row in rows), Decimal(0)),
        "credit": sum((row.credit for row in rows), Decimal(0)),
        "net": sum((row.net for row in rows), Decimal(0)),
        "waiting": sum(row.waiting for row in rows),
        "waiting_price": sum((row.waiting_price for row in rows), Decimal(0)),
        "spans": [{"days": key, "label": label, "on": key == days} for key, label in DAYS.items()],
    }
    return TemplateResponse(request, "admin/intake/credits.html", context)


PAGE: Final = Page(
    slug="credits",
    title="Cost and credits",
    blurb="What each source cost, what its vendor gave back for returned leads, what is still asked.",
    group=VENDORS,
    permissions=("intake.view_return",),
    view=show,
    rank=27,
)
add_page(PAGE)
