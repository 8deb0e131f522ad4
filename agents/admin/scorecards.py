"""Three desks of figures: vendors, agents, speed. Tables that sort, files, and a way from each number to its rows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from agents.desks.days import DaysForm
from agents.desks.people import IN_SHORT as PEOPLE_IN_SHORT
from agents.desks.people import agent_scorecard
from agents.desks.scope import NONE
from agents.desks.sheets import Sheet
from agents.desks.shown import Lists, Reader, compared, show_sheet
from agents.desks.speed import IN_SHORT as SPEED_IN_SHORT
from agents.desks.speed import speed_board
from agents.desks.vendors import IN_SHORT as VENDORS_IN_SHORT
from agents.desks.vendors import vendor_scorecard
from agents.figures.reading import as_of
from agents.models import Team
from agents.queries import sees_everything
from agents.reports.agent_performance import GIVEN_NOTE
from agents.reports.making import fresh_notes
from agents.reports.periods import Period
from agents.reports.render.data import csv_rows
from agents.reports.render.svg import as_svg
from agents.reports.report import COHORT_NOTE, INTERVAL_NOTE, SPANS_NOTE, Bars
from agents.reports.speed_to_contact import WAITING_NOTE
from intake.models import Vendor
from leadcrm.lib.admin.site import FIGURES, Page, add_page
from leadcrm.lib.charts import Chart
from leadcrm.lib.keys import key_from
from leadcrm.lib.spreadsheets import csv_answer, csv_lines

_READERS: Final = ("agents.read_reports",)
# Parameters that choose, beside the order of lines and the file.
_CHOICE: Final = ("period", "first", "last", "shown", "compare", "vendor", "team")


class Choice(DaysForm):
    """Which days; without a word the last 30."""

    otherwise = "last-30-days"
    compare = forms.BooleanField(required=False, label="Days before beside each number")


class PeopleChoice(Choice):
    """And whose."""

    team = forms.ChoiceField(required=False, label="Team")
    field_order = ("period", "first", "last", "team", "compare")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = [(str(pk), name) for pk, name in Team.objects.order_by("name").values_list("pk", "name")]
        field: Any = self.fields["team"]
        field.choices = [("", "All"), *teams, (str(NONE), "Without a team")]


@dataclass(frozen=True, slots=True)
class Found:
    """What a desk shows. `in_short`: by sheet the columns that stand on top; `crumb` names a page below the desk's."""

    sheets: Sequence[Sheet]
    in_short: Mapping[str, Sequence[str]]
    notes: Sequence[str]
    bars: Bars | None = None
    charts: Sequence[Chart] = ()
    crumb: str = ""


def reader_of(request: HttpRequest) -> Reader:
    """Whoever asks, with the lists that their permissions open."""
    user: Any = request.user

    def may_open(label: str) -> bool:
        app, model = label.split(".")
        return bool(user.has_perm(f"{app}.view_{model}"))

    query = request.GET.copy()
    for name in ("as", "table"):
        query.pop(name, None)
    return Reader(Lists(may_open), query, compares="compare" in query)


def show_vendors(request: HttpRequest) -> HttpResponseBase:
    """All vendors, or with `vendor` the sources of one. 404 for one that is not there."""

    def find(period: Period, form: Choice) -> Found:
        vendor = _vendor(request)
        card = vendor_scorecard(
            period=period, vendor=vendor.pk if vendor else None, page_of=lambda pk: _with(request, vendor=pk)
        )
        notes = (COHORT_NOTE, INTERVAL_NOTE, "Returned leads and credits belong to the day of the lead.")
        return Found(card.sheets, VENDORS_IN_SHORT, notes, card.chart, crumb=str(vendor or ""))

    return _desk(request, VENDOR_PAGE, Choice(request.GET, label_suffix=""), find)


def show_agents(request: HttpRequest) -> HttpResponseBase:
    """Everybody, or the people of a team."""
    everything = sees_everything(request.user)  # type: ignore[arg-type]  # only staff come here

    def page_of(user: int) -> str:
        return f"{reverse('my_numbers')}?whose={user}" if everything else ""

    def find(period: Period, form: Choice) -> Found:
        asked = form.cleaned_data["team"]
        card = agent_scorecard(
            period=period, team=int(asked) if asked else None, now=timezone.now(), page_of=page_of
        )
        notes = (GIVEN_NOTE, SPANS_NOTE, COHORT_NOTE, INTERVAL_NOTE)
        return Found(card.sheets, PEOPLE_IN_SHORT, notes, card.chart)

    return _desk(request, AGENT_PAGE, PeopleChoice(request.GET, label_suffix=""), find)


