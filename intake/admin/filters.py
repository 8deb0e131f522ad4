"""Filters of the big lists. Each is worded so that an index serves it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from intake.models import Lead, Source, Vendor
from intake.queries import not_given_out, without_owner
from intake.reasons import said
from leadcrm.lib.admin.choosing import ChoiceFilter, first_with
from leadcrm.lib.clock import day_words, time_words

# A moment in an address, and what stands between two.
_MOMENT: Final = "%Y-%m-%dT%H:%M:%SZ"
_TO: Final = ".."


class SourceFilter(ChoiceFilter):
    """Sources by vendor and name."""

    def offered(self, chosen: str | None) -> Iterable[Source]:
        """All of them: what came from one that ended is looked at, too."""
        rows = Source.objects.select_related("vendor").order_by("vendor__name", "name", "pk")
        return first_with(rows, chosen)


class VendorFilter(ChoiceFilter):
    """Vendors by name."""

    def offered(self, chosen: str | None) -> Iterable[Vendor]:
        """All of them."""
        return first_with(Vendor.objects.order_by("name", "pk"), chosen)


class ReasonFilter(admin.SimpleListFilter):
    """By first reason code."""

    title = "reason"
    parameter_name = "reason"
    codes = (
        "missing_field", "invalid_field", "invalid_phone", "invalid_email", "duplicate", "filter_mismatch",
        "suppressed_dnc", "suppressed_litigator", "suppressed_internal", "consent_missing",
        "consent_invalid", "consent_expired", "lead_too_old", "cap_reached", "closed", "no_agent",
        "price_too_high", "ping_unknown", "ping_expired",
        "ping_mismatch", "source_paused", "check_unavailable",
    )  # fmt: skip

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The contract's codes, in words."""
        return [(code, said(code)) for code in self.codes]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Any code may be asked for by address."""
        return queryset.filter(reason=self.value()) if self.value() else queryset


class WithoutOwner(admin.SimpleListFilter):
    """Open leads that nobody works."""

    title = "need"
    parameter_name = "owned"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Questions which have an index of their own."""
        return [
            ("no", "An owner: open leads nobody has"),
            ("imported", "Giving out: old leads from files"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lead]) -> QuerySet[Lead]:
        """Worded as the index is."""
        if self.value() == "imported":
            return not_given_out(queryset)
        return without_owner(queryset) if self.value() == "no" else queryset


class ReceivedFilter(admin.SimpleListFilter):
    """By day of arrival, agency time; an address may ask for any span: see `between`."""

    title = "received"
    parameter_name = "received"
    # What it asks of the row; an index begins with it.
    moment = "received_at"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Spans that are asked for daily, and the one that the address asks for."""
        asked = _asked(self.value())
        return [
            ("today", "Today"),
            ("yesterday", "Yesterday"),
            ("week", "Last 7 days"),
            ("month", "Last 30 days"),
            *([(str(self.value()), _words(*asked))] if asked else []),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """A range of the index."""
        span = _span(self.value(), timezone.localtime())
        if span is None:
            return queryset
        return queryset.filter(**{f"{self.moment}__gte": span[0], f"{self.moment}__lt": span[1]})


def between(since: datetime, until: datetime) -> str:
    """What ReceivedFilter takes in an address for arrivals from `since` to before `until` (aware; whole seconds)."""
    return f"{since.astimezone(UTC):{_MOMENT}}{_TO}{until.astimezone(UTC):{_MOMENT}}"


def _asked(word: str | None) -> tuple[datetime, datetime] | None:
    """What `between` wrote; None for anything else."""
    since, _, until = (word or "").partition(_TO)
    try:
        first, last = (datetime.strptime(at, _MOMENT).replace(tzinfo=UTC) for at in (since, until))
    except ValueError:
        return None
    return first, last


def _words(since: datetime, until: datetime) -> str:
    """Nov 29, 12:10 PM to 1:15 PM, in the agency's zone."""
    first, last = timezone.localtime(since), timezone.localtime(until)
    beyond = "" if first.date() == last.date() else f"{day_words(last)}, "
    return f"{day_words(first)}, {time_words(first)} to {beyond}{time_words(last)}"


def _span(word: str | None, now: datetime) -> tuple[datetime, datetime] | None:
    if asked := _asked(word):
        return asked
    today = timezone.make_aware(datetime.combine(now.date(), datetime.min.time()))
    yesterday = timezone.make_aware(datetime.combine(now.date() - timedelta(days=1), datetime.min.time()))
    far = now + timedelta(days=1)
    spans = {
        "today": (today, far), "yesterday": (yesterday, today),
        "week": (now - timedelta(days=7), far), "month": (now - timedelta(days=30), far),
    }  # fmt: skip
    return spans.get(word or "")
