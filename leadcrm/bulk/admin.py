"""Acts on many rows as managers look them up, and the page of each."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from leadcrm.bulk.pages import lines_of, may_see_rows, show_run
from leadcrm.lib.admin.desk import BigDesk, ReadOnlyMixin
from leadcrm.lib.admin.site import SYSTEM
from leadcrm.lib.admin.words import DASH, badge, moment
from leadcrm.models import BulkRun, BulkState, ItemState

LEVELS = {BulkState.DRAFT: "plain", BulkState.RUNNING: "info", BulkState.FINISHED: "good"}


def items_panel(request: HttpRequest, run: Any) -> str:
    """What became of each row, for who may look at such rows."""
    if not may_see_rows(request, run):
        return ""
    lines = lines_of(run)
    context = {"done": lines[ItemState.DONE], "not_done": lines[ItemState.NOT_DONE]}
    return render_to_string("admin/bulk/items.html", context, request)


@admin.register(BulkRun)
class BulkRunDesk(ReadOnlyMixin, BigDesk):
    """Runs that were confirmed. Written by the product."""

    group = SYSTEM
    noun = ("act on many rows", "acts on many rows")
    rank = 35
    title = "Acts on many rows"
    blurb = "What was done to many leads, posts, agents or sources at once: by whom, to how many, which not and why."
    list_display = ("at", "label", "by", "what", "state_badge", "done", "not_done")
    list_display_links = ("at",)
    list_select_related = ("by",)
    list_filter = ("state",)
    list_defer = ("values",)
    ordering = ("-id",)
    sortable_by = ()
    fields = (("label", "by"), ("what", "state_badge"), ("at", "ended"), ("done", "not_done"), "result_page")
    readonly_fields = ("at", "ended", "state_badge", "result_page")
    panels = [items_panel]

    def get_urls(self) -> list[URLPattern]:
        """Django's, and the page of a run for who began it."""
        own = path("<uuid:run_id>/run/", self.admin_site.admin_view(show_run), name="bulk_run")
        return [own, *super().get_urls()]

    @admin.display(description="when")
    def at(self, run: BulkRun) -> str:
        """Agency time."""
        return moment(run.confirmed_at or run.created_at)

    @admin.display(description="finished")
    def ended(self, run: BulkRun) -> str:
        """Agency time."""
        return moment(run.finished_at)

    @admin.display(description="state")
    def state_badge(self, run: BulkRun) -> str:
        """Where it stands."""
        state = BulkState(run.state)
        return badge(state.label, LEVELS[state])

    @admin.display(description="result")
    def result_page(self, run: BulkRun) -> str:
        """The page that its author saw; of a draft there is none for others."""
        if run.state == BulkState.DRAFT:
            return DASH
        return format_html('<a href="{}">as it was shown</a>', reverse("admin:bulk_run", args=[run.pk]))
