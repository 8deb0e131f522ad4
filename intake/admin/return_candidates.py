"""Leads that might go back, the window that closes first on top; asked for one by one or many at once."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from intake.admin.filters import SourceFilter
from intake.admin.leads import LeadDesk
from intake.admin.returns import returns_panel
from intake.admin.searching import ByLeadNumber
from intake.models import CandidateState, Lead, Return, ReturnCandidate, ReturnReason
from intake.returns.asking import AlreadyAsked, CannotReturn, ask_return
from intake.returns.candidates import AlreadySettled, dismiss_candidate
from intake.returns.windows import NEVER
from leadcrm.bulk.desk import Bulk
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.admin.desk import BigDesk, ReadOnlyMixin
from leadcrm.lib.admin.site import VENDORS, Notice, waits_for_a_person
from leadcrm.lib.admin.words import badge, day, dollars, link, to_minute
from leadcrm.templatetags.ui import span

LIST: Final = "admin:intake_returncandidate_changelist"
ASK: Final = "intake.add_return"
SHORT: Final = timedelta(days=3)
OPEN, RAN_OUT = "open", "ran_out"


class AskForm(forms.Form):
    """What the vendor reads."""

    note = forms.CharField(
        required=False, max_length=2000, label="Note", widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text="The vendor reads it. Tries, lists and certificates go along by themselves. Name nobody.",
    )  # fmt: skip


class AskLeadForm(AskForm):
    """For a lead that nothing was found of."""

    reason = forms.ChoiceField(choices=ReturnReason.choices)
    field_order = ("reason", "note")


class DismissForm(forms.Form):
    """Why not."""

    note = forms.CharField(max_length=200, label="Why", help_text="Stays in the agency.")


def ask_for(request: HttpRequest, lead: Lead, reason: str, note: str) -> tuple[bool, str]:
    """Ask for one lead: whether that is done, and what to say."""
    user: Any = request.user
    try:
        asked = ask_return(lead=lead, reason=ReturnReason(reason), note=note, by=user, now=timezone.now())
    except CannotReturn as refused:
        return False, f"Not asked: {refused}"
    except AlreadyAsked:
        return False, "Not asked: a return for another reason waits for the vendor."
    if not asked.repeated:
        desk: Any = admin.site.get_model_admin(Return)
        desk.log_addition(request, asked.row, "Asked")
    return True, "Asked before." if asked.repeated else "Asked: the vendor can read it now."


def _ask_one(request: HttpRequest, row: Any) -> HttpResponse | None:
    form = AskForm(request.POST if request.method == "POST" else None, initial={"note": ""})
    desk: Any = admin.site.get_model_admin(ReturnCandidate)
    if not form.is_valid():
        intro = f"Ask {row.source.vendor} to take A-{row.lead_id} back: {row.get_reason_display().lower()}."
        page: HttpResponse = desk.act_page(
            request, row, "admin/act_form.html", form=form, title="Ask for the return", intro=intro
        )
        return page
    done, words = ask_for(request, row.lead, row.reason, form.cleaned_data["note"])
    messages.add_message(request, messages.SUCCESS if done else messages.WARNING, f"{row}: {words}")
    return HttpResponseRedirect(reverse(LIST))


def _dismiss_one(request: HttpRequest, row: Any) -> HttpResponse | None:
    form = DismissForm(request.POST if request.method == "POST" else None)
    desk: Any = admin.site.get_model_admin(ReturnCandidate)
    if not form.is_valid():
        page: HttpResponse = desk.act_page(
            request, row, "admin/act_form.html", form=form, title="Do not return",
            intro="It leaves this list. An agent who proposes it again brings it back.",
        )  # fmt: skip
        return page
    messages.add_message(request, *_dismissed(request, row, form.cleaned_data["note"]))
    return HttpResponseRedirect(reverse(LIST))


def _dismissed(request: HttpRequest, row: ReturnCandidate, why: str) -> tuple[int, str]:
    user: Any = request.user
    try:
        dismiss_candidate(row=row, why=why, by=user, now=timezone.now())
    except AlreadySettled:
        return messages.WARNING, "The vendor was asked meanwhile. Nothing was changed."
    return messages.SUCCESS, "Not to be returned."


def soon() -> datetime:
    """The end of tomorrow, agency time: whoever looks once a day looks in time."""
    day = timezone.localdate() + timedelta(days=2)
    return datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())


def is_open(row: Any) -> bool:
    """Nobody has settled it."""
    return bool(row.state == CandidateState.OPEN)


class StandFilter(admin.SimpleListFilter):
    """Where a candidate stands; those that can still be asked for unless one looks elsewhere."""

    title = "stand"
    parameter_name = "stand"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Open ones need no word."""
        return [
            (RAN_OUT, "Window ran out"), ("asked", "Asked"), ("dismissed", "Not to be returned"),
        ]  # fmt: skip

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Django's, whose first one is what is shown without a word."""
        first, *others = super().choices(changelist)
        yield {**first, "display": "Open"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """By state and window, which have an index; sold and returned leads cannot go back."""
        now, stand = timezone.now(), self.value()
        if not stand and request.GET.get(SEARCH_VAR):
            return queryset  # whoever looks for a lead finds it wherever it stands
        if stand in CandidateState.values and stand != OPEN:
            return queryset.filter(state=stand)
        if stand == RAN_OUT:
            return queryset.filter(state=CandidateState.OPEN, until_at__lte=now)
        return askable(queryset)


def askable(rows: QuerySet[ReturnCandidate]) -> QuerySet[ReturnCandidate]:
    """Open candidates whose window is open, of leads that can go back."""
    return rows.filter(state=CandidateState.OPEN, until_at__gt=timezone.now()).exclude(lead__status__in=NEVER)


@admin.register(ReturnCandidate)
class ReturnCandidateDesk(Bulk, ByLeadNumber, ReadOnlyMixin, BigDesk):
    """The window that closes first is on top."""

    group = VENDORS
    rank = 25
    title = "Return candidates"
    blurb = "Leads that might go back to their vendor, with the days left: found by themselves or proposed by agents."
    list_display = (
        "lead_text",
        "left",
        "reason",
        "ground",
        "source",
        "price_text",
        "tries",
        "proposed",
        "note",
    )
    list_display_links = ("lead_text",)
    list_select_related = ("source__vendor", "lead", "proposed_by")
    list_filter = (StandFilter, "reason", "ground", ("source", SourceFilter))
    ordering = ("until_at", "id")
    sortable_by = ()
    search_help_text = "Number of the lead (A-123), whole."
    actions: Any = ()
    change_list_template = "admin/intake/candidate_list.html"
    acts = [
        Act(
            name="ask", label="Ask for the return", run=_ask_one, permission=ASK, when=is_open, page=True,
            style="default",
        ),
        Act(name="dismiss", label="Do not return", run=_dismiss_one, permission=ASK, when=is_open, page=True),
    ]  # fmt: skip
    fields = (
        ("lead_page", "left"), ("reason", "ground"), ("source", "price_text"), ("found", "proposed"), "note",
        ("state", "settled"), "settled_why",
    )  # fmt: skip
    readonly_fields = (
        "lead_text", "lead_page", "left", "price_text", "found", "proposed", "settled", "tries",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReturnCandidate]:
        """With the names that the page shows."""
        return (
            super()
            .get_queryset(request)
            .select_related("source__vendor", "lead", "proposed_by", "settled_by")
        )

    @admin.display(description="lead")
    def lead_text(self, row: ReturnCandidate) -> str:
        """Its number."""
        return f"A-{row.lead_id}"

    @admin.display(description="lead")
    def lead_page(self, row: ReturnCandidate) -> str:
        """To its page."""
        return link(row.lead)

    @admin.display(description="window")
    def left(self, row: ReturnCandidate) -> str:
        """How long it can still be asked for; what ends today or tomorrow stands out."""
        rest = row.until_at - timezone.now()
        if row.state != CandidateState.OPEN:
            return row.get_state_display()
        if rest <= timedelta(0):
            return badge(f"ran out {day(timezone.localdate(row.until_at))}", "plain")
        level = "bad" if row.until_at < soon() else "warn" if rest <= SHORT else "plain"
        return badge(f"{span(row.until_at)} left", level)

    @admin.display(description="price")
    def price_text(self, row: ReturnCandidate) -> str:
        """US dollars."""
        return dollars(row.lead.price)

    @admin.display(description="tries")
    def tries(self, row: ReturnCandidate) -> int:
        """How often the person was tried."""
        return row.lead.attempts

    @admin.display(description="found")
    def found(self, row: ReturnCandidate) -> str:
        """Agency time."""
        return to_minute(row.found_at)

    @admin.display(description="by")
    def proposed(self, row: ReturnCandidate) -> str:
        """The agent who proposed it, or the product."""
        return str(row.proposed_by or "found by itself")

    @admin.display(description="settled")
    def settled(self, row: ReturnCandidate) -> str:
        """When and by whom."""
        return f"{to_minute(row.settled_at)} {row.settled_by or ''}"


@waits_for_a_person
def closing_windows(request: HttpRequest) -> Iterator[Notice]:
    """On the first page: what can be asked for today and tomorrow, and then no more."""
    user: Any = request.user
    if not user.has_perm("intake.view_returncandidate"):
        return
    closing = askable(ReturnCandidate.objects.all()).filter(until_at__lt=soon())
    if count := len(closing.order_by().values_list("pk", flat=True)[:101]):
        words = f"lead{'' if count == 1 else 's'} to be returned by the end of tomorrow, or not at all"
        yield Notice("100+" if count > 100 else str(count), words, reverse(LIST), "bad")


def _ask_of_lead(request: HttpRequest, lead: Any) -> HttpResponse | None:
    form, desk = AskLeadForm(request.POST or None), admin.site.get_model_admin(Lead)
    if not form.is_valid():
        page: HttpResponse = desk.act_page(  # type: ignore[attr-defined]
            request, lead, "admin/act_form.html", form=form, title="Ask for a return",
            intro=f"Ask {lead.vendor} to take {lead} back.",
        )  # fmt: skip
        return page
    done, words = ask_for(request, lead, form.cleaned_data["reason"], form.cleaned_data["note"])
    messages.add_message(request, messages.SUCCESS if done else messages.WARNING, words)
    return None


def can_go(lead: Any) -> bool:
    """Neither sold nor returned."""
    return lead.status not in NEVER


LeadDesk.acts = [
    *LeadDesk.acts,
    Act(
        name="ask-return", label="Ask for a return", run=_ask_of_lead, permission=ASK, when=can_go, page=True
    ),
]
LeadDesk.panels = [*LeadDesk.panels, returns_panel]
