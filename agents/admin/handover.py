"""Handing over the whole book of an agent: the button on the agent's page, and what became of each lead."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from agents.handover import CannotHandOver, start_hand_over
from agents.models import Agent, HandOver, License, Pool
from leadcrm.lib.admin.desk import Desk, ReadOnlyMixin
from leadcrm.lib.admin.site import PEOPLE
from leadcrm.lib.admin.widgets import PickOne
from leadcrm.lib.admin.words import badge, to_minute
from leadcrm.lib.doorbell import ring_after_commit
from leadcrm.models import User

# Leads that stayed, shown by name of their number; all of them are in the agent's list of leads.
MOST_LEFT = 200


class HandOverForm(forms.Form):
    """To whom, and what happens to the agent."""

    to_agent = forms.ModelChoiceField(
        Agent.objects.none(),
        required=False,
        label="To one agent",
        empty_label="(in turns, see below)",
        help_text="Type a part of the name or e-mail address. Empty: in turns to a pool, see below.",
        widget=PickOne(License._meta.get_field("agent"), admin.site),
    )
    pool = forms.ModelChoiceField(
        Pool.objects.filter(active=True), required=False, label="Or in turns to a pool", empty_label="(no pool)",
        help_text="To the members by weight, each lead to somebody licensed for it. Limits of the day do not count.",
    )  # fmt: skip
    reason = forms.CharField(max_length=150, label="Why", help_text="Kept in the history of every lead.")
    unlicensed_too = forms.BooleanField(
        required=False, label="Also leads for which the new owner has no license",
        help_text="An unlicensed agent may not sell: only where the license is about to come. Without the tick such "
        "leads stay and are listed.",
    )  # fmt: skip
    leaves = forms.BooleanField(
        required=False, label="The agent leaves: switch agent and login off at the end"
    )

    def __init__(self, *args: Any, agent: Agent, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Agent.objects.filter(active=True, user__is_active=True).exclude(pk=agent.pk)
        to_agent: Any = self.fields["to_agent"]
        to_agent.queryset = others.select_related("user")


def hand_over(request: HttpRequest, agent: Any) -> HttpResponse | None:
    """The page with the form; then the page of the hand-over, which says how far it is."""
    form = HandOverForm(request.POST or None, agent=agent)
    if request.method == "POST" and form.is_valid():
        assert isinstance(request.user, User)
        try:
            with transaction.atomic():
                begun = start_hand_over(agent=agent, by=request.user, now=timezone.now(), **form.cleaned_data)
                desk: Any = admin.site.get_model_admin(Agent)
                desk.log_change(request, agent, f"Book handed over: {begun}")
                ring_after_commit(import_string("agents.tasks.carry_books"), {})
        except CannotHandOver as refusal:
            form.add_error(None, f"{refusal}.")
        else:
            messages.success(
                request, f"{agent} gets no new leads; {begun.total} leads are being handed over."
            )
            return HttpResponseRedirect(reverse("admin:agents_handover_change", args=[begun.pk]))
    desk = admin.site.get_model_admin(Agent)
    intro = (
        "Open leads and clients go, with everything still promised to them. Lost and returned leads stay. "
        f"{agent} gets no new leads from now on."
    )
    page: HttpResponse = desk.act_page(
        request,
        agent,
        "admin/act_form.html",
        form=form,
        title="Hand over the book",
        intro=intro,
        media=desk.media,
    )
    return page


def result_panel(request: HttpRequest, row: Any) -> str:
    """Who got how many, and what stayed and why."""
    counts = row.items.filter(to_agent__isnull=False).values(
        "to_agent__user__first_name", "to_agent__user__last_name"
    )
    left = row.items.filter(to_agent=None).order_by("why", "lead_id")
    context = {
        "given": counts.annotate(leads=Count("pk")).order_by("-leads"), "left": left[:MOST_LEFT], "most": MOST_LEFT,
    }  # fmt: skip
    return render_to_string("admin/agents/hand_over.html", context, request)


@admin.register(HandOver)
class HandOverDesk(ReadOnlyMixin, Desk):
    """Books that were handed over."""

    group = PEOPLE
    rank = 35
    blurb = (
        "Whole books of agents who left, how far each one is, which leads stayed. Begun on an agent's page."
    )
    list_display = ("began", "from_agent", "to_whom", "progress", "left", "created_by", "reason")
    list_display_links = ("began",)
    list_select_related = ("from_agent__user", "to_agent__user", "pool", "created_by")
    sortable_by = ()
    fields = (
        ("began", "progress"), ("from_agent", "to_whom"), ("left", "unlicensed_too", "leaves"),
        ("reason", "created_by"),
    )  # fmt: skip
    readonly_fields = ("began", "from_agent", "to_whom", "progress", "left", "created_by")
    panels = [result_panel]

    def get_queryset(self, request: HttpRequest) -> QuerySet[HandOver]:
        """With names and counts."""
        rows: QuerySet[HandOver] = super().get_queryset(request)
        return rows.select_related("from_agent__user", "to_agent__user", "pool", "created_by").annotate(
            n_done=Count("items"), n_left=Count("items", filter=Q(items__to_agent=None))
        )

    @admin.display(description="began")
    def began(self, row: HandOver) -> str:
        """Agency time."""
        return to_minute(row.created_at)

    @admin.display(description="to")
    def to_whom(self, row: HandOver) -> str:
        """One agent, or a pool in turns."""
        return str(row.to_agent or f"in turns: {row.pool}")

    @admin.display(description="progress")
    def progress(self, row: Any) -> str:
        """How many were looked at, and whether that is all."""
        if row.finished_at:
            return badge(f"finished, {row.n_done} leads", "good")
        return badge(f"under way: {row.n_done} of {row.total}; reload to see more", "info")

    @admin.display(description="stayed")
    def left(self, row: Any) -> str:
        """Leads that nobody could take."""
        return badge(str(row.n_left), "warn") if row.n_left else "none"
