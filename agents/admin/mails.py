"""What the desks of mails to our own people share: where a mail stands, and those that did not go out."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from agents.models import PersonMailState
from agents.models.mails import PersonMail
from leadcrm.lib.admin.desk import BigDesk, ReadOnlyMixin
from leadcrm.lib.admin.site import PEOPLE, Notice
from leadcrm.lib.admin.words import DASH, badge, moment

LEVELS = {
    PersonMailState.WAITING: "info", PersonMailState.SENDING: "info", PersonMailState.SENT: "good",
    PersonMailState.FAILED: "bad", PersonMailState.UNKNOWN: "warn", PersonMailState.DROPPED: "plain",
}  # fmt: skip


class MailDesk(ReadOnlyMixin, BigDesk):
    """Mails that the product writes alone. `search_fields` is the reader's address."""

    group = PEOPLE
    ordering = ("-id",)
    sortable_by = ()
    search_help_text = "E-mail address of the reader."

    @admin.display(description="state")
    def state_badge(self, row: PersonMail) -> str:
        """Where it stands."""
        return badge(PersonMailState(row.state).label, LEVELS[PersonMailState(row.state)])

    @admin.display(description="sent")
    def at(self, row: PersonMail) -> str:
        """When, agency time."""
        return moment(row.sent_at) if row.sent_at else DASH


def not_sent(
    request: HttpRequest, rows: "QuerySet[Any]", about: str, *, since: str, days: int
) -> list[Notice]:
    """For the first page: those of `rows` whose column `since` lies in the last `days` and that were given up."""
    user, options = request.user, rows.model._meta
    if not user.has_perm(f"{options.app_label}.view_{options.model_name}"):
        return []
    lately = {f"{since}__gte": timezone.now() - timedelta(days=days)}
    count = rows.filter(state=PersonMailState.FAILED, **lately).count()
    address = f"{reverse(f'admin:{options.app_label}_{options.model_name}_changelist')}?state__exact=failed"
    what = f"mail{'' if count == 1 else 's'} about {about} could not be sent"
    return [Notice(str(count), what, address)] if count else []
