"""Filters of the list of leads; as they stand in the address, a filtered list can be kept as a bookmark."""

from datetime import date, datetime, time, timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from intake.models import Lead, LeadStatus, Vertical
from leadcrm.lib.places import STATE_CHOICES
from leadcrm.models import User


def _verticals(request: Any) -> QuerySet[Vertical]:
    return Vertical.objects.all()


class LeadFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Stage, state, product and the days of arrival (whole days in the agency's time zone)."""

    status = django_filters.ChoiceFilter(choices=LeadStatus.choices, label="Stage", empty_label="Any stage")
    state = django_filters.ChoiceFilter(choices=STATE_CHOICES, label="State", empty_label="Any state")
    vertical = django_filters.ModelChoiceFilter(
        queryset=_verticals,
        to_field_name="code",
        method="of_vertical",
        label="Product",
        empty_label="Any product",
    )
    owner = django_filters.ModelChoiceFilter(
        queryset=User.objects.none(), label="Owner", empty_label="Any owner"
    )
    received_from = django_filters.DateFilter(
        method="from_day", label="Received from", widget=forms.DateInput(attrs={"type": "date"})
    )
    received_to = django_filters.DateFilter(
        method="to_day", label="to", widget=forms.DateInput(attrs={"type": "date"})
    )

    class Meta:
        model = Lead
        fields: list[str] = []

    def __init__(self, *args: Any, owners: QuerySet[User] | None = None, **kwargs: Any) -> None:
        """`owners`: the people whose leads may be told apart here; None hides the field."""
        super().__init__(*args, **kwargs)
        if owners is None:
            del self.filters["owner"]
        else:
            self.filters["owner"].queryset = owners

    def of_vertical(self, leads: QuerySet[Lead], name: str, value: Vertical) -> QuerySet[Lead]:
        """Leads whose interest is that vertical."""
        return leads.filter(interest=value.code)

    def from_day(self, leads: QuerySet[Lead], name: str, value: date) -> QuerySet[Lead]:
        """Leads received on that day or later."""
        return leads.filter(received_at__gte=_midnight(value))

    def to_day(self, leads: QuerySet[Lead], name: str, value: date) -> QuerySet[Lead]:
        """Leads received on that day or before."""
        return leads.filter(received_at__lt=_midnight(value + timedelta(days=1)))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())
