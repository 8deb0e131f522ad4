"""Filters over posts, the same for the vendor's list, the pages and the exports."""

import django_filters
from django.db.models import QuerySet

from intake.models import Submission, SubmissionState

STATES = {
    "accepted": [SubmissionState.ACCEPTED],
    "rejected": [SubmissionState.REJECTED],
    "pending": [SubmissionState.WAITING, SubmissionState.HELD, SubmissionState.FAILED],
    "error": [SubmissionState.UNREADABLE],
}


class SubmissionFilter(django_filters.FilterSet):  # type: ignore[misc]
    """`status`, `reason`, `since` and `until` (aware ISO moments; received at or after, before)."""

    status = django_filters.ChoiceFilter(choices=[(word, word) for word in STATES], method="by_status")
    reason = django_filters.CharFilter(max_length=24)
    since = django_filters.IsoDateTimeFilter(field_name="received_at", lookup_expr="gte")
    until = django_filters.IsoDateTimeFilter(field_name="received_at", lookup_expr="lt")

    class Meta:
        model = Submission
        fields: tuple[str, ...] = ()

    def by_status(self, queryset: QuerySet[Submission], name: str, value: str) -> QuerySet[Submission]:
        """Posts whose state is told as `value`."""
        return queryset.filter(state__in=STATES[value])
