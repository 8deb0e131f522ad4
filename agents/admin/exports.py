"""Taking leads and the intake log out as files: the page that asks for columns, and who took what."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone

from agents.admin.export_scope import LIST, MODELS, SELECTED, Scope, scope_of, ticked
from agents.exports import SHEETS
from agents.exports.writing import columns_of, lines_of, start_export
from agents.models import Export, ExportKind, ExportState
from intake.admin import LeadDesk, SubmissionDesk
from leadcrm.lib.admin.acts import Tool
from leadcrm.lib.admin.bulk import ListAction, offer
from leadcrm.lib.admin.desk import BigDesk, ReadOnlyMixin
from leadcrm.lib.admin.site import LEADS, Page, add_page
from leadcrm.lib.admin.widgets import Chips
from leadcrm.lib.admin.words import DASH, badge, moment
from leadcrm.lib.counts import counted, up_to
from leadcrm.lib.spreadsheets import csv_answer

LEVELS: Final = {
    ExportState.RUNNING: "info", ExportState.FINISHED: "good", ExportState.BROKEN_OFF: "bad",
}  # fmt: skip
PERMISSIONS: Final = {ExportKind.LEADS: "agents.export_lead", ExportKind.POSTS: "agents.export_post"}
TITLES: Final = {ExportKind.LEADS: "Export leads", ExportKind.POSTS: "Export the intake log"}
SLUGS: Final = {ExportKind.LEADS: "export-leads", ExportKind.POSTS: "export-posts"}
# So many are counted; more are more.
MANY: Final = 1000
MINE: Final = 5


class ColumnsForm(forms.Form):
    """Which columns the file has."""

    columns = forms.MultipleChoiceField(
        widget=Chips, label="Columns", error_messages={"required": "Choose at least one column."},
        help_text="In this order. What you choose is offered to you again the next time.",
    )  # fmt: skip

    def __init__(self, *args: Any, kind: ExportKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["columns"]
        field.choices = [(column.name, column.label) for column in SHEETS[kind].columns]


def _view(kind: ExportKind) -> Callable[[HttpRequest], HttpResponse]:
    def show(request: HttpRequest) -> HttpResponse:
        """The page; posted with columns the file, which is recorded."""
        if not admin.site.get_model_admin(MODELS[kind]).has_view_permission(request):
            raise PermissionDenied
        return export_page(request, kind, scope_of(request, kind))

    return show


def export_page(request: HttpRequest, kind: ExportKind, scope: Scope) -> HttpResponse:
    """Ask which columns; where they are said (`download`), the file."""
    user: Any = request.user
    wanted = request.method == "POST" and "download" in request.POST
    chosen = {"columns": columns_of(user=user, kind=kind, sheet=SHEETS[kind])}
    form = ColumnsForm(request.POST if wanted else None, initial=chosen, kind=kind)
    if form.is_valid():
        return _file(request, kind, scope, form.cleaned_data["columns"])
    found = counted(scope.rows, MANY, along="-received_at")
    context = {
        **admin.site.each_context(request), "title": TITLES[kind], "form": form, "scope": scope, "selected": SELECTED,
        "count": up_to(MANY, found), "kind": kind.label.lower(), "back": _back(request, kind),
        "address": f"{PAGES[kind].url}?{request.GET.urlencode()}" if not scope.keys else PAGES[kind].url,
        "mine": [(row, _state(row)) for row in Export.objects.filter(made_by=user, kind=kind)[:MINE]],
    }  # fmt: skip
    return TemplateResponse(request, "admin/agents/export.html", context)


def _chosen(kind: ExportKind) -> Callable[[HttpRequest, QuerySet[Any], bool], HttpResponse]:
    """From the choice above the list: ticked rows, or the whole list as it is filtered, which has no bound here."""

    def go(request: HttpRequest, rows: QuerySet[Any], everything: bool) -> HttpResponse:
        if everything:
            return HttpResponseRedirect(f"{PAGES[kind].url}?{urlencode({LIST: request.GET.urlencode()})}")
        keys = request.POST.getlist(ACTION_CHECKBOX_NAME)
        return export_page(request, kind, ticked(request, kind, keys))

    return go


def _file(request: HttpRequest, kind: ExportKind, scope: Scope, columns: list[str]) -> HttpResponse:
    user: Any = request.user
    now = timezone.now()
    export = start_export(kind=kind, sheet=SHEETS[kind], what=scope.words, columns=columns, by=user, now=now)
    lines = lines_of(export=export, sheet=SHEETS[kind], rows=scope.rows)
    response = csv_answer(f"{kind}-{timezone.localtime(now):%Y-%m-%d-%H%M}.csv", lines)
    response["Cache-Control"] = "no-store"
    return response  # type: ignore[return-value]


def _back(request: HttpRequest, kind: ExportKind) -> str:
    desk: Any = admin.site.get_model_admin(MODELS[kind])
    query = request.GET.get(LIST, "")
    return f"{desk.list_url}?{query}" if query else desk.list_url


def _state(row: Export) -> str:
    state = ExportState(row.state)
    return badge(state.label, LEVELS[state])


def _page(kind: ExportKind, blurb: str, rank: int) -> Page:
    return Page(
        slug=SLUGS[kind], title=TITLES[kind], blurb=blurb, group=LEADS, rank=rank, permissions=(PERMISSIONS[kind],),
        view=_view(kind),
    )  # fmt: skip


def _tool(kind: ExportKind) -> Tool:
    return Tool("Export", lambda query: f"{PAGES[kind].url}?{urlencode({LIST: query})}", PERMISSIONS[kind])


PAGES: Final = {
    ExportKind.LEADS: _page(
        ExportKind.LEADS, "All leads as a file for a spreadsheet; a part of them from the list of leads.", 60
    ),
    ExportKind.POSTS: _page(
        ExportKind.POSTS, "Decisions, reasons and milliseconds as a file; never what was posted.", 61
    ),
}
for page in PAGES.values():
    add_page(page)
for _kind, _desk in ((ExportKind.LEADS, LeadDesk), (ExportKind.POSTS, SubmissionDesk)):
    offer(_desk, ListAction(f"export-{_kind}", "Export", PERMISSIONS[_kind], _chosen(_kind)))
LeadDesk.tools = [*LeadDesk.tools, _tool(ExportKind.LEADS)]
SubmissionDesk.tools = [*SubmissionDesk.tools, _tool(ExportKind.POSTS)]


@admin.register(Export)
class ExportDesk(ReadOnlyMixin, BigDesk):
    """Exports. Written by the product."""

    group = LEADS
    rank = 65
    title = "Exports"
    blurb = "Who took how many leads or posts out of the product as a file, of which list, and when."
    list_display = ("at", "made_by", "kind", "what", "count", "state_badge")
    list_display_links = ("at",)
    list_select_related = ("made_by",)
    list_filter = ("kind", "state")
    ordering = ("-id",)
    sortable_by = ()
    fields = (("at", "made_by"), ("kind", "state_badge"), "what", ("count", "ended"), "columns_text")
    readonly_fields = ("at", "count", "state_badge", "ended", "columns_text")

    @admin.display(description="begun")
    def at(self, row: Export) -> str:
        """Agency time."""
        return moment(row.started_at)

    @admin.display(description="ended")
    def ended(self, row: Export) -> str:
        """Agency time."""
        return moment(row.ended_at)

    @admin.display(description="rows")
    def count(self, row: Export) -> str:
        """Written so far, or at all."""
        return f"{row.rows:,}"

    @admin.display(description="state")
    def state_badge(self, row: Export) -> str:
        """Whether the file was finished."""
        return _state(row)

    @admin.display(description="columns")
    def columns_text(self, row: Export) -> str:
        """As they are headed."""
        sheet = SHEETS[ExportKind(row.kind)]
        return ", ".join(column.label for column in sheet.chosen(row.columns)) or DASH
