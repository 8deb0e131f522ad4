"""Which mail about ending licenses went to whom, and which did not go out."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from agents.models import LicenseWarning, WarningState
from leadcrm.lib.admin.desk import BigDesk, ReadOnlyMixin
from leadcrm.lib.admin.site import PEOPLE, Notice, waits_for_a_person
from leadcrm.lib.admin.words import DASH, badge, moment

LEVELS = {
    WarningState.WAITING: "info", WarningState.SENDING: "info", WarningState.SENT: "good", WarningState.FAILED: "bad",
    WarningState.UNKNOWN: "warn", WarningState.DROPPED: "plain",
}  # fmt: skip


@admin.register(LicenseWarning)
class LicenseWarningDesk(ReadOnlyMixin, BigDesk):
    """Mails about licenses that end. Written by the product alone."""

    group = PEOPLE
    rank = 31
    title = "Mails about ending licenses"
    blurb = "Who was told 30, 14, 7 and 1 days before which license ends, and which mail did not go out."
    list_display = ("what", "expires_on", "days", "recipient", "state_badge", "at", "error")
    list_select_related = ("recipient",)
    list_filter = ("state", "days")
    ordering = ("-id",)
    sortable_by = ()
    search_fields = ("recipient__email",)
    search_help_text = "E-mail address of the reader."
    fields = (("what", "expires_on", "days"), ("recipient", "state_badge", "at"), ("attempts", "error"))
    readonly_fields = ("what", "expires_on", "days", "recipient", "state_badge", "at", "attempts", "error")

    @admin.display(description="state")
    def state_badge(self, row: LicenseWarning) -> str:
        """Where it stands."""
        return badge(row.get_state_display(), LEVELS[WarningState(row.state)])

    @admin.display(description="sent")
    def at(self, row: LicenseWarning) -> str:
        """When, agency time."""
        return moment(row.sent_at) if row.sent_at else DASH


@waits_for_a_person
def mails_that_did_not_go_out(request: HttpRequest) -> list[Notice]:
    """Warnings of the last month that the mail server refused for good."""
    user: Any = request.user
    if not user.has_perm("agents.view_licensewarning"):
        return []
    lately = timezone.now() - timedelta(days=30)
    count = LicenseWarning.objects.filter(state=WarningState.FAILED, created_at__gte=lately).count()
    address = f"{reverse('admin:agents_licensewarning_changelist')}?state__exact=failed"
    what = f"mail{'' if count == 1 else 's'} about ending licenses could not be sent"
    return [Notice(str(count), what, address)] if count else []
