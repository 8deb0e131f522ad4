"""Returns: what waits for a vendor, and what each vendor said; the grounds stand on the source."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.core.validators import MaxValueValidator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from intake.admin.filters import SourceFilter
from intake.admin.searching import ByLeadNumber
from intake.admin.sources import SourceDesk
from intake.models import LeadStatus, Return, ReturnState, ReturnTerm, Vendor
from intake.queries import vendors_asked
from intake.returns.asking import CannotReturn
from intake.returns.candidates import renew_windows
from intake.returns.deciding import AlreadyDecided, refuse_return, take_back, withdraw_return
from intake.returns.export import open_returns_csv
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.admin.bases import AnyFormSet
from leadcrm.lib.admin.desk import BigDesk, ReadOnlyMixin, RowsInline
from leadcrm.lib.admin.site import VENDORS, Notice, waits_for_a_person
from leadcrm.lib.admin.words import DASH, badge, dollars, link, to_minute
from leadcrm.lib.spreadsheets import csv_answer
from leadcrm.templatetags.ui import span

LEVELS: Final = {
    ReturnState.ASKED: "warn", ReturnState.TAKEN: "good", ReturnState.REFUSED: "bad",
    ReturnState.WITHDRAWN: "plain",
}  # fmt: skip
DECIDE: Final = "intake.change_return"


class TermSet(AnyFormSet):
    """A source's grounds; what was found before follows them."""

    def save(self, commit: bool = True) -> Any:
        """As Django's; then open candidates have the windows of the contract as it is now."""
        saved = super().save(commit)
        renew_windows(source_id=self.instance.pk)
        return saved


class TermsOfSource(RowsInline):
    """What the vendor takes back, and for how long."""

    model = ReturnTerm
    formset = TermSet
    verbose_name_plural = "returns: what the vendor takes back, and for how long (none: returns are off)"


SourceDesk.inlines = [*SourceDesk.inlines, TermsOfSource]


class WordsForm(forms.Form):
    """What the vendor said."""

    words = forms.CharField(
        required=False, max_length=2000, label="The vendor's words",
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text="As they wrote it. The vendor reads it again with the return.",
    )  # fmt: skip


class RefusedForm(WordsForm):
    """A refusal without words helps nobody."""

    words = forms.CharField(
        max_length=2000, label="The vendor's words", widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text="Why they refuse, as they wrote it. The vendor reads it again with the return.",
    )  # fmt: skip


class WhyForm(forms.Form):
    """Why it is asked no longer."""

    words = forms.CharField(
        max_length=2000, label="Why", widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text="For example that the lead was sold after all. The vendor reads it.",
    )  # fmt: skip


class TakenForm(WordsForm):
    """And how much was given back."""

    credit = forms.DecimalField(min_value=Decimal(0), decimal_places=2, label="Credit in US dollars")
    field_order = ("credit", "words")


def _deciding(
    form_class: type[forms.Form], title: str, intro: str, done: str, use: Callable[..., bool]
) -> Any:
    def run(request: HttpRequest, row: Any) -> HttpResponse | None:
        desk: Any = admin.site.get_model_admin(Return)
        form = form_class(request.POST or None, initial={"credit": row.price})
        if "credit" in form.fields:
            form.fields["credit"].validators.append(MaxValueValidator(row.price))
        if request.method != "POST" or not form.is_valid():
            words = f"{intro} {row}, {row.get_reason_display().lower()}, {dollars(row.price)}."
            page: HttpResponse = desk.act_page(
                request, row, "admin/act_form.html", form=form, title=title, intro=words
            )
            return page
        try:
            news = use(row=row, by=request.user, now=timezone.now(), **form.cleaned_data)
        except (AlreadyDecided, CannotReturn) as refused:
            messages.warning(request, f"{refused}. Nothing was changed.".replace("..", "."))
            return None
        if news:
            desk.log_change(request, row, done)
        messages.success(request, f"{row}: {done.lower()}.")
        return None

    return run


def _withdraw(*, row: Return, words: str, by: Any, now: Any) -> bool:
    return withdraw_return(row=row, why=words, by=by, now=now)


def is_open(row: Any) -> bool:
    """The vendor has not answered yet."""
    return bool(row.state == ReturnState.ASKED)


ACTS: Final = [
    Act(
        name="taken", label="Vendor took it back", permission=DECIDE, when=is_open, page=True, style="default",
        run=_deciding(
            TakenForm, "Vendor took it back",
            "The lead becomes returned, what is planned on it ends, the agent's turn comes back. It cannot be undone.",
            "Taken back", take_back,
        ),
    ),
    Act(
        name="refused", label="Vendor refused", permission=DECIDE, when=is_open, page=True, style="danger",
        run=_deciding(
            RefusedForm, "Vendor refused", "The lead stays as it is; it can be asked again while its window is open.",
            "Refused", refuse_return,
        ),
    ),
    Act(
        name="withdraw", label="Withdraw", permission=DECIDE, when=is_open, page=True,
        run=_deciding(WhyForm, "Withdraw", "The vendor is asked no longer.", "Withdrawn", _withdraw),
    ),
]  # fmt: skip


def evidence_panel(request: HttpRequest, row: Any) -> SafeString:
    """What went with it, as it was then."""
    return render_to_string("admin/intake/return_evidence.html", {"evidence": row.evidence}, request)


