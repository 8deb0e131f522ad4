"""Imports of leads from files: upload, how far each is, what came of its lines."""

from typing import Any, ClassVar, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters

from intake.admin.filters import SourceFilter
from intake.admin.imports_acts import ACTS, MAY
from intake.admin.imports_forms import UploadForm
from intake.imports.files import StoredFile, same_file_before, store_file
from intake.imports.reading import read_file
from intake.models import AT_WORK, ImportGive, ImportOutcome, ImportState, LeadImport
from leadcrm.lib import pipeline
from leadcrm.lib.admin.desk import BigDesk, ReadOnlyMixin
from leadcrm.lib.admin.site import LEADS
from leadcrm.lib.admin.words import DASH, badge, day, dollars, moment
from leadcrm.models import User

LEVELS: Final = {
    ImportState.READING: "info", ImportState.READY: "plain", ImportState.TRYING: "info", ImportState.RUNNING: "info",
    ImportState.PAUSED: "warn", ImportState.DONE: "good", ImportState.CANCELLED: "plain", ImportState.REFUSED: "bad",
    ImportState.CANCELLING: "warn",
}  # fmt: skip
# So small a file is read while the page waits. A workbook is packed, and slower to read.
_READ_AT_ONCE: Final = 2 * 1024 * 1024
_WORKBOOK_AT_ONCE: Final = 256 * 1024
_FIRST_FAULTS: Final = 20


def progress(request: HttpRequest, row: Any) -> str:
    """How far it is, at which rate, what came of the lines until now."""
    at_work = row.state in (ImportState.TRYING, ImportState.RUNNING, ImportState.CANCELLING)
    rate = row.seen / row.worked_seconds if row.worked_seconds > 0 else 0
    dry = row.state in (ImportState.READY, ImportState.TRYING)
    shown = (
        row.dry_counts if row.state == ImportState.READY else {"outcomes": row.counts, "reasons": row.reasons}
    )
    outcomes, reasons = shown.get("outcomes", {}), shown.get("reasons", {})
    context = {
        "row": row, "state": badge(row.get_state_display(), LEVELS[ImportState(row.state)]),
        "refreshes": row.state in AT_WORK, "at_work": at_work, "rate": rate, "dry": dry,
        "minutes": row.left / rate / 60 if rate and at_work else None,
        "outcomes": [(label, outcomes[value]) for value, label in ImportOutcome.choices if value in outcomes],
        "reasons": sorted(reasons.items(), key=lambda item: -item[1]),
        "faults": row.results.filter(dry=dry).exclude(faults=[]).order_by("line")[:_FIRST_FAULTS] if shown else [],
        "before": same_file_before(row) if row.state == ImportState.READY else None,
    }  # fmt: skip
    return render_to_string("admin/intake/import_progress.html", context, request)


