"""Which mail about a new lead went to whom, and which did not go out."""

from django.contrib import admin
from django.http import HttpRequest

from agents.admin.mails import MailDesk, not_sent
from agents.models import Notice
from leadcrm.lib.admin.site import Notice as Waiting
from leadcrm.lib.admin.site import waits_for_a_person
from leadcrm.lib.admin.words import moment


@admin.register(Notice)
class NoticeDesk(MailDesk):
    """Mails about new leads."""

    rank = 72
    noun = ("mail", "mails")
    title = "Mails about new leads"
    blurb = "Who was told by mail of a lead that came while none of their pages was open, and which did not go out."
    list_display = ("what", "user", "state_badge", "made", "at", "attempts", "error")
    list_select_related = ("user",)
    list_filter = ("state",)
    search_fields = ("user__email",)
    fields = (("what", "user"), ("state_badge", "made", "at"), ("attempts", "error"))
    readonly_fields = ("what", "user", "state_badge", "made", "at", "attempts", "error")

    @admin.display(description="lead")
    def what(self, row: Notice) -> str:
        """Its number."""
        return f"A-{row.lead_id}"

    @admin.display(description="noted")
    def made(self, row: Notice) -> str:
        """When, agency time."""
        return moment(row.created_at)


@waits_for_a_person
def mails_that_did_not_go_out(request: HttpRequest) -> list[Waiting]:
    """Mails of the last day that the mail server refused for good."""
    return not_sent(request, Notice.objects.all(), "new leads", since="due_at", days=1)
