"""How long evidence is kept: counted from the last consent or contact, longer where the law says so."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from django.db.models import Max

from compliance.models import ContactAttempt
from intake.models import ConsentRecord, Lead, Vertical
from leadcrm.lib.pipeline import step

# The Telemarketing Sales Rule wants five years of records (16 CFR 310.5); the TCPA leaves four to sue (28 USC 1658).
YEARS: Final = 5
# Medicare: 42 CFR 422.504(d). Virginia: its law on texts (compliance.md, section 6).
LONG_YEARS: Final = 10
LONG_STATES: Final = frozenset({"VA"})
# Refused posts: long enough to argue with a vendor about a month's bill.
REFUSED_DAYS: Final = 90


def keep_until(leads: Iterable[Lead]) -> dict[int, datetime]:
    """When the evidence of each of `leads` may go, by lead (aware). A constant number of queries."""
    leads = list(leads)
    ids = [lead.pk for lead in leads]
    consents = dict(ConsentRecord.objects.filter(lead__in=ids).values_list("lead", "given_at"))
    tried = ContactAttempt.objects.filter(lead__in=ids).order_by().values("lead").annotate(last=Max("at"))
    contacts = dict(tried.values_list("lead", "last"))
    words = step("last_words")(leads=ids)
    medicare = set(Vertical.objects.filter(is_medicare=True).values_list("code", flat=True))
    found = {}
    for lead in leads:
        moments = [lead.received_at, consents.get(lead.pk), contacts.get(lead.pk), words.get(lead.pk)]
        last = max(moment for moment in moments if moment is not None)
        long = lead.state in LONG_STATES or lead.interest in medicare
        found[lead.pk] = years_after(last, LONG_YEARS if long else YEARS)
    return found


def years_after(moment: datetime, years: int) -> datetime:
    """The same day and time, `years` later (or before, if negative), in UTC; February 29 becomes March 1."""
    utc = moment.astimezone(UTC)
    try:
        return utc.replace(year=utc.year + years)
    except ValueError:
        return utc.replace(year=utc.year + years, month=3, day=1)
