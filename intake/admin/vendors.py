"""Vendors, and the kinds of insurance that leads are bought for."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from intake.admin.standing import in_words, key_warnings, status_badge
from intake.admin.webhooks import LEVELS as WEBHOOK_LEVELS
from intake.checklist import traffic
from intake.models import EndpointState, Source, Submission, Vendor, Vertical, VerticalAttribute
from leadcrm.lib.admin.desk import Desk, RowsInline
from leadcrm.lib.admin.site import VENDORS
from leadcrm.lib.admin.words import badge


def vendor_panel(request: HttpRequest, vendor: Any) -> str:
    """A vendor's contracts with what comes in by each, and its webhooks."""
    now, user = timezone.now(), request.user
    sources = list(sources_of(vendor))
    counts = traffic([source.pk for source in sources], now)
    rows = [
        (source, status_badge(source), in_words(counts[source.pk]), key_warnings(source, now))
        for source in sources
    ]
    webhooks = [
        (hook, badge(hook.get_state_display(), WEBHOOK_LEVELS[EndpointState(hook.state)]))
        for hook in vendor.webhooks.select_related("health")
    ]
    context = {
        "rows": rows, "webhooks": webhooks, "vendor": vendor,
        "may_add": user.has_perm("intake.add_source"), "may_see": user.has_perm("intake.view_source"),
        "may_see_webhooks": user.has_perm("intake.view_webhookendpoint"),
    }  # fmt: skip
    return render_to_string("admin/intake/vendor.html", context, request)


def sources_of(vendor: Vendor) -> QuerySet[Source]:
    """The vendor's sources with their keys and the moment of their last post (`last_at`), by its index. Two queries."""
    newest = (
        Submission.objects.filter(source=OuterRef("pk")).order_by("-received_at").values("received_at")[:1]
    )
    rows = vendor.sources.select_related("vertical", "vendor").prefetch_related("keys")
    return rows.annotate(last_at=Subquery(newest)).order_by("name")


@admin.register(Vendor)
class VendorDesk(Desk):
    """Companies that sell leads."""

    group = VENDORS
    rank = 10
    blurb = "Companies that sell leads to the agency, and whom to talk to there."
    list_display = ("name", "contact_name", "contact_email", "sources_count", "created_at")
    search_fields = ("name", "contact_name", "contact_email")
    ordering = ("name", "pk")
    fields = ("name", ("contact_name", "contact_email"), "notes", "created_at")
    readonly_fields = ("created_at",)
    head_panels = [vendor_panel]

    class Media:
        css = {"all": ("leadcrm/css/admin_source.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Vendor]:
        """With the number of sources."""
        rows: QuerySet[Vendor] = super().get_queryset(request).annotate(n_sources=Count("sources"))
        return rows

    @admin.display(description="sources", ordering="n_sources")
    def sources_count(self, vendor: Any) -> int:
        """How many contracts there are."""
        return int(vendor.n_sources)


class AttributesOfVertical(RowsInline):
    """What a vertical's leads carry."""

    model = VerticalAttribute


@admin.register(Vertical)
class VerticalDesk(Desk):
    """Kinds of insurance."""

    group = VENDORS
    rank = 40
    title = "Kinds of insurance"
    blurb = (
        "What leads are bought for: the words vendors use, the license it takes, the attributes of a lead."
    )
    list_display = ("name", "code", "line", "words_used", "medicare")
    search_fields = ("name", "code")
    inlines = (AttributesOfVertical,)

    @admin.display(description="other words")
    def words_used(self, vertical: Vertical) -> str:
        """Vendors' words for it."""
        return ", ".join(vertical.words)

    @admin.display(description="Medicare rules", ordering="is_medicare")
    def medicare(self, vertical: Vertical) -> str:
        """Whether age and health may not be demanded."""
        return badge("Medicare", "info") if vertical.is_medicare else ""
