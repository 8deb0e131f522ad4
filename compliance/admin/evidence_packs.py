"""The evidence pack of a number: asked for by form, downloaded, recorded."""

from typing import Any, Final

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import FileResponse, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters

from compliance.evidence.pack.making import make_pack
from compliance.models import EvidencePack
from compliance.models.evidence_pack import REASON_LENGTH
from leadcrm.lib.admin.desk import BigDesk, ReadOnlyMixin
from leadcrm.lib.admin.site import COMPLIANCE, Page, add_page
from leadcrm.lib.admin.words import moment
from leadcrm.models import User

SOME: Final = 5
PERMISSION: Final = "compliance.add_evidencepack"


class PackForm(forms.Form):
    """Whose, and what for. Sent by POST: the number never stands in an address or a log."""

    phone = forms.CharField(
        label="Phone number", max_length=30, help_text="In any US notation.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel", "class": "vTextField"}),
    )  # fmt: skip
    reason = forms.CharField(
        label="Reason", max_length=REASON_LENGTH,
        help_text="What it is for; kept with the record. The letter's date and sender, say.",
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )  # fmt: skip


@sensitive_post_parameters("phone", "reason")
def show(request: HttpRequest) -> Any:
    """The form; on POST the file."""
    form = PackForm(request.POST or None)
    user = request.user
    if request.method == "POST" and form.is_valid() and isinstance(user, User):
        try:
            made = make_pack(by=user, by_name=str(user), now=timezone.now(), **form.cleaned_data)
        except ValidationError as wrong:
            form.add_error(None, wrong)
        else:
            answer = FileResponse(made.file, as_attachment=True, filename=made.record.name)
            answer["Cache-Control"] = "no-store"
            answer["X-Content-SHA256"] = made.record.sha256
            return answer
    return _page(request, form)


def _page(request: HttpRequest, form: PackForm) -> HttpResponse:
    packs = EvidencePack.objects.select_related("made_by")[:10]
    context = {
        **admin.site.each_context(request),
        "title": PAGE.title,
        "form": form,
        "packs": [{"row": pack, "when": moment(pack.made_at)} for pack in packs],
    }
    return TemplateResponse(request, "admin/compliance/evidence_pack.html", context)


PAGE: Final = Page(
    slug="evidence-pack",
    title="Evidence pack",
    blurb="Everything kept about one phone number, in a file for your counsel.",
    group=COMPLIANCE,
    permissions=(PERMISSION,),
    view=show,
    rank=2,
)
add_page(PAGE)


@admin.register(EvidencePack)
class EvidencePackDesk(ReadOnlyMixin, BigDesk):
    """Every pack that was handed out."""

    group = COMPLIANCE
    rank = 62
    title = "Evidence packs made"
    blurb = "Who took which evidence out of the house, when, what for, and the sum of the file. Never edited."
    list_display = ("when", "who", "reason", "some_leads", "sum")
    ordering = ("-id",)
    sortable_by = ()
    search_fields = ("pk",)
    search_help_text = "SHA-256 of the file, whole."
    fields = (
        ("when", "who"),
        "reason",
        "lead_names",
        ("name", "size"),
        "sha256",
        "evidence_sha256",
        "head",
    )
    readonly_fields = ("when", "who", "lead_names")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Whose file is this?"""
        term = search_term.strip().lower()
        return (queryset.filter(sha256=term) if term else queryset), False

    @admin.display(description="made")
    def when(self, row: EvidencePack) -> str:
        """Agency time."""
        return moment(row.made_at)

    @admin.display(description="by")
    def who(self, row: EvidencePack) -> str:
        """As the page or the command knew them."""
        return row.made_by_name

    @admin.display(description="SHA-256")
    def sum(self, row: EvidencePack) -> str:
        """Its beginning; the whole of it is on the row's page."""
        return f"{row.sha256[:12]}\N{HORIZONTAL ELLIPSIS}"

    @admin.display(description="leads")
    def some_leads(self, row: EvidencePack) -> str:
        """The first few."""
        more = len(row.leads) - SOME
        shown = ", ".join(f"A-{lead}" for lead in row.leads[:SOME]) or "none"
        return f"{shown} and {more} more" if more > 0 else shown

    @admin.display(description="leads")
    def lead_names(self, row: EvidencePack) -> str:
        """Their numbers."""
        return ", ".join(f"A-{lead}" for lead in row.leads) or "none"
