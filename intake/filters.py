"""Filters over posts, the same for the vendor's list, the pages and the exports."""

from datetime import UTC, datetime
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django_filters.fields import IsoDateTimeField

from intake.models import Return, ReturnReason, ReturnState, Submission, SubmissionState

STATES = {
    "accepted": [SubmissionState.ACCEPTED],
    "rejected": [SubmissionState.REJECTED],
    "pending": [SubmissionState.WAITING, SubmissionState.HELD, SubmissionState.FAILED],
    "error": [SubmissionState.UNREADABLE],
}


class MomentField(IsoDateTimeField):  # type: ignore[misc]
    """An ISO moment, told in UTC, since PostgreSQL knows no offset of sixteen hours or more."""

    def to_python(self, value: Any) -> datetime | None:
        """The moment, None for none. Raises ValidationError also for one before or behind all calendars."""
        found: datetime | None = super().to_python(value)
        try:
            return found.astimezone(UTC) if found else None
        except OverflowError:
            raise ValidationError("Lies outside of the calendar.") from None


class MomentFilter(django_filters.IsoDateTimeFilter):  # type: ignore[misc]
    """A filter by a moment."""

    field_class = MomentField


class SubmissionFilter(django_filters.FilterSet):  # type: ignore[misc]
    """`status`, `reason`, `since` and `until` (aware ISO moments; received at or after, before)."""

    status = django_filters.ChoiceFilter(choices=[(word, word) for word in STATES], method="by_status")
    reason = django_filters.CharFilter(max_length=24)
    since = MomentFilter(field_name="received_at", lookup_expr="gte")
    until = MomentFilter(field_name="received_at", lookup_expr="lt")

    class Meta:
        model = Submission
        fields: tuple[str, ...] = ()

    def by_status(self, queryset: QuerySet[Submission], name: str, value: str) -> QuerySet[Submission]:
        """Posts whose state is told as `value`."""
        return queryset.filter(state__in=STATES[value])


class ReturnFilter(django_filters.FilterSet):  # type: ignore[misc]
    """`state`, `reason`, `since` and `until` (aware ISO moments; asked at or after, before)."""

    state = django_filters.ChoiceFilter(choices=ReturnState.choices)
    reason = django_filters.ChoiceFilter(choices=ReturnReason.choices)
    since = MomentFilter(field_name="asked_at", lookup_expr="gte")
    until = MomentFilter(field_name="asked_at", lookup_expr="lt")

    class Meta:
        model = Return
        fields: tuple[str, ...] = ()
