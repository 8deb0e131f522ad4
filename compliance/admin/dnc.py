"""Do-not-call lists: what is held, how old it is, and every version ever loaded."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Subquery
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from compliance.admin.dnc_import import import_view
from compliance.models import DncFile, DncList, DncVersion, ListKind, RescrubRun, VersionState
from leadcrm.lib.admin.bases import AnyFormSet
from leadcrm.lib.admin.desk import Desk, ReadOnlyInline, ReadOnlyMixin
from leadcrm.lib.admin.site import COMPLIANCE, Notice, waits_for_a_person
from leadcrm.lib.admin.words import DASH, badge, day, link, moment

STATE_LEVELS = {
    VersionState.LOADING: "info", VersionState.READY: "good",
    VersionState.SUPERSEDED: "plain", VersionState.FAILED: "bad",
}  # fmt: skip
# A list that goes stale within so many days is shown in yellow.
WARN_DAYS = 5
# On the page of a list.
VERSIONS_SHOWN = 30


def freshness(dnc_list: DncList) -> str:
    """Whether look-ups may still trust the list, as a badge. Days are the agency's."""
    if dnc_list.current is None:
        return badge("nothing loaded", "bad" if dnc_list.active else "plain")
    if dnc_list.stale_after_days is None:
        # The law dates these lists; that nobody set their days is no freshness.
        dated = dnc_list.kind in (ListKind.NATIONAL, ListKind.STATE)
        return badge("no days set: never stale", "warn") if dated else badge("never stale", "good")
    left = days_left(dnc_list)
    if left < 0:
        return badge(f"stale for {-left} day{'s' if left < -1 else ''}", "bad")
    return badge(
        f"fresh for {left} more day{'' if left == 1 else 's'}", "warn" if left <= WARN_DAYS else "good"
    )


def days_left(dnc_list: DncList) -> int:
    """Days until the version in use is stale; negative from the first stale day on."""
    assert dnc_list.current is not None
    assert dnc_list.stale_after_days is not None
    last = dnc_list.current.effective_on + timedelta(days=dnc_list.stale_after_days)
    return (last - timezone.localdate()).days


class VersionColumns:
    """What is told of a version, in lists and on pages."""

    @admin.display(description="state")
    def state_badge(self, version: DncVersion) -> str:
        """Where it stands."""
        state = VersionState(version.state)
        return badge(state.label, STATE_LEVELS[state])

    @admin.display(description="numbers")
    def numbers_text(self, version: DncVersion) -> str:
        """With thousands apart."""
        return f"{version.numbers:,}"

    @admin.display(description="added")
    def added_text(self, version: DncVersion) -> str:
        """Numbers listed now and not before."""
        return f"{version.added:,}"

    @admin.display(description="removed")
    def removed_text(self, version: DncVersion) -> str:
        """Numbers listed before and not now."""
        return f"{version.removed:,}"

    @admin.display(description="in use since")
    def finished(self, version: DncVersion) -> str:
        """Agency time."""
        return moment(version.finished_at)


class NewestVersions(AnyFormSet):
    """A list that is renewed daily has hundreds of versions after a year; the desk of imports lists them all."""

    def get_queryset(self) -> Any:
        """The newest VERSIONS_SHOWN, read once."""
        if not hasattr(self, "_newest"):
            self._newest = super().get_queryset()[:VERSIONS_SHOWN]
        return self._newest


class VersionsOfList(VersionColumns, ReadOnlyInline):
    """A list's last versions, the newest first."""

    model = DncVersion
    formset = NewestVersions
    fields = (
        "number", "kind", "state_badge", "effective_on", "numbers_text", "added_text", "removed_text",
        "imported_by", "finished",
    )  # fmt: skip
    readonly_fields = fields
    show_change_link = True
    classes = ()  # each row has a name and a page
    verbose_name_plural = f"versions, the newest {VERSIONS_SHOWN}"
    ordering = ("-number",)


