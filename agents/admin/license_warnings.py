"""Which mail about ending licenses went to whom, and which did not go out."""

from django.contrib import admin
from django.http import HttpRequest

from agents.admin.mails import MailDesk, not_sent
from agents.models import LicenseWarning
from leadcrm.lib.admin.site import Notice, waits_for_a_person


@admin.register(LicenseWarning)
class LicenseWarningDesk(MailDesk):
    """Mails about licenses that end."""

    rank = 71
    noun = ("mail", "mails")
    title = "Mails about ending licenses"
    blurb = "Who was told 30, 14, 7 and 1 days before which license ends, and which mail did not go out."
    list_display = ("what", "expires_on", "days", "recipient", "state_badge", "at", "error")
    list_select_related = ("recipient",)
    list_filter = ("state", "days")
    search_fields = ("recipient__email",)
    fields = (("what", "expires_on", "days"), ("recipient", "state_badge", "at"), ("attempts", "error"))
    readonly_fields = ("what", "expires_on", "days", "recipient", "state_badge", "at", "attempts", "error")


@waits_for_a_person
def mails_that_did_not_go_out(request: HttpRequest) -> list[Notice]:
    """Warnings of the last month that the mail server refused for good."""
    return not_sent(request, LicenseWarning.objects.all(), "ending licenses", since="created_at", days=30)
