"""Vendors, and the kinds of insurance that leads are bought for."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from intake.models import Source, Vendor, Vertical, VerticalAttribute
from leadcrm.lib.admin.desk import Desk, ReadOnlyInline, RowsInline
from leadcrm.lib.admin.site import VENDORS
from leadcrm.lib.admin.words import badge


class SourcesOfVendor(ReadOnlyInline):
    """A vendor's contracts; each has a page of its own."""

    model = Source
    fields = ("name", "vertical", "status", "price", "mode")
    readonly_fields = fields
    show_change_link = True
    verbose_name_plural = "sources"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Source]:
        """With what the names need."""
        return super().get_queryset(request).select_related("vertical", "vendor")


@admin.register(Vendor)
class VendorDesk(Desk):
    """Companies that sell leads."""

    group = VENDORS
    rank = 10
    blurb = "Companies that sell leads to the agency, and whom to talk to there."
    list_display = ("name", "contact_name", "contact_email", "sources_count", "created_at")
    search_fields = ("name", "contact_name", "contact_email")
    fields = ("name", ("contact_name", "contact_email"), "notes", "created_at")
    readonly_fields = ("created_at",)
    inlines = (SourcesOfVendor,)

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
