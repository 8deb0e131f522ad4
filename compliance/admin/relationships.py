"""Established business relationships: recorded by a form, taken back by a button, never edited."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from compliance.models import BusinessRelationship
from compliance.relationships import (
    ended_by_request,
    record_relationship,
    refuse_unmeant,
    withdraw_relationship,
)
from intake.admin import LeadDesk
from intake.admin.searching import ByPhone, lead_number, phone_digits
from intake.models import Lead
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.admin.bases import AnyForm
from leadcrm.lib.admin.desk import BigDesk, KeptMixin
from leadcrm.lib.admin.site import COMPLIANCE
from leadcrm.lib.admin.words import DASH, badge, link, to_minute
from leadcrm.models import User
from leadcrm.templatetags.ui import phone as phone_words


class RelationshipForm(AnyForm):
    """Who, what it stands on, since when, and what proves it."""

    phone = forms.CharField(max_length=30, help_text="In any notation.")
    lead_number = forms.CharField(
        label="Lead", required=False, max_length=20,
        help_text="Its number (A-123), where the relationship is with the person of a lead.",
    )  # fmt: skip

    class Meta:
        model = BusinessRelationship
        fields = ("phone", "kind", "started_on", "evidence", "lead_number")

    def clean_phone(self) -> str:
        """E.164."""
        digits = phone_digits(str(self.cleaned_data["phone"]))
        if digits is None:
            raise forms.ValidationError("This is not a US phone number of ten digits.")
        return f"+1{digits}"

    def clean_lead_number(self) -> Lead | None:
        """The lead of that number."""
        text = str(self.cleaned_data["lead_number"]).strip()
        if not text:
            return None
        found = Lead.objects.filter(pk=lead_number(text)).first()
        if found is None:
            raise forms.ValidationError("There is no such lead.")
        return found

    def clean(self) -> dict[str, Any]:
        """What the use case would refuse is told at its field."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            asked = {name: values[name] for name in ("phone", "kind", "started_on", "evidence")}
            try:
                refuse_unmeant(**asked, now=timezone.now())
            except ValidationError as error:
                self.add_error(None, error)
        return values


class WithdrawForm(forms.Form):
    """Why it was a mistake."""

    why = forms.CharField(label="Why was it a mistake?", max_length=200)


def take_back(request: HttpRequest, relationship: Any) -> HttpResponse | None:
    """Ask why, then withdraw the entry in the name of the person who asks."""
    form = WithdrawForm(request.POST or None)
    desk: Any = admin.site.get_model_admin(BusinessRelationship)
    if request.method != "POST" or not form.is_valid() or not isinstance(request.user, User):
        page: HttpResponse = desk.act_page(
            request, relationship, "admin/act_form.html", form=form, title="Take back"
        )
        return page
    why = form.cleaned_data["why"]
    if withdraw_relationship(relationship=relationship, why=why, by=request.user, now=timezone.now()):
        desk.log_change(request, relationship, "Taken back")
    messages.success(request, "Taken back: it permits no call any more. The entry stays on record.")
    return None


def start_from_lead(request: HttpRequest, lead: Any) -> HttpResponse:
    """The form for a new entry, with the lead and its phone filled in."""
    known = urlencode({"lead_number": f"A-{lead.pk}"})
    return HttpResponseRedirect(f"{reverse('admin:compliance_businessrelationship_add')}?{known}")


LeadDesk.acts = [
    *LeadDesk.acts,
    Act(
        name="relationship", label="Record a relationship", run=start_from_lead,
        permission="compliance.add_businessrelationship", page=True,
    ),
]  # fmt: skip


@admin.register(BusinessRelationship)
class BusinessRelationshipDesk(KeptMixin, ByPhone, BigDesk):
    """Relationships with their evidence. Never edited, never deleted; taken back by a named person."""

    group = COMPLIANCE
    rank = 35
    title = "Business relationships"
    blurb = (
        "Purchases (18 months) and inquiries to us (3 months) with what proves them. A bought lead is none; "
        "a do-not-call request ends one."
    )
    form = RelationshipForm
    list_display = ("phone_text", "kind", "started_on", "ends_on", "state", "lead_link", "recorded_by")
    list_select_related = ("recorded_by", "lead")
    list_defer = ("evidence",)
    list_filter = ("kind",)
    ordering = ("-id",)
    sortable_by = ()
    acts = [
        Act(
            name="withdraw", label="Take back", run=take_back, style="danger", page=True,
            permission="compliance.change_businessrelationship", when=lambda row: row.withdrawn_at is None,
        ),
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> Any:
        """With whether a request has ended it: one probe of a small index a row."""
        return super().get_queryset(request).annotate(asked_not_to_be_called=ended_by_request())

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A short form for a new entry; all that is known of an old one."""
        if obj is None:
            return [(None, {"fields": ("phone", "kind", "started_on", "evidence", "lead_number")})]
        shown = (
            ("phone_text", "state"), ("kind", "lead_link"), ("started_on", "ends_on"), "evidence",
            ("recorded_by", "recorded"), ("withdrawn_by", "withdrawn"), "withdrawn_why",
        )  # fmt: skip
        return [(None, {"fields": shown})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything of an entry that is on record."""
        if obj is None:
            return ()
        own = ("phone_text", "state", "lead_link", "recorded", "withdrawn")
        return (
            *own,
            "kind",
            "started_on",
            "ends_on",
            "evidence",
            "recorded_by",
            "withdrawn_by",
            "withdrawn_why",
        )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """From a lead: its phone, for those who may see leads. No number stands in an address."""
        known: dict[str, Any] = dict(super().get_changeform_initial_data(request))
        number = lead_number(str(known.get("lead_number", "")))
        user: Any = request.user
        if number and user.has_perm("intake.view_lead"):
            lead = Lead.objects.filter(pk=number).only("phone").first()
            known["phone"] = phone_words(lead.phone) if lead else ""
        return known

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Record it in the name of the person who asks."""
        user: Any = request.user
        row = record_relationship(
            phone=obj.phone, kind=obj.kind, started_on=obj.started_on, evidence=obj.evidence,
            lead=form.cleaned_data["lead_number"], by=user, now=timezone.now(),
        )  # fmt: skip
        obj.pk = row.pk

    @admin.display(description="state")
    def state(self, row: BusinessRelationship) -> str:
        """Whether it permits a call today, and if not, why."""
        if row.withdrawn_at:
            return badge("taken back", "plain")
        today = timezone.localdate()
        if row.ends_on < today:
            return badge("ended", "plain")
        if row.asked_not_to_be_called:  # type: ignore[attr-defined]
            return badge("ended by a request", "bad")
        return badge("in force", "good")

    @admin.display(description="lead")
    def lead_link(self, row: BusinessRelationship) -> str:
        """The lead it came from, if any."""
        return link(row.lead) if row.lead else DASH

    @admin.display(description="recorded")
    def recorded(self, row: BusinessRelationship) -> str:
        """Agency time."""
        return to_minute(row.recorded_at)

    @admin.display(description="taken back")
    def withdrawn(self, row: BusinessRelationship) -> str:
        """Agency time."""
        return to_minute(row.withdrawn_at)
