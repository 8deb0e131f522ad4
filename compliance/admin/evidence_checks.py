"""Verifications of the chain of evidence, read-only."""

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from compliance.models import EvidenceCheck
from leadcrm.lib.admin.desk import Desk, ReadOnlyMixin
from leadcrm.lib.admin.site import COMPLIANCE
from leadcrm.lib.admin.words import DASH, badge, moment


@admin.register(EvidenceCheck)
class EvidenceCheckDesk(ReadOnlyMixin, Desk):
    """What each nightly verification found."""

    group = COMPLIANCE
    rank = 97
    title = "Verifications of evidence"
    blurb = (
        "Every night all sealed evidence is compared with what stands in the tables, and with the head of the night "
        "before. What does not agree was changed, removed or moved behind the product's back."
    )
    list_display = ("started", "result", "batches", "rows")
    ordering = ("-id",)
    sortable_by = ()
    fields = ("started", "ended", "result", "batches", "rows", "named", "head_number", "head_hash")
    readonly_fields = fields

    @admin.display(description="started")
    def started(self, row: EvidenceCheck) -> str:
        """Agency time."""
        return moment(row.started_at)

    @admin.display(description="ended")
    def ended(self, row: EvidenceCheck) -> str:
        """Agency time."""
        return moment(row.finished_at)

    @admin.display(description="result")
    def result(self, row: EvidenceCheck) -> SafeString:
        """All agrees, how much does not, or what broke."""
        if row.error:
            return badge(f"Broke: {row.error}", "bad")
        return badge(f"{row.found:,} do not agree", "bad") if row.found else badge("All agrees", "good")

    @admin.display(description="what does not agree")
    def named(self, row: EvidenceCheck) -> str:
        """The first findings, one a line."""
        if not row.findings:
            return DASH
        lines = format_html_join("", "<li>{}</li>", ((finding,) for finding in row.findings))
        return format_html("<ul>{}</ul>", lines)
