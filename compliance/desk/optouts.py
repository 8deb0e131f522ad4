"""People who asked not to be contacted any more."""

from django.db.models import Count
from django.urls import reverse

from compliance.desk.section import ROWS, Section, Span, bar
from compliance.models import Suppression, SuppressionKind
from leadcrm.templatetags.ui import words


def opt_outs(span: Span) -> Section:
    """Requests of the days looked at, by the way they came in."""
    asked = Suppression.objects.filter(kind=SuppressionKind.INTERNAL, added_at__gt=span.since)
    counts = asked.order_by().values("channel").annotate(n=Count("pk")).values_list("channel", "n")
    found = sorted(counts, key=lambda item: -item[1])
    total = sum(count for _, count in found)
    return Section(
        key="opt-outs",
        title="Opt-outs",
        figure=f"{total:,}",
        says=f"numbers and addresses put on our own list {span.words}"
        if total
        else f"Nobody asked {span.words}.",
        head=("Came in by", "", "Entries"),
        rows=[(words(channel) or "Not said", bar(n, found[0][1]), f"{n:,}") for channel, n in found[:ROWS]],
        url=reverse("admin:compliance_suppression_changelist"),
        link="Our own list",
        counts=True,
    )
