"""Leads that became listed after they were bought, and when that was last looked at."""

from django.urls import reverse

from compliance.desk.section import ROWS, Section, Span
from compliance.models import ListedLead
from compliance.rescrub import last_run
from leadcrm.lib.admin.words import link, moment
from leadcrm.lib.counts import counted, up_to

LIMIT = 1000


def became_listed(span: Span) -> Section:
    """Open entries, the newest first: their leads are out of the queue."""
    held = ListedLead.objects.filter(cleared_at__isnull=True)
    count = counted(held, LIMIT)
    newest = held.select_related("lead", "dnc_list").order_by("-found_at")[:ROWS]
    run = last_run()
    looked = f"Last looked {moment(run.started_at)}." if run else "Open leads were never asked about again."
    return Section(
        key="became-listed",
        title="Became listed",
        figure=up_to(LIMIT, count),
        says=f"{'entry' if count == 1 else 'entries'} of open leads that are listed since they were bought. {looked}"
        if count
        else f"No open lead became listed. {looked}",
        level="warn" if count else "good",
        head=("Lead", "List", "Found"),
        rows=[(link(row.lead), str(row.dnc_list), moment(row.found_at)) for row in newest],
        url=f"{reverse('admin:compliance_listedlead_changelist')}?held=yes",
        link="All entries",
    )