@admin.register(Return)
class ReturnDesk(ByLeadNumber, ReadOnlyMixin, BigDesk):
    """Every return that was asked."""

    group = VENDORS
    rank = 26
    title = "Returns"
    blurb = "Leads that a vendor was asked to take back: what waits, what was credited, what was refused."
    list_display = (
        "lead_text", "state_badge", "source", "reason", "asked", "waits", "price_text", "credit_text", "decided",
    )  # fmt: skip
    list_display_links = ("lead_text",)
    list_select_related = ("source__vendor", "lead")
    list_filter = ("state", "reason", ("source", SourceFilter))
    list_defer = ("evidence", "words", "note")
    ordering = ("-asked_at", "-id")
    sortable_by = ()
    search_help_text = "Number of the lead (A-123), whole."
    actions: Any = ()
    acts = ACTS
    panels = [evidence_panel]
    change_list_template = "admin/intake/return_list.html"
    fields = (
        ("lead_page", "state_badge"), ("source", "reason"), ("asked", "asker"), ("window", "price_text"), "note",
        ("decided", "decider"), ("credit_text", "words"), "return_id",
    )  # fmt: skip
    readonly_fields = (
        "lead_text", "lead_page", "state_badge", "asked", "asker", "window", "price_text", "decided", "decider",
        "credit_text", "return_id", "waits",
    )  # fmt: skip

    def get_urls(self) -> list[URLPattern]:
        """And the file for a vendor."""
        view = self.admin_site.admin_view(self.open_csv)
        return [path("open/<int:vendor>.csv", view, name="intake_return_open_csv"), *super().get_urls()]

    def open_csv(self, request: HttpRequest, vendor: int) -> StreamingHttpResponse:
        """The returns that wait for one vendor, to be sent to it."""
        if not self.has_view_permission(request) or not Vendor.objects.filter(pk=vendor).exists():
            raise Http404
        return csv_answer(f"open-returns-{vendor}.csv", open_returns_csv(vendor_id=vendor))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With a file for each vendor that has something to answer."""
        return super().changelist_view(request, {"vendors": vendors_asked(), **(extra_context or {})})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Return]:
        """With the names that the page shows."""
        rows = super().get_queryset(request)
        return rows.select_related("source__vendor", "lead", "asked_by", "asked_key", "decided_by")

    @admin.display(description="lead")
    def lead_text(self, row: Return) -> str:
        """Its number."""
        return f"A-{row.lead_id}"

    @admin.display(description="lead")
    def lead_page(self, row: Return) -> str:
        """To its page."""
        return link(row.lead)

    @admin.display(description="state", ordering="state")
    def state_badge(self, row: Return) -> str:
        """Where it stands; that it was sold meanwhile is for a person to settle."""
        if is_open(row) and row.lead.status == LeadStatus.SOLD:
            return badge("Asked, sold meanwhile", "bad")
        return badge(row.get_state_display(), LEVELS[ReturnState(row.state)])

    @admin.display(description="asked")
    def asked(self, row: Return) -> str:
        """Agency time."""
        return to_minute(row.asked_at)

    @admin.display(description="asked by")
    def asker(self, row: Return) -> str:
        """A person, a key, or the product."""
        return str(row.asked_by or row.asked_key or "the product")

    @admin.display(description="waits")
    def waits(self, row: Return) -> str:
        """How long the vendor has had it."""
        return span(row.asked_at) if is_open(row) else DASH

    @admin.display(description="window until")
    def window(self, row: Return) -> str:
        """Until when it could be asked."""
        return to_minute(row.window_ends_at)

    @admin.display(description="price")
    def price_text(self, row: Return) -> str:
        """US dollars."""
        return dollars(row.price)

    @admin.display(description="credit")
    def credit_text(self, row: Return) -> str:
        """US dollars."""
        return dollars(row.credit) if row.credit is not None else DASH

    @admin.display(description="answered")
    def decided(self, row: Return) -> str:
        """When the vendor's answer was recorded, or it was withdrawn."""
        return to_minute(row.decided_at)

    @admin.display(description="recorded by")
    def decider(self, row: Return) -> str:
        """Who wrote the answer down."""
        return str(row.decided_by or DASH)

    @admin.display(description="id")
    def return_id(self, row: Return) -> str:
        """As the vendor reads it."""
        return row.pk.hex


@waits_for_a_person
def sold_meanwhile(request: HttpRequest) -> Iterator[Notice]:
    """On the first page: what was sold while its vendor thinks is not taken back, but withdrawn."""
    user: Any = request.user
    if not user.has_perm(DECIDE):
        return
    sold = Return.objects.filter(state=ReturnState.ASKED, lead__status=LeadStatus.SOLD)
    if count := len(sold.order_by().values_list("pk", flat=True)[:101]):
        words = f"return{'' if count == 1 else 's'} to withdraw: the lead was sold meanwhile"
        address = f"{reverse('admin:intake_return_changelist')}?state__exact=asked"
        yield Notice("100+" if count > 100 else str(count), words, address)


def returns_panel(request: HttpRequest, lead: Any) -> str:
    """The returns of a lead, on its page; nothing where there is none."""
    rows = list(lead.returns.select_related("asked_by", "asked_key", "decided_by"))
    return render_to_string("admin/intake/lead_returns.html", {"rows": rows}, request) if rows else ""
