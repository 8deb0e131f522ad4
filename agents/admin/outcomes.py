"""How a call can end, and how often people are tried: kept by managers, used by every page at once."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest

from agents.models import CadenceStep, Outcome
from agents.outcome_rows import is_used, move_up, only_stop
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.admin.bases import AnyForm
from leadcrm.lib.admin.desk import Desk
from leadcrm.lib.admin.site import PEOPLE
from leadcrm.lib.admin.words import DASH, badge, length

_LEVELS = {"good": "good", "info": "info", "warn": "warn", "bad": "bad", "quiet": "plain"}
ONE_STOPS = "One active outcome must stop contact, so that a request to stop can be recorded with the call."


class OutcomeForm(AnyForm):
    """What the database would refuse, told in words beforehand."""

    def clean(self) -> dict[str, Any]:
        """A key of its own, the last one that stops contact, and nothing planned for who asked to be left alone."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("active") and values.get("position"):
            others = Outcome.objects.filter(active=True, position=values["position"])
            other = others.exclude(pk=self.instance.pk).first()
            if other:
                self.add_error(
                    "position", f"“{other}” has this key. Give it another one first, or switch it off."
                )
        if values.get("stops") and (values.get("asks_when") or values.get("follow_up_after")):
            self.add_error("stops", "Who asked us to stop is not called again: plan nothing after it.")
        stays = values.get("active") and values.get("stops")
        if self.instance.pk and not stays and only_stop(self.instance):
            raise forms.ValidationError(ONE_STOPS)
        return values


def up(request: HttpRequest, outcome: Any) -> None:
    """One place up: the two change keys."""
    if move_up(outcome=outcome):
        messages.success(request, f"“{outcome}” changed keys with the one before it.")


@admin.register(Outcome)
class OutcomeDesk(Desk):
    """Outcomes of calls."""

    group = PEOPLE
    rank = 50
    title = "Outcomes of calls"
    blurb = "How a call can end, by which key, and what follows: stage, next step, do-not-contact, ground for a return."
    form = OutcomeForm
    list_display = (
        "key",
        "shown",
        "reached",
        "moves_to",
        "follows",
        "counts_attempt",
        "stops",
        "return_reason",
        "state",
    )
    list_display_links = ("key", "shown")
    list_filter = ("active",)
    sortable_by = ()
    actions = None
    fieldsets = (
        ("Outcome", {"fields": ("code", ("label", "position"), ("tone", "active"))}),
        ("What follows", {"fields": ("reached", "stage", "counts_attempt", "asks_when", "follow_up_after")}),
        ("Compliance and returns", {"fields": ("stops", "return_reason")}),
    )
    acts: ClassVar[list[Act]] = [
        Act(
            name="up", label="Move up", run=up, permission="agents.change_outcome",
            when=lambda row: row.active and row.position > 1,
        ),
    ]  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A code stands in records: it never changes."""
        return () if obj is None else ("code",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only what was never used, and not the last that stops contact. Switch others off."""
        allowed = super().has_delete_permission(request, obj)
        if obj is None or not allowed:
            return allowed
        return not is_used(obj) and not only_stop(obj)

    @admin.display(description="key")
    def key(self, row: Outcome) -> str:
        """1 to 9, of active ones."""
        return str(row.position) if row.active else DASH

    @admin.display(description="outcome")
    def shown(self, row: Outcome) -> str:
        """In its colour."""
        return badge(row.label, _LEVELS[row.tone])

    @admin.display(description="moves to")
    def moves_to(self, row: Outcome) -> str:
        """The stage."""
        return row.get_stage_display() or DASH

    @admin.display(description="next step")
    def follows(self, row: Outcome) -> str:
        """What is planned."""
        if row.asks_when:
            return "agent says when"
        if row.follow_up_after:
            return f"after {length(row.follow_up_after)}"
        return DASH if row.reached or row.stage == "lost" else "by the cadence"

    @admin.display(description="state")
    def state(self, row: Outcome) -> str:
        """Whether it is offered."""
        return badge("active", "good") if row.active else badge("off", "plain")


@admin.register(CadenceStep)
class CadenceDesk(Desk):
    """The cadence."""

    group = PEOPLE
    noun = ("step of the cadence", "steps of the cadence")
    rank = 60
    title = "Cadence"
    blurb = "How often and when people are tried who were not reached; one list for all products, others by product."
    notice = (
        "A try is planned when the one before it was logged: changes hold for tries that are planned from now on. "
        "Each moves into the hours in which the person may be called and the agent works."
    )
    list_display = ("product", "number", "after_words", "what")
    list_display_links = ("product", "number")
    list_select_related = ("vertical",)
    list_filter = ("vertical",)
    sortable_by = ()
    fields = ("vertical", ("number", "after"), "what")

    @admin.display(description="product")
    def product(self, row: CadenceStep) -> str:
        """Or all of them."""
        return str(row.vertical) if row.vertical else "All without their own"

    @admin.display(description="after")
    def after_words(self, row: CadenceStep) -> str:
        """How long after the try before."""
        return length(row.after)
