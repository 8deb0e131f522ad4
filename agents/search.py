"""What the search box finds, and what of each lead it was that matched."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agents.queries import SEARCH_LIMIT, SHORTEST_ID, leads_insured_by, search_leads
from intake.models import Lead
from leadcrm.models import User
from leadcrm.templatetags.ui import phone

_FEWEST_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, newest first; `matched` says by lead key what it was. `more`: not all fit."""

    leads: Sequence[Lead]
    matched: dict[int, str]
    more: bool


def find(*, user: User, words: str) -> Found:
    """The first SEARCH_LIMIT of the leads `user` may see that `words` mean. Three queries at most."""
    leads = list(search_leads(user, words).select_related("owner")[: SEARCH_LIMIT + 1])
    words = " ".join(words.split())
    is_number = bool(leads) and len(words) >= SHORTEST_ID and "@" not in words
    insured = set(leads_insured_by(words)) if is_number else set()
    shown = leads[:SEARCH_LIMIT]
    return Found(shown, {lead.pk: _what(lead, words, insured) for lead in shown}, len(leads) > SEARCH_LIMIT)


def _what(lead: Lead, words: str, insured: set[int]) -> str:
    """In words, what of `lead` matched; the most exact comes first."""
    digits = re.sub(r"\D", "", words)
    national = digits[1:] if len(digits) > _FEWEST_DIGITS and digits.startswith("1") else digits
    if lead.pk in insured:
        return f"Policy {words.upper()}"
    if lead.vendor_lead_id == words:
        return f"Vendor's id {words}"
    if "@" in words:
        return lead.email
    if re.search(r"[^\W\d_]", re.sub(r"^[aA](?=-?\s*\d)", "", words)):
        return "Name"
    for number in (lead.phone, lead.phone_2):
        if len(national) >= _FEWEST_DIGITS and number.startswith(f"+1{national}"):
            return phone(number)
    return f"ZIP {lead.zip}" if digits == lead.zip else f"Number {lead}"
