"""Merges of leads and their undoing; pairs that were told apart."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from agents.merging.family import standing_merges
from agents.merging.shown import MAY_MERGE
from agents.merging.undo import UNDO_DAYS, CannotUndo, in_the_way, left_as_it_is, undo_merge
from agents.models import LeadMerge, NotTwins
from agents.twins.apart import take_apart_back
from intake.admin import LeadDesk
from intake.admin.searching import ByLeadNumber
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.admin.desk import BigDesk, ReadOnlyMixin
from leadcrm.lib.admin.site import LEADS
from leadcrm.lib.admin.words import badge, link, to_minute
from leadcrm.models import User


def _desk() -> Any:
    return admin.site.get_model_admin(LeadMerge)


def undo(request: HttpRequest, merge: Any) -> HttpResponse | None:
    """What would stay as it is, or what stands in the way; then it is undone."""
    now, desk = timezone.now(), _desk()
    if request.method == "POST":
        assert isinstance(request.user, User)
        try:
            remarks = undo_merge(merge=merge, by=request.user, now=now)
        except CannotUndo as refusal:
            messages.error(request, f"Nothing was undone. {' '.join(refusal.reasons)}")
            return None
        desk.log_change(request, merge, "Undone")
        messages.success(request, " ".join([f"A-{merge.merged_id} is a lead of its own again.", *remarks]))
        return None
    page: HttpResponse = desk.act_page(
        request, merge, "admin/agents/undo_merge.html", title="Undo the merge", merge=merge,
        reasons=in_the_way(merge, now), remarks=left_as_it_is(merge),
    )  # fmt: skip
    return page


def again(request: HttpRequest, pair: Any) -> HttpResponse:
    """The pair may be shown again."""
    take_apart_back(pair=pair, now=timezone.now())
    messages.success(request, f"{pair} may be one person's: shown among the duplicates if they look like it.")
    return HttpResponseRedirect(reverse("admin:agents_nottwins_changelist"))


def stands(merge: Any) -> bool:
    """True for one that was not undone."""
    return merge.undone_at is None


@admin.register(LeadMerge)
class LeadMergeDesk(ByLeadNumber, ReadOnlyMixin, BigDesk):
    """Who merged what, and the way back."""

    group = LEADS
    rank = 41
    title = "Merged leads"
    blurb = f"Which lead was merged into which, by whom. Each can be undone for {UNDO_DAYS} days."
    list_display = ("merged_at", "gone", "stays", "by", "standing")
    list_display_links = ("merged_at",)
    list_select_related = ("by",)
    ordering = ("-id",)
    sortable_by = ()
    lead_paths = ("survivor", "merged")
    fields = (("merged_at", "by"), ("gone", "stays"), "was_status", ("standing", "undone_by"))
    readonly_fields = ("merged_at", "by", "gone", "stays", "was_status", "standing", "undone_by")
    acts = [Act("undo", "Undo the merge", undo, MAY_MERGE, when=stands, page=True, style="danger")]

    def get_queryset(self, request: HttpRequest) -> QuerySet[LeadMerge]:
        """With both leads."""
        rows: QuerySet[LeadMerge] = super().get_queryset(request)
        return rows.select_related("survivor", "merged", "by", "undone_by")

    @admin.display(description="merged")
    def merged_at(self, merge: LeadMerge) -> str:
        """Agency time."""
        return to_minute(merge.at)

    @admin.display(description="lead")
    def gone(self, merge: LeadMerge) -> str:
        """The lead that is lost."""
        return link(merge.merged, str(merge.merged))

    @admin.display(description="into")
    def stays(self, merge: LeadMerge) -> str:
        """The lead that stays."""
        return link(merge.survivor, str(merge.survivor))

    @admin.display(description="stands")
    def standing(self, merge: LeadMerge) -> str:
        """Whether it was undone."""
        return (
            badge("stands", "good")
            if merge.undone_at is None
            else badge(f"undone {to_minute(merge.undone_at)}")
        )


@admin.register(NotTwins)
class NotTwinsDesk(ByLeadNumber, ReadOnlyMixin, BigDesk):
    """Pairs that nobody is asked about any more."""

    group = LEADS
    rank = 42
    title = "Not the same person"
    blurb = "Pairs of leads that were told apart: never shown as duplicates again, until that is taken back."
    list_display = ("said", "one", "other", "said_by")
    list_display_links = ("said",)
    list_select_related = ("said_by", "low", "high")
    ordering = ("-id",)
    sortable_by = ()
    lead_paths = ("low", "high")
    fields = (("said", "said_by"), ("one", "other"))
    readonly_fields = ("said", "said_by", "one", "other")
    acts = [
        Act("again", "Show them again", again, MAY_MERGE, ask="They are shown again if they look like one person.")
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[NotTwins]:
        """With both leads."""
        rows: QuerySet[NotTwins] = super().get_queryset(request)
        return rows.select_related("low", "high", "said_by")

    @admin.display(description="said")
    def said(self, pair: NotTwins) -> str:
        """Agency time."""
        return to_minute(pair.said_at)

    @admin.display(description="lead")
    def one(self, pair: NotTwins) -> str:
        """The older one."""
        return link(pair.low, str(pair.low))

    @admin.display(description="and")
    def other(self, pair: NotTwins) -> str:
        """The newer one."""
        return link(pair.high, str(pair.high))


def merges_panel(request: HttpRequest, lead: Any) -> str:
    """On a lead's page for managers: what it was made one with."""
    return render_to_string("admin/agents/lead_merges.html", {"merges": standing_merges(lead)}, request)


LeadDesk.panels = [merges_panel, *LeadDesk.panels]
