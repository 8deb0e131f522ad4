"""Assignments, and what this room adds to a lead's page: who could have had it, contacts, giving it to another."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from agents.assignment import explain
from agents.casework import CannotGive, LeadChangedHands, give_lead
from agents.models import Agent, Assignment, AssignmentKind, License
from intake.admin import LeadDesk
from intake.admin.searching import ByLeadNumber
from intake.models import Lead
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.admin.choosing import MOST, ChoiceFilter
from leadcrm.lib.admin.desk import BigDesk, ReadOnlyMixin
from leadcrm.lib.admin.site import PEOPLE
from leadcrm.lib.admin.widgets import PickOne
from leadcrm.lib.admin.words import DASH, badge, link, milliseconds, moment
from leadcrm.models import User

KIND_LEVELS = {
    AssignmentKind.ROTATION: "good", AssignmentKind.STICKY: "info", AssignmentKind.LAST_LINK: "warn",
    AssignmentKind.MANUAL: "info", AssignmentKind.NOBODY: "bad", AssignmentKind.OFFERED: "warn",
    AssignmentKind.CLAIMED: "good", AssignmentKind.HAND_ON: "warn", AssignmentKind.HAND_OVER: "info",
}  # fmt: skip
# A lead's page shows so many contacts; the agents' page shows all.
MOST_CONTACTS = 50


class GiveForm(forms.Form):
    """To whom, and why."""

    agent = forms.ModelChoiceField(
        Agent.objects.none(), label="To", help_text="Type a part of the name or e-mail address.",
        widget=PickOne(License._meta.get_field("agent"), admin.site),
    )  # fmt: skip
    reason = forms.CharField(max_length=180, label="Why", help_text="Kept in the lead's history.")
    unlicensed_too = forms.BooleanField(
        required=False, label="Also without a license for the lead's state",
        help_text="Only to forward it: an unlicensed agent may not sell. The record says so.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agent: Any = self.fields["agent"]
        agent.queryset = Agent.objects.filter(active=True, user__is_active=True).select_related("user")


def give(request: HttpRequest, lead: Any) -> HttpResponse | None:
    """One lead to another agent."""
    form = GiveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        refusal = _give(request, lead, form)
        if refusal is None:
            messages.success(request, f"{lead} is now {form.cleaned_data['agent']}'s.")
            return None
        form.add_error(None, refusal)
    desk: Any = admin.site.get_model_admin(Lead)
    title = "Give to another agent"
    page: HttpResponse = desk.act_page(
        request, lead, "admin/act_form.html", form=form, title=title, media=desk.media
    )
    return page


def _give(request: HttpRequest, lead: Lead, form: GiveForm) -> str | None:
    """None when done, else why not."""
    assert isinstance(request.user, User)
    values = form.cleaned_data
    try:
        give_lead(
            lead=lead, to_agent=values["agent"], actor=request.user, reason=values["reason"],
            now=timezone.now(), unlicensed_too=values["unlicensed_too"],
        )  # fmt: skip
    except (CannotGive, LeadChangedHands) as refusal:
        return f"{lead}: {refusal}."
    desk: Any = admin.site.get_model_admin(Lead)
    desk.log_change(request, lead, f"Given to {values['agent']}")
    return None


def assignments_panel(request: HttpRequest, lead: Any) -> str:
    """Who had the lead and why; of the newest, who else could have had it and why not."""
    rows = list(lead.assignments.select_related("pool", "agent__user", "assigned_by"))
    candidates = explain(rows[0]) if rows else []
    context = {"assignments": rows, "candidates": candidates}
    return render_to_string("admin/agents/lead_assignments.html", context, request)


def contacts_panel(request: HttpRequest, lead: Any) -> str:
    """Calls, texts, e-mails and notes, and what was promised."""
    context = {
        "contacts": lead.communications.select_related("author")[:MOST_CONTACTS],
        "promises": lead.follow_ups.select_related("owner"),
    }
    return render_to_string("admin/agents/lead_contacts.html", context, request)


def candidates_panel(request: HttpRequest, assignment: Any) -> str:
    """Everyone who was looked at."""
    context = {"candidates": explain(assignment), "heading": "Who was looked at"}
    return render_to_string("admin/agents/candidates.html", context, request)


def _page_for_agents(desk: Any, lead: Lead) -> str:
    """Where agents work the lead: Django's button “View on site”."""
    return reverse("lead", args=[lead.pk])


