"""Filters of the list of leads; as they stand in the address, a filtered list can be kept as a bookmark.

Each filter has an index behind it, or narrows what another one's index finds (agents/tests/test_list_filters.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode

import django_filters
from django import forms
from django.db.models import Model, Q, QuerySet
from django.forms import BoundField
from django.utils import timezone

from agents.ages import AGES
from agents.models import FollowUp
from intake.models import OPEN_STATUSES, Lead, LeadStatus, Source, Vendor, Vertical
from leadcrm.lib.clock import date_words
from leadcrm.lib.places import STATE_CHOICES
from leadcrm.models import User

# More than there ever are.
_ALL: Final = 1_000_000_000
# Stands for all stages in which a lead is worked.
OPEN: Final = "open"
# For those who see leads of several people.
OF_SEVERAL: Final = ("owner", "vendor", "source")
# Always in sight; the others are one click away.
FIRST: Final = ("status", "state", "vertical", "owner", "received_from", "received_to")
TRIES: Final = {
    "none": ("No tries", Q(attempts=0)),
    "few": ("1 or 2 tries", Q(attempts__in=(1, 2))),
    "many": ("3 tries or more", Q(attempts__gte=3)),
}


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on: `label` names it, `text` what was chosen, `query` the address without it."""

    label: str
    text: str
    query: str


def _verticals(request: Any) -> QuerySet[Vertical]:
    return Vertical.objects.all()


def _sources(request: Any) -> QuerySet[Source]:
    return Source.objects.select_related("vendor").order_by("vendor__name", "name")


def _vendors(request: Any) -> QuerySet[Vendor]:
    return Vendor.objects.order_by("name")


def _day(**more: Any) -> Any:
    return django_filters.DateFilter(widget=forms.DateInput(attrs={"type": "date"}), **more)


