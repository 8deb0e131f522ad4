"""Keys of systems that read reports: a spreadsheet, a dashboard, a data warehouse."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest

from agents.models import ReportKey, ReportRun
from intake.admin.system_keys import SystemKeyDesk, revoking
from leadcrm.lib.admin.site import FIGURES
from leadcrm.lib.admin.words import DASH, moment


@admin.register(ReportKey)
class ReportKeyDesk(SystemKeyDesk):
    """Keys for /api/reports."""

    group = FIGURES
    rank = 40
    title = "Report keys"
    blurb = "For systems that read reports by themselves, such as a spreadsheet or dashboard. Each key is shown once."
    may = "all reports, which hold figures and no consumers"
    list_display = ("prefix", "label", "key_state", "used", "created_at", "created_by", "expires_at")
    acts = [revoking("agents.change_reportkey")]

    def get_queryset(self, request: HttpRequest) -> Any:
        """With when each was used last, by an index."""
        newest = ReportRun.objects.filter(key=OuterRef("pk")).order_by("-created_at").values("created_at")[:1]
        return super().get_queryset(request).annotate(used_at=Subquery(newest))

    @admin.display(description="last used")
    def used(self, key: Any) -> str:
        """When its newest report was made, agency time."""
        return moment(key.used_at) if key.used_at else DASH
