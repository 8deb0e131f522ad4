"""Calls and texts that agents asked for, and what stood against those that were refused."""

from typing import Final

from django.db import connection
from django.db.models import Count, Q
from django.urls import reverse

from compliance.calling.permission import REASONS
from compliance.desk.section import ROWS, Section, Span, bar
from compliance.models import ContactDecision

# Every reason of every refusal: an array of objects, of which the code is counted.
_BY_REASON: Final = """
SELECT reason ->> 'code' AS code, count(*) FROM compliance_contactdecision, jsonb_array_elements(reasons) AS reason
WHERE at > %s AND NOT allowed GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %s
"""


def calls(span: Span) -> Section:
    """How many were allowed and refused in the days looked at, and each reason. Two indexed counts."""
    asked = ContactDecision.objects.filter(at__gt=span.since).order_by()
    counted = asked.aggregate(all=Count("pk"), refused=Count("pk", filter=Q(allowed=False)))
    refused = counted["refused"]
    with connection.cursor() as cursor:
        cursor.execute(_BY_REASON, [span.since, ROWS])
        found = cursor.fetchall() if refused else []
    return Section(
        key="calls",
        title="Calls refused",
        figure=f"{refused:,}",
        says=f"of {counted['all']:,} calls and texts asked for {span.words}"
        if counted["all"]
        else f"Nobody asked to call {span.words}.",
        head=("Reason", "", "Calls"),
        rows=[(REASONS.get(code, code), bar(count, found[0][1]), f"{count:,}") for code, count in found],
        url=f"{reverse('admin:compliance_contactdecision_changelist')}?allowed__exact=0",
        link="Refused calls",
        counts=True,
    )
