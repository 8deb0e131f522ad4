"""Wordings with fields: `Hi {first_name|there}` becomes “Hi Ana”, or “Hi there” where no name is known."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from agents.models import MessageTemplate
from intake.models import Lead
from leadcrm.lib.places import STATE_NAMES
from leadcrm.models import User
from leadcrm.templatetags.ui import phone as phone_words

# What may stand in braces, with what is written where nothing is known and the wording says nothing else.
FIELDS: Final[Mapping[str, str]] = {
    "first_name": "there",
    "last_name": "",
    "full_name": "there",
    "product": "insurance",
    "state": "your state",
    "agent": "your agent",
    "agent_first_name": "your agent",
    "agent_phone": "",
    "agency": "",
}
# Of programs, which are written with a capital wherever they stand.
_NAMES: Final = ("Medicare", "Medicaid", "ACA")
_FIELD: Final = re.compile(r"\{([^{}|]*)(?:\|([^{}]*))?\}")


class UnknownField(ValueError):
    """A wording names a field there is none of; str() says so for people."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A wording made for one lead."""

    subject: str
    body: str


def check_wording(text: str) -> None:
    """Raise UnknownField for a field that is none, or a brace that stands alone."""
    for name, _ in _FIELD.findall(text):
        if name.strip() not in FIELDS:
            known = ", ".join(f"{{{field}}}" for field in FIELDS)
            raise UnknownField(f"“{{{name}}}” is no field. There are: {known}.")
    if re.search(r"[{}]", _FIELD.sub("", text)):
        raise UnknownField(
            "A brace stands alone. Fields are written like {first_name} or {first_name|there}."
        )


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with its fields filled in: the value, else the words behind the bar, else those of FIELDS.

    What an empty value leaves behind (two spaces, a space before a comma) is tidied. Raises UnknownField.
    """
    check_wording(text)

    def value(found: re.Match[str]) -> str:
        name = found[1].strip()
        known = values.get(name, "").strip()
        return known or (found[2] if found[2] is not None else FIELDS[name]).strip()

    filled = _FIELD.sub(value, text)
    return re.sub(r" +([,.!?;:])", r"\1", re.sub(r"[ \t]{2,}", " ", filled)).strip()


def values_for(*, lead: Lead, author: User, product: str) -> dict[str, str]:
    """What the fields mean for `lead` when `author` writes; `product` is the name of the lead's kind of insurance."""
    agent = getattr(author, "agent", None)
    return {
        "first_name": lead.first_name,
        "last_name": lead.last_name,
        "full_name": lead.full_name,
        "product": _inside_a_sentence(product),
        "state": STATE_NAMES.get(lead.state, ""),
        "agent": author.get_full_name(),
        "agent_first_name": author.first_name,
        "agent_phone": phone_words(agent.phone) if agent else "",
        "agency": settings.AGENCY_NAME,
    }


def _inside_a_sentence(name: str) -> str:
    """Final expense as final expense, but Medicare as Medicare and Health (ACA) as health."""
    name = name.partition(" (")[0]
    return name if name.startswith(_NAMES) else name[:1].lower() + name[1:]


def fill_template(template: MessageTemplate, values: Mapping[str, str]) -> Filled:
    """A template of the agency's for one lead. Raises UnknownField, which its form lets nobody save."""
    return Filled(fill(template.subject, values), fill(template.body, values))