def show_speed(request: HttpRequest) -> HttpResponseBase:
    """All leads of the days."""

    def find(period: Period, form: Choice) -> Found:
        reader = reader_of(request)
        board = speed_board(period=period, link=reader.lists.url, compares=reader.compares)
        return Found(
            board.sheets, SPEED_IN_SHORT, (WAITING_NOTE, SPANS_NOTE, INTERVAL_NOTE), charts=board.charts
        )

    return _desk(request, SPEED_PAGE, Choice(request.GET, label_suffix=""), find)


def _desk(
    request: HttpRequest, page: Page, form: Choice, find: Callable[[Period, Any], Found]
) -> HttpResponseBase:
    """The page; with `as=csv` the sheet `table` as a file; 400 with words for days that cannot be."""
    if not form.is_valid():
        return _drawn(request, page, form, {}, status=400)
    period: Period = form.cleaned_data["days"]
    found = find(period, form)
    if request.GET.get("as") == "csv":
        return _file(page, found.sheets, request.GET.get("table", ""), period)
    reader = reader_of(request)
    context = {
        "period": period, "found": found, "svg": as_svg(found.bars) if found.bars else "",
        "compared": compared(found.sheets, found.in_short, reader),
        "sheets": [show_sheet(sheet, reader) for sheet in found.sheets],
        "notes": [*found.notes, *fresh_notes(as_of())], "desk_url": _with(request, vendor=None),
    }  # fmt: skip
    return _drawn(request, page, form, context)


def _drawn(
    request: HttpRequest, page: Page, form: Choice, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    query = reader_of(request).query
    base = {
        **admin.site.each_context(request), "title": page.title, "form": form, "query": query.urlencode(),
        "kept": [(name, query[name]) for name in ("vendor", "sort") if name in query],
    }  # fmt: skip
    return TemplateResponse(request, "admin/agents/scorecard.html", {**base, **context}, status=status)


def _file(page: Page, sheets: Iterable[Sheet], key: str, period: Period) -> HttpResponseBase:
    """A sheet, line by line. 404 for one that is not there."""
    sheet = next((each for each in sheets if each.key == key), None)
    if sheet is None:
        raise Http404
    name = f"{page.slug}-{key}-{period.first}-{period.last}.csv"
    return csv_answer(name, csv_lines(csv_rows(sheet.as_table())))


def _vendor(request: HttpRequest) -> Vendor | None:
    asked = request.GET.get("vendor", "")
    if not asked:
        return None
    return get_object_or_404(Vendor, pk=key_from(asked))


def _with(request: HttpRequest, **changed: int | None) -> str:
    """This page with some of its choice changed (None: left out)."""
    query = request.GET.copy()
    for name in list(query):
        if name not in _CHOICE:
            del query[name]
    for name, value in changed.items():
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    return f"?{query.urlencode()}"


VENDOR_PAGE: Final = Page(
    slug="vendor-scorecard", title="Vendor scorecard", group=FIGURES, rank=1, permissions=_READERS, view=show_vendors,
    blurb="Which vendor earns money: posts, refusals, cost, contacts, quotes, policies; each number leads to its rows.",
)  # fmt: skip
AGENT_PAGE: Final = Page(
    slug="agent-scorecard", title="Agent scorecard", group=FIGURES, rank=2, permissions=_READERS, view=show_agents,
    blurb="Who is fast, who sells, who is drowning: calls, conversations, quotes, policies, leads lost untouched.",
)  # fmt: skip
SPEED_PAGE: Final = Page(
    slug="speed-board", title="Speed board", group=FIGURES, rank=3, permissions=_READERS, view=show_speed,
    blurb="How long people wait for an owner, a first call, a conversation: by source, team, agent, day and hour.",
)  # fmt: skip
for each in (VENDOR_PAGE, AGENT_PAGE, SPEED_PAGE):
    add_page(each)
