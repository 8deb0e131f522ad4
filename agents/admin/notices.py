"""Which mail about a new lead went to whom, and which did not go out."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from agents.models import Notice, NoticeState
from leadcrm.lib.admin.desk import BigDesk, ReadOnlyMixin
from leadcrm.lib.admin.site import PEOPLE, waits_for_a_person
from leadcrm.lib.admin.site import Notice as Waiting
from leadcrm.lib.admin.words import DASH, badge, moment

LEVELS = {
    NoticeState.WAITING: "info", NoticeState.SENDING: "info", NoticeState.SENT: "good", NoticeState.FAILED: "bad",
    NoticeState.UNKNOWN: "warn", NoticeState.DROPPED: "plain",
}  # fmt: skip


@admin.register(Notice)
class NoticeDesk(ReadOnlyMixin, BigDesk):
    """Mails about new leads. Written by the product alone."""

    group = PEOPLE
    rank = 32
    title = "Mails about new leads"
    blurb = "Who was told by mail of a lead that came while none of their pages was open, and which did not go out."
    list_display = ("what", "user", "state_badge", "made", "at", "attempts", "error")
    list_select_related = ("user",)
    list_filter = ("state",)
    ordering = ("-id",)
    sortable_by = ()
    search_fields = ("user__email",)
    search_help_text = "E-mail address of the reader."
    fields = (("what", "user"), ("state_badge", "made", "at"), ("attempts", "error"))
    readonly_fields = ("what", "user", "state_badge", "made", "at", "attempts", "error")

    @admin.display(description="lead")
    def what(self, row: Notice) -> str:
        """Its number."""
        return f"A-{row.lead_id}"

    @admin.display(description="state")
    def state_badge(self, row: Notice) -> str:
        """Where it stands."""
        return badge(row.get_state_display(), LEVELS[NoticeState(row.state)])

    @admin.display(description="noted")
    def made(self, row: Notice) -> str:
        """When, agency time."""
        return moment(row.created_at)

    @admin.display(description="sent")
    def at(self, row: Notice) -> str:
        """When, agency time."""
        return moment(row.sent_at) if row.sent_at else DASH


@waits_for_a_person
def mails_that_did_not_go_out(request: HttpRequest) -> list[Waiting]:
    """Mails of the last day that the mail server refused for good."""
    user: Any = request.user
    if not user.has_perm("agents.view_notice"):
        return []
    lately = timezone.now() - timedelta(days=1)
    count = Notice.objects.filter(state=NoticeState.FAILED, due_at__gte=lately).count()
    address = f"{reverse('admin:agents_notice_changelist')}?state__exact=failed"
    what = f"mail{'' if count == 1 else 's'} about new leads could not be sent"
    return [Waiting(str(count), what, address)] if count else []