class LeadFilter(django_filters.FilterSet):  # type: ignore[misc]  # the library has no types
    """Stage, state, product, whose, when it came (whole days of the agency), what was done with it, from whom."""

    status = django_filters.ChoiceFilter(
        choices=[*LeadStatus.choices, (OPEN, "Open (new, contacted, quoted)")],
        method="of_stage",
        label="Stage",
        empty_label="Any stage",
    )
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
    received_from = _day(method="from_day", label="Received from")
    received_to = _day(method="to_day", label="to")
    touched = django_filters.ChoiceFilter(
        choices=[("no", "Untouched"), ("old", "Untouched, from a file of old leads"), ("yes", "Touched")],
        method="of_touch",
        label="Touched",
        empty_label="Touched or not",
    )
    arrived = django_filters.ChoiceFilter(
        choices=[(key, age.words) for key, age in AGES.items()],
        method="of_age",
        label="Came",
        empty_label="Whenever",
    )
    tries = django_filters.ChoiceFilter(
        choices=[(key, words) for key, (words, _) in TRIES.items()],
        method="of_tries",
        label="Tries",
        empty_label="Any number",
    )
    planned = django_filters.ChoiceFilter(
        choices=[("yes", "Something planned"), ("no", "Nothing planned")],
        method="of_plans",
        label="Follow-ups",
        empty_label="Planned or not",
    )
    vendor = django_filters.ModelChoiceFilter(queryset=_vendors, label="Vendor", empty_label="Any vendor")
    source = django_filters.ModelChoiceFilter(queryset=_sources, label="Source", empty_label="Any source")

    class Meta:
        model = Lead
        fields: list[str] = []

    def __init__(self, *args: Any, owners: QuerySet[User] | None = None, **kwargs: Any) -> None:
        """`owners`: the people whose leads may be told apart here; None (who sees the own only) hides OF_SEVERAL."""
        super().__init__(*args, **kwargs)
        if owners is None:
            for name in OF_SEVERAL:
                del self.filters[name]
        else:
            self.filters["owner"].queryset = owners

    def of_stage(self, leads: QuerySet[Lead], name: str, value: str) -> QuerySet[Lead]:
        """Leads of that stage, or of one of the open ones."""
        return leads.filter(status__in=OPEN_STATUSES) if value == OPEN else leads.filter(status=value)

    def of_vertical(self, leads: QuerySet[Lead], name: str, value: Vertical) -> QuerySet[Lead]:
        """Leads whose interest is that vertical."""
        return leads.filter(interest=value.code)

    def from_day(self, leads: QuerySet[Lead], name: str, value: date) -> QuerySet[Lead]:
        """Leads received on that day or later."""
        return leads.filter(received_at__gte=_midnight(value))

    def to_day(self, leads: QuerySet[Lead], name: str, value: date) -> QuerySet[Lead]:
        """Leads received on that day or before."""
        return leads.filter(received_at__lt=_midnight(value + timedelta(days=1)))

    def of_touch(self, leads: QuerySet[Lead], name: str, value: str) -> QuerySet[Lead]:
        """Leads that somebody worked, or that nobody did."""
        # Every try is a touch: with this the index of untried leads serves both filters.
        return (
            leads.exclude(touched_at=None)
            if value == "yes"
            else leads.filter(touched_at__isnull=True, attempts=0, backlog=value == "old")
        )

    def of_age(self, leads: QuerySet[Lead], name: str, value: str) -> QuerySet[Lead]:
        """Leads that came so long ago, as of now."""
        return leads.filter(AGES[value].of(timezone.now()))

    def of_tries(self, leads: QuerySet[Lead], name: str, value: str) -> QuerySet[Lead]:
        """Leads that were tried so often."""
        return leads.filter(TRIES[value][1])

    def of_plans(self, leads: QuerySet[Lead], name: str, value: str) -> QuerySet[Lead]:
        """Leads with an open follow-up, whoever is to do it, or without."""
        planned = FollowUp.objects.filter(done_at__isnull=True).order_by().values("lead")
        if value == "no":
            return leads.exclude(pk__in=planned)
        return leads.filter(pk__in=planned if self._planned_are_near() else planned[:_ALL])

    def _planned_are_near(self) -> bool:
        """True where something is planned for many of the leads in the list, so that those are soon met.

        Else (lost leads, old ones) the walk might be long and meet none: then those with a plan are found first and
        as a whole, which a limit asks for.
        """
        asked = self.form.cleaned_data
        return asked.get("status", "") in ("", OPEN, *OPEN_STATUSES) and not asked.get("received_to")

    @property
    def first(self) -> list[BoundField]:
        """The fields that are always in sight."""
        return [field for field in self.form if field.name in FIRST]

    @property
    def more(self) -> list[BoundField]:
        """The others."""
        return [field for field in self.form if field.name not in FIRST]

    @property
    def more_on(self) -> bool:
        """True where one of the others is filled: then they are in sight too."""
        return any(field.value() for field in self.more)

    def chips(self) -> Iterator[Chip]:
        """What is on, in the order of the form. Nothing for what cannot be read: its field says so."""
        asked = {name: self.data[name] for name in self.filters if self.data.get(name)}
        self.is_valid()
        for name in asked:
            if value := self.form.cleaned_data.get(name):
                label = _LABELS.get(name) or str(self.filters[name].label)
                rest = urlencode([(key, text) for key, text in asked.items() if key != name])
                yield Chip(label, self._words(name, value), rest)

    def _words(self, name: str, value: Any) -> str:
        if isinstance(value, date):
            return f"{_DAYS[name]} {date_words(value)}"
        choices = getattr(self.form.fields[name], "choices", ())
        return str(value) if isinstance(value, Model) else str(dict(choices).get(value, value))


# Where the form's label does not stand by itself, and what is said of a day.
_LABELS: Final = {"received_to": "Received to"}
_DAYS: Final = {"received_from": "From", "received_to": "Through"}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=timezone.get_default_timezone())