@admin.register(DncList)
class DncListDesk(Desk):
    """The lists, and the way to load a file."""

    group = COMPLIANCE
    rank = 40
    blurb = "National, state and litigator lists: version in use, its date, when it goes stale."
    list_display = ("name", "code", "kind", "state", "asked", "version", "dated", "fresh", "numbers")
    list_select_related = ("current",)
    list_filter = ("kind", "active")
    search_fields = ("code", "name")
    fieldsets = (
        ("List", {"fields": (("name", "code"), ("kind", "state"), "source", "active")}),
        ("Trust", {"fields": ("stale_after_days", "by_area_code")}),
        ("In use", {"fields": (("version", "dated"), ("fresh", "numbers"), ("rescrubbed", "every_version"))}),
    )
    readonly_fields = ("version", "dated", "fresh", "numbers", "rescrubbed", "every_version")
    inlines = (VersionsOfList,)

    def get_urls(self) -> list[URLPattern]:
        """With the page that loads files."""
        view = self.admin_site.admin_view(lambda request: import_view(request, self))
        return [path("import/", view, name="compliance_dnclist_import"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the version in use, and what the last re-scrub asked (a question that is put once for all rows)."""
        last = RescrubRun.objects.filter(error="").order_by("-pk")
        asked = {"versions_asked": Subquery(last.values("versions")[:1])}
        when = {"asked_at": Subquery(last.values("started_at")[:1])}
        return super().get_queryset(request).select_related("current").annotate(**asked, **when)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A code is what imports and decisions call the list by."""
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "code") if obj is not None else fixed

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Lists are evidence; switch one off instead."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """With the button for loading, for those who may."""
        may = {"may_import": may_import(request)}
        return super().changelist_view(request, {**may, **(extra_context or {})})

    @admin.display(description="asked", boolean=True, ordering="active")
    def asked(self, dnc_list: DncList) -> bool:
        """Whether decisions ask it."""
        return dnc_list.active

    @admin.display(description="version in use")
    def version(self, dnc_list: DncList) -> str:
        """By its number."""
        return link(dnc_list.current, f"version {dnc_list.current.number}") if dnc_list.current else DASH

    @admin.display(description="dated")
    def dated(self, dnc_list: DncList) -> str:
        """The publisher's date."""
        return day(dnc_list.current.effective_on if dnc_list.current else None)

    @admin.display(description="freshness")
    def fresh(self, dnc_list: DncList) -> str:
        """Days left, or stale."""
        return freshness(dnc_list)

    @admin.display(description="numbers")
    def numbers(self, dnc_list: DncList) -> str:
        """With thousands apart."""
        return f"{dnc_list.current.numbers:,}" if dnc_list.current else DASH

    @admin.display(description="every version")
    def every_version(self, dnc_list: DncList) -> str:
        """The way to the desk of imports, narrowed to this list."""
        address = reverse("admin:compliance_dncversion_changelist")
        return format_html(
            '<a href="{}?dnc_list__id__exact={}">All versions of this list</a>', address, dnc_list.pk
        )

    @admin.display(description="open leads asked")
    def rescrubbed(self, dnc_list: Any) -> str:
        """Whether the last re-scrub asked the version in use about the open leads."""
        if not dnc_list.active or dnc_list.current_id is None:
            return DASH
        if (dnc_list.versions_asked or {}).get(dnc_list.code) != dnc_list.current_id:
            return badge("not yet", "warn")
        return moment(dnc_list.asked_at)


def may_import(request: HttpRequest) -> bool:
    """Loading a list makes a version of it."""
    user: Any = request.user
    return bool(user.has_perm("compliance.add_dncversion"))


class FilesOfVersion(ReadOnlyInline):
    """The files as they were given."""

    model = DncFile
    fields = ("name", "rows", "size", "sha256")
    readonly_fields = fields


@admin.register(DncVersion)
class DncVersionDesk(VersionColumns, ReadOnlyMixin, Desk):
    """Every version loaded, and every load that failed."""

    group = COMPLIANCE
    noun = ("import of a list", "imports of lists")
    rank = 50
    title = "Do-not-call imports"
    blurb = "Every file ever loaded: who, when, how many numbers; and what was refused, with file and line."
    list_display = (
        "dnc_list", "number", "kind", "state_badge", "effective_on", "numbers_text", "added_text",
        "removed_text", "imported_by", "finished",
    )  # fmt: skip
    list_display_links = ("dnc_list", "number")
    list_select_related = ("dnc_list",)
    list_filter = ("state", "kind", "dnc_list")
    inlines = (FilesOfVersion,)
    fields = (
        ("dnc_list", "number"), ("kind", "state_badge"), ("effective_on", "finished"),
        ("numbers_text", "rows"), ("added_text", "removed_text"), ("san", "imported_by"), "error",
        "base", "covers_all", "area_codes", "history_kept", "sha256",
    )  # fmt: skip
    readonly_fields = ("state_badge", "finished", "numbers_text", "added_text", "removed_text")


@waits_for_a_person
def stale_lists(request: HttpRequest) -> list[Notice]:
    """Lists that are asked and out of date."""
    user: Any = request.user
    if not user.has_perm("compliance.view_dnclist"):
        return []
    lists = DncList.objects.filter(active=True, stale_after_days__isnull=False, current__isnull=False)
    stale = sum(days_left(each) < 0 for each in lists.select_related("current"))
    what = "stale do-not-call lists: leads are refused or held" if stale > 1 else (
        "stale do-not-call list: leads are refused or held"
    )  # fmt: skip
    return [Notice(str(stale), what, reverse("admin:compliance_dnclist_changelist"), "bad")] if stale else []
