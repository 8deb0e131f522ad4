"""Any report of any days as a managers' page, and as a file: the same numbers as in the mails."""

from typing import Any, Final

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from agents.desks.days import DaysForm
from agents.models import RunVia
from agents.reports import REPORTS
from agents.reports.files import FILES, as_file
from agents.reports.making import make
from agents.reports.render.svg import as_svg
from agents.reports.render.words import words
from agents.reports.report import Made, Table
from agents.reports.sending import Order, run_report
from leadcrm.lib.admin.site import FIGURES, Page, add_page


class Choice(DaysForm):
    """Which report of which days; what is not said is the daily summary of yesterday."""

    report = forms.ChoiceField(choices=[(name, each.title) for name, each in REPORTS.items()], required=False)
    field_order = ("report", "period", "first", "last")


def show(request: HttpRequest) -> HttpResponse:
    """The page, or with `as` one of FILES, which is recorded."""
    now = timezone.now()
    form = Choice(request.GET or {"report": next(iter(REPORTS)), "period": "yesterday"})
    if not form.is_valid():
        return _page(request, form, None, status=400)
    report = REPORTS[form.cleaned_data["report"] or next(iter(REPORTS))]
    period, how = form.cleaned_data["days"], request.GET.get("as", "")
    if how in FILES:
        user: Any = request.user
        made = run_report(order=Order(report, period, RunVia.PAGE, how, made_by=user), now=now)[1]
        return as_file(made, how)
    return _page(request, form, make(report=report, period=period, now=now))


def _page(request: HttpRequest, form: Choice, made: Made | None, status: int = 200) -> HttpResponse:
    query = request.GET.copy()
    query.pop("as", None)
    chart = made.body.chart if made else None
    context = {
        **admin.site.each_context(request), "title": PAGE.title, "form": form, "made": made, "files": list(FILES),
        "tables": [_shown(table) for table in made.body.tables] if made else [], "query": query.urlencode(),
        "svg": as_svg(chart) if chart else "",
    }  # fmt: skip
    return TemplateResponse(request, "admin/agents/reports.html", context, status=status)


def _shown(table: Table) -> dict[str, Any]:
    def cells(row: Any) -> list[tuple[bool, str]]:
        return [(column.text, words(value)) for column, value in zip(table.columns, row, strict=True)]

    total = cells(table.total) if table.total and table.rows else None
    return {"table": table, "rows": [cells(row) for row in table.rows], "total": total}


PAGE: Final = Page(
    slug="reports",
    title="Reports",
    blurb="Vendors, agents, speed, cost of a policy, compliance, licenses: any days, on the page or as a file.",
    group=FIGURES,
    rank=10,
    permissions=("agents.read_reports",),
    view=show,
)
add_page(PAGE)