GIVE = Act("give", "Give to another agent", give, "intake.change_lead", page=True)
LeadDesk.acts = [*LeadDesk.acts, GIVE]
LeadDesk.panels = [assignments_panel, contacts_panel, *LeadDesk.panels]
LeadDesk.view_on_site = _page_for_agents  # type: ignore[misc, assignment]  # Django calls it as a method


class AgentFilter(ChoiceFilter):
    """Agents who work here, by name."""

    def offered(self, chosen: str | None) -> Iterable[Agent]:
        """Who is active, and who is asked for."""
        known = Q(active=True) | Q(pk=chosen) if chosen else Q(active=True)
        return Agent.objects.filter(known).select_related("user")[:MOST]


class OwnerFilter(ChoiceFilter):
    """Owners of leads: agents who work here, by name."""

    def offered(self, chosen: str | None) -> Iterable[User]:
        """Whose agent is active, and who is asked for: a book that is still to be handed over."""
        known = Q(agent__active=True) | Q(pk=chosen) if chosen else Q(agent__active=True)
        return User.objects.filter(known).order_by("first_name", "last_name", "pk")[:MOST]


_lead_desk: Any = LeadDesk
_lead_desk.list_filter = tuple(
    ("owner", OwnerFilter) if each == "owner" else each for each in LeadDesk.list_filter
)


@admin.register(Assignment)
class AssignmentDesk(ByLeadNumber, ReadOnlyMixin, BigDesk):
    """The record of every assignment. Append-only."""

    group = PEOPLE
    rank = 50
    blurb = "Who got which lead and why, who else could have had it, why each other did not. Never edited."
    list_display = ("at", "lead_link", "kind_badge", "agent", "pool", "state", "why", "who", "took")
    list_display_links = ("at",)
    list_select_related = ("agent__user", "pool", "assigned_by")
    list_filter = (("agent", AgentFilter), "pool")
    list_defer = ("candidates",)
    # The key grows with time and has an index.
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        ("at", "lead_link"), ("kind_badge", "agent"), ("pool", "who"), ("state", "state_from"), "why",
        ("rule_version", "took"),
    )  # fmt: skip
    readonly_fields = ("at", "lead_link", "kind_badge", "agent", "pool", "who", "took")
    panels = [candidates_panel]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Assignment]:
        """With names."""
        rows: QuerySet[Assignment] = super().get_queryset(request)
        return rows.select_related("agent__user", "pool", "assigned_by")

    @admin.display(description="assigned")
    def at(self, assignment: Assignment) -> str:
        """Agency time."""
        return moment(assignment.assigned_at)

    @admin.display(description="lead")
    def lead_link(self, assignment: Assignment) -> str:
        """Its page."""
        return link(Lead(pk=assignment.lead_id), f"A-{assignment.lead_id}")

    @admin.display(description="how")
    def kind_badge(self, assignment: Assignment) -> str:
        """Rotation, sticky, by a person ..."""
        kind = AssignmentKind(assignment.kind)
        return badge(kind.label, KIND_LEVELS[kind])

    @admin.display(description="by")
    def who(self, assignment: Assignment) -> str:
        """A person who gave it, or the product."""
        return str(assignment.assigned_by or "the product")

    @admin.display(description="took")
    def took(self, assignment: Assignment) -> str:
        """Milliseconds."""
        return milliseconds(assignment.ms) if assignment.ms else DASH
