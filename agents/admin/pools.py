"""Pools: who shares the leads of which sources, by which weight; what each is owed at present."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse

from agents.models import Balance, LastLink, Membership, Pool, SlaStep
from intake.admin.standing import PLACES
from leadcrm.lib.admin.bases import AnyForm
from leadcrm.lib.admin.desk import Desk, RowsInline
from leadcrm.lib.admin.site import PEOPLE
from leadcrm.lib.admin.words import DASH, badge, to_minute


class PoolForm(AnyForm):
    """A chain of pools must end."""

    def clean(self) -> dict[str, Any]:
        """No overflow back to where it began; a person where one is promised."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("last_link") == LastLink.PERSON and not values.get("last_person"):
            self.add_error("last_person", "Say which person owns what nobody else may take.")
        seen, overflow = {self.instance.pk}, values.get("overflow")
        while overflow is not None:
            if overflow.pk in seen:
                raise forms.ValidationError({"overflow": "This chain of pools comes back to itself."})
            seen.add(overflow.pk)
            overflow = overflow.overflow
        return values


class Members(RowsInline):
    """Who is in the pool, with the balance that rotation keeps."""

    model = Membership
    fields = ("agent", "weight", "owed", "last_lead")
    readonly_fields = ("owed", "last_lead")
    verbose_name_plural = "members and their balances"
    choice_joins: ClassVar[dict[str, tuple[str, ...]]] = {"agent": ("user",)}
    autocomplete_fields = ("agent",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """With names and balances."""
        balance = Balance.objects.filter(pool=OuterRef("pool"), agent=OuterRef("agent"))
        rows: QuerySet[Membership] = super().get_queryset(request).select_related("agent__user", "pool")
        return rows.annotate(
            owed_now=Subquery(balance.values("owed")), last_lead_at=Subquery(balance.values("last_lead_at"))
        )

    @admin.display(description="owed, in leads")
    def owed(self, row: Any) -> str:
        """What the pool owes the agent; all of a pool add up to nothing."""
        owed = getattr(row, "owed_now", None)
        return DASH if owed is None else f"{owed / 1e9:+.3f}"

    @admin.display(description="last lead")
    def last_lead(self, row: Any) -> str:
        """Out of this pool."""
        return to_minute(getattr(row, "last_lead_at", None))


class Steps(RowsInline):
    """What happens to a lead of the pool that is left untouched."""

    model = SlaStep
    fields = ("after_minutes", "act")
    verbose_name_plural = (
        "SLA steps: what happens to a lead nobody has touched, after so many minutes in which its owner works and its "
        "person may be called (none: nothing)"
    )


PLACES["pools"] = lambda source: reverse("admin:agents_pool_changelist")


@admin.register(Pool)
class PoolDesk(Desk):
    """Pools."""

    group = PEOPLE
    rank = 40
    blurb = "Groups of agents that share leads by weight, and what happens when nobody there may take one."
    form = PoolForm
    list_display = ("name", "rank", "state", "members_count", "overflow", "last_link", "last_person")
    list_select_related = ("overflow", "last_person")
    list_filter = ("active",)
    search_fields = ("name",)
    ordering = ("rank", "name", "pk")
    filter_horizontal = ("verticals",)
    autocomplete_fields = ("overflow", "last_person", "sla_person", "sources", "vendors")
    choice_joins: ClassVar[dict[str, tuple[str, ...]]] = {"sources": ("vendor",)}
    inlines = (Members, Steps)
    fieldsets = (
        ("Pool", {"fields": (("name", "active"), "rank")}),
        (
            "If nobody here may take a lead",
            {
                "fields": ("overflow", ("last_link", "last_person"), "hide_until_claimed"),
                "description": "The next pool is asked; at the end of the chain its last link decides.",
            },
        ),
        (
            "If an agent leaves leads untouched",
            {
                "fields": (("pause_after", "sla_person"),),
                "description": "What happens to the lead itself, and when, is set under SLA steps below.",
            },
        ),
        (
            "Which leads",
            {
                "fields": ("sources", "vendors", "verticals", "languages"),
                "description": "A lead fits when each criterion that is filled in matches; none filled: all leads.",
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Pool]:
        """With the number of members."""
        rows: QuerySet[Pool] = super().get_queryset(request).annotate(n_members=Count("memberships"))
        return rows

    @admin.display(description="state", ordering="active")
    def state(self, pool: Pool) -> str:
        """Whether it is asked."""
        return badge("active", "good") if pool.active else badge("off", "plain")

    @admin.display(description="members", ordering="n_members")
    def members_count(self, pool: Any) -> str:
        """A pool without any takes nothing."""
        return str(pool.n_members) if pool.n_members else badge("nobody", "bad")
