"""Carriers that the agency sells for, and what was sold."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from agents.admin.licenses import with_product
from agents.models import Carrier, Policy
from leadcrm.lib.admin.desk import BigDesk, Desk, ReadOnlyMixin
from leadcrm.lib.admin.site import PEOPLE
from leadcrm.lib.admin.words import badge, dollars, to_minute

LEVELS = {"applied": "info", "issued": "good", "in_force": "good", "lapsed": "warn"}


@admin.register(Carrier)
class CarrierDesk(Desk):
    """Carriers."""

    group = PEOPLE
    rank = 50
    blurb = "The insurance companies policies are sold of, and how long before a renewal the agent is told."
    list_display = ("name", "state", "renewal_days")
    list_filter = ("active",)
    search_fields = ("name",)
    fields = ("name", "active", "renewal_days")

    @admin.display(description="state", ordering="active")
    def state(self, carrier: Carrier) -> str:
        """Whether it is offered."""
        return badge("active", "good") if carrier.active else badge("off", "plain")


@admin.register(Policy)
class PolicyDesk(ReadOnlyMixin, BigDesk):
    """Policies. Agents keep them on the lead's page, where each change is recorded."""

    group = PEOPLE
    rank = 51
    blurb = "What was sold, by whom. Entered and changed on the lead's page."
    list_display = (
        "__str__",
        "lead",
        "product_name",
        "premium_text",
        "status_badge",
        "renewal_on",
        "sold_by",
        "at",
    )
    list_select_related = ("carrier", "lead", "sold_by")
    list_filter = ("status",)
    ordering = ("-sold_at", "-pk")
    sortable_by = ()
    search_fields = ("number__iexact",)
    search_help_text = "The whole number."
    fields = (
        "lead", ("carrier", "number"), "product_name", "premium_text", "status_badge", ("effective_on", "renewal_on"),
        ("sold_by", "at"),
    )  # fmt: skip
    readonly_fields = ("product_name", "premium_text", "status_badge", "at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Policy]:
        """With the names of products."""
        return with_product(super().get_queryset(request), "product")

    @admin.display(description="product")
    def product_name(self, policy: Any) -> str:
        """As people call it."""
        return str(policy.called or policy.product)

    @admin.display(description="premium")
    def premium_text(self, policy: Policy) -> str:
        """US dollars, and how often."""
        return f"{dollars(policy.premium)} {policy.get_mode_display()}"

    @admin.display(description="status")
    def status_badge(self, policy: Policy) -> str:
        """Where it stands."""
        return badge(policy.get_status_display(), LEVELS.get(policy.status, "plain"))

    @admin.display(description="sold")
    def at(self, policy: Policy) -> str:
        """When, agency time."""
        return to_minute(policy.sold_at)
