"""Searching tables with millions of rows: by what has an index, exactly, or not at all."""

import re
from typing import Any, ClassVar, Final

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from intake.models import Source, Submission
from intake.queries import has_number
from leadcrm.lib.keys import key_from, uuid_from
from leadcrm.templatetags.ui import phone

_NUMBER: Final = re.compile(r"(?:A-?)?([0-9]+)", re.IGNORECASE)
_PHONE: Final = re.compile(r"[+\d().\-\s/]{10,20}")


class ByLeadNumber:
    """Before BigDesk among the bases of a desk whose rows are about leads: they are found by a lead's number, A-123.

    `lead_paths` are the fields that lead to it; a row is found by any of them, and by nothing else.
    """

    search_fields: ClassVar[Any] = ("pk",)
    search_help_text: ClassVar[Any] = "Lead number (A-123)."
    lead_paths: ClassVar[tuple[str, ...]] = ("lead",)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Exact, by what has an index."""
        if not search_term.strip():
            return queryset, False
        number = lead_number(search_term)
        means = Q(*((path, number) for path in self.lead_paths), _connector=Q.OR)
        return queryset.filter(means), False


class PhoneColumn:
    """Among the bases of a desk whose rows have a `phone`: shown as people write it."""

    @admin.display(description="phone")
    def phone_text(self, row: Any) -> str:
        """(512) 555-0142."""
        return phone(row.phone)


class ByPhone(PhoneColumn):
    """Before BigDesk among the bases of a desk whose rows have a `phone`: they are found by it, whole, and only so."""

    search_fields: ClassVar[Any] = ("pk",)
    search_help_text: ClassVar[Any] = "Phone, whole."

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Exact, by the index of phones."""
        if not search_term.strip():
            return queryset, False
        digits = phone_digits(search_term)
        return queryset.filter(phone=f"+1{digits}") if digits else queryset.none(), False


def find_submissions(rows: QuerySet[Submission], term: str) -> QuerySet[Submission]:
    """Those of `rows` that `term` names: its id, the number of its lead (A-123), the vendor's lead id."""
    key = uuid_from(term)
    means = Q(pk=key) if key else Q(pk__in=[])
    if number := lead_number(term):
        means |= Q(lead_number=number)
    return rows.filter(means | _vendor_lead_id(term))


def find_leads(rows: QuerySet[Any], term: str) -> QuerySet[Any]:
    """Those of `rows` that `term` names: number, phone, e-mail, or the vendor's lead id."""
    if "@" in term:
        return rows.filter(email=term.strip().lower())
    if (national := phone_digits(term)) is not None:
        return rows.filter(has_number(f"+1{national}"))
    posts = Submission.objects.filter(_vendor_lead_id(term)).order_by()
    means = Q(submission_id__in=list(posts.values_list("pk", flat=True)[:1000]))
    if number := lead_number(term):
        means |= Q(pk=number)
    return rows.filter(means)


def lead_number(term: str) -> int:
    """123 from “A-123”, “a123” or “123”; 0, which no lead has, from anything else."""
    found = _NUMBER.fullmatch(term.strip())
    return key_from(found[1]) if found else 0


def phone_digits(term: str) -> str | None:
    """The ten digits of a phone number in any notation, else None."""
    if not _PHONE.fullmatch(term.strip()):
        return None
    digits = re.sub(r"\D", "", term)
    national = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    return national if len(national) == 10 else None


def _vendor_lead_id(term: str) -> Q:
    """The index leads with the source, so every source is asked: a few hundred probes instead of a scan."""
    sources = list(Source.objects.order_by().values_list("pk", flat=True))
    return Q(source__in=sources, vendor_lead_id=term.strip()[:128]) & ~Q(vendor_lead_id="")
