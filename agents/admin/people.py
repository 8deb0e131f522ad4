"""Teams, and agents with their hours and pools."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import transaction
from django.db.models import Count, QuerySet, Value
from django.http import HttpRequest
from django.utils import timezone

from agents.admin.handover import hand_over
from agents.admin.licenses import LicensesOfAgent, valid_on
from agents.admin.newcomers import NewAgentForm
from agents.models import Agent, AgentHours, Membership, Team
from agents.receiving import HandsOver, pause_agent, resume_agent
from leadcrm.bulk.desk import Bulk
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.admin.desk import Desk, ReadOnlyInline, RowsInline
from leadcrm.lib.admin.site import PEOPLE, is_picking
from leadcrm.lib.admin.words import badge, link
from leadcrm.models import User
from leadcrm.templatetags.ui import day_and_time

ZONES = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
    "America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico", "Pacific/Guam", "Pacific/Pago_Pago",
)  # fmt: skip


class HoursOfAgent(RowsInline):
    """When the agent receives leads."""

    model = AgentHours
    verbose_name_plural = "hours, in the agent's time zone (none: always)"


class PoolsOfAgent(RowsInline):
    """Which pools the agent takes leads from."""

    model = Membership
    fields = ("pool", "weight")
    verbose_name_plural = "pools"
    autocomplete_fields = ("pool",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """With what the names need."""
        rows: QuerySet[Membership] = super().get_queryset(request).select_related("pool", "agent__user")
        return rows


def _receive(receiving: bool) -> Any:
    def run(request: HttpRequest, agent: Any) -> None:
        desk: Any = admin.site.get_model_admin(Agent)
        word = "Receives leads again" if receiving else "Paused: receives no new leads"
        try:
            with transaction.atomic():
                if receiving:
                    resume_agent(agent_id=agent.pk)
                else:
                    pause_agent(agent_id=agent.pk, reason="", back_at=None, now=timezone.now())
                desk.log_change(request, agent, word)
        except HandsOver:
            messages.error(
                request, f"The book of {agent} is being handed over: no new leads until that is done."
            )
            return
        messages.success(request, f"{agent}: {word.lower()}.")

    return run


@admin.register(Agent)
class AgentDesk(Bulk, Desk):
    """People who sell."""

    group = PEOPLE
    rank = 10
    blurb = "Who works leads: login, team, licenses, hours, limits, pools. Pause and resume by a button."
    list_display = (
        "name",
        "login",
        "team",
        "receives",
        "licensed_in",
        "today",
        "daily_cap",
        "untouched_limit",
    )
    list_select_related = ("user", "team", "load")
    list_filter = ("active", "receiving", "team")
    search_fields = ("user__email", "user__first_name", "user__last_name", "npn")
    search_help_text = "Name, e-mail address or NPN."
    ordering = ("user__last_name", "user__first_name", "pk")
    inlines = (LicensesOfAgent, PoolsOfAgent, HoursOfAgent)
    autocomplete_fields = ("user", "team")
    fieldsets = (
        ("Person", {"fields": (("login", "receives"), "team", ("phone", "npn"), ("time_zone", "languages"))}),
        (
            "Leads",
            {
                "fields": (("active", "receiving"), ("daily_cap", "hourly_cap"), "untouched_limit"),
                "description": "Rotation passes over an agent at a limit; a manager can still give leads by hand.",
            },
        ),
    )
    add_fieldsets = (
        ("Login", {"fields": ("email", ("first_name", "last_name"), "password", "user")}),
        ("Person", {"fields": ("team", ("phone", "npn"), ("time_zone", "languages"))}),
        ("Leads", {"fields": (("active", "receiving"), ("daily_cap", "hourly_cap"), "untouched_limit")}),
    )
    readonly_fields = ("login", "receives")
    acts = [
        Act("pause", "Pause", _receive(False), "agents.change_agent", when=lambda a: a.active and a.receiving),
        Act(
            "resume", "Resume", _receive(True), "agents.change_agent", style="default",
            when=lambda a: a.active and not a.receiving,
        ),
        Act("hand-over", "Hand over the book", hand_over, "agents.change_agent", page=True),
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Agent]:
        """With names, load, and the states of valid licenses."""
        states = ArrayAgg(
            "licenses__state", distinct=True, default=[], filter=valid_on(timezone.localdate(), "licenses__")
        )
        rows: QuerySet[Agent] = super().get_queryset(request).select_related("user", "team", "load")
        may_open = Value(request.user.has_perm("leadcrm.view_user"))
        return rows.annotate(states=states, login_opens=may_open)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Django's; whoever has left is not offered to be chosen."""
        if is_picking(request):
            queryset = queryset.filter(active=True, user__is_active=True)
        return super().get_search_results(request, queryset, search_term)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new agent comes with a login."""
        return self.fieldsets if obj is not None else self.add_fieldsets

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """A new agent comes with a login."""
        form = {} if obj is not None else {"form": NewAgentForm}
        return super().get_form(request, obj, change=change, **form, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Time zones are chosen."""
        if db_field.name == "time_zone":
            names = [(zone, zone.replace("_", " ")) for zone in ZONES]
            return forms.ChoiceField(required=False, choices=[("", "the agency's"), *names])
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Make the login with the agent, in the transaction of the page."""
        if not change and obj.user_id is None:
            values = form.cleaned_data
            obj.user = User.objects.create_user(
                values["email"], values["password"] or None,
                first_name=values["first_name"], last_name=values["last_name"],
            )  # fmt: skip
        super().save_model(request, obj, form, change)

    @admin.display(description="agent", ordering="user__last_name")
    def name(self, agent: Agent) -> str:
        """First and last name."""
        return str(agent.user)

    @admin.display(description="login", ordering="user__email")
    def login(self, agent: Agent) -> str:
        """Passwords and rights are kept there; a link for who may look at them."""
        opens = getattr(agent, "login_opens", False)
        return link(agent.user, agent.user.email) if opens else agent.user.email

    @admin.display(description="leads")
    def receives(self, agent: Agent) -> str:
        """Receiving, paused, or gone."""
        if not agent.active:
            return badge("has left", "plain")
        if agent.receiving:
            return badge("receives", "good")
        until = f", back {day_and_time(agent.back_at)}" if agent.back_at else ""
        why = f": {agent.pause_reason}" if agent.pause_reason else ""
        return badge(f"paused{until}{why}", "warn")

    @admin.display(description="licensed in")
    def licensed_in(self, agent: Any) -> str:
        """States with a license that is valid today."""
        states = sorted(agent.states)
        more = f" and {len(states) - 12} more" if len(states) > 12 else ""
        return ", ".join(states[:12]) + more if states else badge("nowhere", "bad")

    @admin.display(description="leads today")
    def today(self, agent: Agent) -> int:
        """Counted on the agency's day."""
        load = getattr(agent, "load", None)
        fresh = (
            load is not None and load.day_start and timezone.localdate(load.day_start) == timezone.localdate()
        )
        return int(load.day_count) if fresh and load else 0


class AgentsOfTeam(ReadOnlyInline):
    """Who is in it; the team is chosen on the agent's page."""

    model = Agent
    fields = ("name", "active", "receiving")
    readonly_fields = fields

    @admin.display(description="agent")
    def name(self, agent: Agent) -> str:
        """To their page."""
        return link(agent)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Agent]:
        """With names."""
        rows: QuerySet[Agent] = super().get_queryset(request).select_related("user")
        return rows


@admin.register(Team)
class TeamDesk(Desk):
    """Teams."""

    group = PEOPLE
    rank = 20
    blurb = "Agents under one leader, who sees the team's leads."
    list_display = ("name", "leader", "agents_count")
    list_select_related = ("leader",)
    search_fields = ("name",)
    ordering = ("name", "pk")
    autocomplete_fields = ("leader",)
    inlines = (AgentsOfTeam,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        """With the number of agents."""
        rows: QuerySet[Team] = super().get_queryset(request).annotate(n_agents=Count("agents"))
        return rows

    @admin.display(description="agents", ordering="n_agents")
    def agents_count(self, team: Any) -> int:
        """How many."""
        return int(team.n_agents)
