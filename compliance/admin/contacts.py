"""Contacts asked for, as they were answered; time zones that people confirmed."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from compliance.admin.calling_rules import NO_ADVICE, open_hours
from compliance.admin.replays import REPLAY
from compliance.calling.ruling import confirm_zone
from compliance.calling.zones import ZONE_NAMES
from compliance.models import CallingRule, ContactDecision, ZoneConfirmation
from intake.admin import LeadDesk
from intake.admin.searching import PhoneColumn, lead_number, phone_digits
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.admin.desk import BigDesk, ReadOnlyMixin
from leadcrm.lib.admin.site import COMPLIANCE
from leadcrm.lib.admin.words import badge, link, milliseconds, moment
from leadcrm.models import User

# All that is read to draw a list; the rest of a decision is long.
LONG = ("reasons", "warnings", "rules", "lists", "given")


class ZoneForm(forms.Form):
    """By which clock, and how that is known."""

    zone = forms.ChoiceField(
        label="Time zone", required=False, choices=[("", "Take the confirmation back"), *ZONE_NAMES.items()]
    )
    reason = forms.CharField(label="How do you know?", max_length=200)


def ask_for_zone(request: HttpRequest, lead: Any) -> HttpResponse | None:
    """The form, then the confirmation in the name of the person who asks."""
    newest = ZoneConfirmation.objects.filter(lead=lead).first()
    form = ZoneForm(request.POST or None, initial={"zone": newest.zone if newest else ""})
    desk: Any = admin.site.get_model_admin(type(lead))
    if request.method != "POST" or not form.is_valid() or not isinstance(request.user, User):
        intro = "Calls and texts to this lead then follow this clock alone, whatever ZIP and area code say."
        page: HttpResponse = desk.act_page(
            request, lead, "admin/act_form.html", form=form, title="Confirm the time zone", intro=intro
        )
        return page
    confirm_zone(lead=lead, by=request.user, now=timezone.now(), **form.cleaned_data)
    desk.log_change(request, lead, "Time zone confirmed")
    messages.success(request, "Kept in your name.")
    return None


LeadDesk.acts = [
    *LeadDesk.acts,
    Act(
        name="zone", label="Confirm time zone", run=ask_for_zone, permission="compliance.add_zoneconfirmation",
        page=True,
    ),
]  # fmt: skip


def find_by_lead_or_phone(queryset: Any, term: str) -> Any:
    """Rows of a lead (A-123) or, where they have one, of a whole phone number; both have an index."""
    if not term.strip():
        return queryset
    digits = phone_digits(term)
    if digits and hasattr(queryset.model, "phone"):
        return queryset.filter(phone=f"+1{digits}")
    return queryset.filter(lead=lead_number(term))


@admin.register(ZoneConfirmation)
class ZoneConfirmationDesk(ReadOnlyMixin, BigDesk):
    """Confirmed time zones; made from the lead's page."""

    group = COMPLIANCE
    rank = 36
    title = "Confirmed time zones"
    blurb = "Who said by which clock a lead lives, and how they knew. The newest of a lead counts alone."
    list_display = ("moment_text", "lead_link", "zone_name", "reason", "by")
    list_select_related = ("by", "lead")
    ordering = ("-id",)
    sortable_by = ()
    search_fields = ("pk",)
    search_help_text = "Lead number (A-123)."
    fields = (("moment_text", "by"), ("lead_link", "zone_name"), "reason")
    readonly_fields = ("moment_text", "lead_link", "zone_name", "by")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """By lead."""
        return find_by_lead_or_phone(queryset, search_term), False

    @admin.display(description="when")
    def moment_text(self, row: ZoneConfirmation) -> str:
        """Agency time."""
        return moment(row.at)

    @admin.display(description="lead")
    def lead_link(self, row: ZoneConfirmation) -> str:
        """The lead."""
        return link(row.lead)

    @admin.display(description="time zone")
    def zone_name(self, row: ZoneConfirmation) -> str:
        """As people call it."""
        return ZONE_NAMES.get(row.zone, row.zone) if row.zone else "taken back"


def contact_panel(request: HttpRequest, decision: Any) -> SafeString:
    """Why, with the rows it stands on."""
    keys = [rule[0] for rule in decision.rules]
    rules = CallingRule.objects.in_bulk(keys)
    rows = [
        {
            "link": link(rule, f"{rule.get_state_display()}, version {rule.version}"),
            "hours": f"{open_hours(rule.weekday_from, rule.weekday_to)} (Mon\N{EN DASH}Fri)",
            "citation": rule.citation,
        }
        for key in keys
        if (rule := rules.get(key))
    ]
    context = {
        "decision": decision,
        "rules": rows,
        "notice": NO_ADVICE,
        "given": sorted(decision.given.items()),
    }
    return render_to_string("admin/compliance/contact_decision.html", context, request)


@admin.register(ContactDecision)
class ContactDecisionDesk(ReadOnlyMixin, PhoneColumn, BigDesk):
    """Every dial, text and recorded call that was asked for."""

    group = COMPLIANCE
    rank = 58
    title = "Contact decisions"
    blurb = "May this person be contacted now? Every question agents asked by an act, and the answer. Never edited."
    list_display = ("asked", "act", "answer", "why", "lead_link", "user", "took")
    list_select_related = ("user", "lead")
    list_defer = ("warnings", "rules", "lists", "given")
    list_filter = ("allowed", "act")
    ordering = ("-id",)
    sortable_by = ()
    search_fields = ("pk",)
    search_help_text = "Lead number (A-123) or phone, whole."
    fields = (
        ("asked", "user"), ("act", "answer"), ("lead_link", "phone_text"), ("opens", "closes"), ("clock", "took"),
    )  # fmt: skip
    readonly_fields = (
        "asked", "answer", "why", "lead_link", "phone_text", "opens", "closes", "clock", "took", "user",
    )  # fmt: skip
    panels = [contact_panel]
    acts = [REPLAY]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """By lead or phone."""
        return find_by_lead_or_phone(queryset, search_term), False

    @admin.display(description="asked")
    def asked(self, row: ContactDecision) -> str:
        """Agency time."""
        return moment(row.at)

    @admin.display(description="answer")
    def answer(self, row: ContactDecision) -> str:
        """Yes or no."""
        return badge("yes", "good") if row.allowed else badge("no", "bad")

    @admin.display(description="why not")
    def why(self, row: ContactDecision) -> str:
        """The codes of the reasons."""
        return ", ".join(reason["code"].replace("_", " ") for reason in row.reasons)

    @admin.display(description="lead")
    def lead_link(self, row: ContactDecision) -> str:
        """The lead."""
        return link(row.lead)

    @admin.display(description="opens")
    def opens(self, row: ContactDecision) -> str:
        """Agency time."""
        return moment(row.opens_at)

    @admin.display(description="closes")
    def closes(self, row: ContactDecision) -> str:
        """Agency time."""
        return moment(row.closes_at)

    @admin.display(description="their clock")
    def clock(self, row: ContactDecision) -> str:
        """The likeliest zone and the others possible."""
        return ", ".join(ZONE_NAMES.get(zone, zone) for zone in row.zones) or "unknown"

    @admin.display(description="took")
    def took(self, row: ContactDecision) -> str:
        """With the lock and the record."""
        return milliseconds(row.ms)