@admin.register(LeadImport)
class LeadImportDesk(ReadOnlyMixin, BigDesk):
    """Imports of leads."""

    group = LEADS
    rank = 35
    title = "Imports of leads"
    blurb = "Leads from CSV or Excel files: preview, dry run, import with a result for every line."
    list_display = ("number", "began", "state_badge", "file_name", "source", "far", "accepted", "created_by")
    list_display_links = ("number",)
    list_select_related = ("source__vendor", "created_by")
    list_filter = (("source", SourceFilter),)
    ordering = ("-created_at",)
    sortable_by = ()
    acts = ACTS
    head_panels = [progress]
    fieldsets = (
        ("File", {"fields": (("file_name", "format"), ("size", "lines"), ("source", "began"), "created_by")}),
        ("Terms", {"fields": (("gives", "owner"), ("price_text", "count_caps"), "made_on")}),
    )
    readonly_fields = (
        "number", "began", "state_badge", "far", "accepted", "file_name", "format", "size", "lines", "source",
        "created_by", "gives", "owner", "price_text", "count_caps", "generated_on", "made_on",
    )  # fmt: skip

    class Media:
        css: ClassVar = {"all": ["leadcrm/css/imports.css"]}
        js: ClassVar = ["leadcrm/js/imports.js"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[LeadImport]:
        """With the names that the page shows."""
        return super().get_queryset(request).select_related("source__vendor", "created_by", "owner")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Uploading is a permission of its own."""
        user: Any = request.user
        return bool(user.has_perm(MAY))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The upload."""
        return upload(request, self)

    @admin.display(description="number")
    def number(self, row: LeadImport) -> str:
        """As people name it."""
        return str(row)

    @admin.display(description="uploaded")
    def began(self, row: LeadImport) -> str:
        """Agency time."""
        return moment(row.created_at)

    @admin.display(description="state")
    def state_badge(self, row: LeadImport) -> str:
        """Where it stands, in a word: its page says more."""
        return badge(row.get_state_display().partition(":")[0], LEVELS[ImportState(row.state)])

    @admin.display(description="lines done")
    def far(self, row: LeadImport) -> str:
        """Of how many."""
        if row.state == ImportState.READING:
            return DASH
        done = 0 if row.state in (ImportState.READY, ImportState.TRYING) else row.done
        return f"{done:,} of {row.lines:,}"

    @admin.display(description="accepted")
    def accepted(self, row: LeadImport) -> str:
        """Leads that it made."""
        if row.state in (ImportState.READING, ImportState.READY, ImportState.TRYING):
            return DASH
        return f"{row.counts.get(ImportOutcome.ACCEPTED, 0):,}"

    @admin.display(description="size")
    def size(self, row: LeadImport) -> str:
        """Of the file."""
        return str(filesizeformat(row.file_bytes))

    @admin.display(description="price of a lead")
    def price_text(self, row: LeadImport) -> str:
        """Its own, or the contract's."""
        return "as the contract says" if row.price is None else dollars(row.price)

    @admin.display(description="made on")
    def made_on(self, row: LeadImport) -> str:
        """The day of the lines that say none."""
        return day(row.generated_on)

    @admin.display(description="the leads go")
    def gives(self, row: LeadImport) -> str:
        """Once it was started."""
        unbegun = (ImportState.READING, ImportState.READY, ImportState.TRYING, ImportState.REFUSED)
        return DASH if row.state in unbegun else ImportGive(row.give).label


@sensitive_post_parameters()
def upload(request: HttpRequest, desk: LeadImportDesk) -> HttpResponse:
    """Keep a file; a small one is read at once, a large one by a worker."""
    if not desk.has_add_permission(request):
        raise PermissionDenied
    form = UploadForm(
        request.POST or None, request.FILES or None, initial={"source": request.GET.get("source")}
    )
    if request.method == "POST" and form.is_valid():
        assert isinstance(request.user, User)
        given: Any = form.cleaned_data["file"]
        try:
            row = store_file(
                source=form.cleaned_data["source"], name=given.name, chunks=given.chunks(), by=request.user,
                now=timezone.now(),
            )  # fmt: skip
        except ValidationError as error:
            form.add_error("file", error.message_dict.get("file", error.messages))
        else:
            return _stored(request, desk, row)
    page: HttpResponse = desk.act_page(
        request, None, "admin/intake/import_upload.html", form=form, title="Upload a file", submit="Upload",
        media=desk.media,
    )  # fmt: skip
    return page


def _stored(request: HttpRequest, desk: LeadImportDesk, row: LeadImport) -> HttpResponse:
    desk.log_addition(request, row, f"Uploaded for {row.source}")
    most = _WORKBOOK_AT_ONCE if StoredFile(row).read(2) == b"PK" else _READ_AT_ONCE
    if row.file_bytes <= most:
        row = read_file(import_id=row.pk, now=timezone.now())
    else:
        pipeline.ring("carry_imports")
    if row.state == ImportState.REFUSED:
        messages.error(request, f"The file was refused, nothing was imported. {row.error}")
    elif row.state == ImportState.READY:
        return HttpResponseRedirect(reverse("admin:intake_leadimport_act", args=[row.pk, "columns"]))
    return HttpResponseRedirect(desk.url_of(row))
