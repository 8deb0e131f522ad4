"""What of a lead people may correct, and how each thing reads before they do."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from intake.models import AttributeKind, Gender, Lead, VerticalAttribute
from intake.sources import AttributeRule, rule_of
from leadcrm.lib.places import STATE_CHOICES

ATTRIBUTE: Final = "attributes."
# Fields by name, as PostedLead names them, with their words. Columns have the same names, but for those in JOINED.
LABELS: Final[Mapping[str, str]] = {
    "first_name": "First name", "last_name": "Last name", "phone": "Phone", "phone_2": "Second phone",
    "email": "E-mail", "address": "Address", "address_2": "Apartment, suite", "city": "City", "state": "State",
    "zip": "ZIP", "date_of_birth": "Date of birth", "gender": "Gender",
}  # fmt: skip
# Words for what only the history tells apart.
EXTENSION: Final = "phone_extension"
# What may be corrected but not taken away: a lead cannot be called, found or routed without it.
NEEDED: Final = frozenset({"phone", "state"})
Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Editable:
    """One thing that may be corrected. `text` is how it reads now, fit to be typed over; `rule`: an attribute's."""

    name: str
    label: str
    text: str
    kind: AttributeKind
    choices: Choices = ()
    rule: AttributeRule | None = None

    def mark(self, lead: Lead) -> str:
        """A digest of what the field says, for a form to carry: whoever sends it back has seen this text."""
        return mark(lead, self.name, self.text)


def mark(lead: Lead, name: str, text: str) -> str:
    """The mark of `text` in the field `name` of `lead`. Blanks around and runs of blanks make no difference."""
    told = f"{lead.pk}:{name}:{' '.join(text.split())}"
    return hashlib.blake2b(told.encode(), digest_size=9).hexdigest()


def editables(lead: Lead) -> list[Editable]:
    """All that may be corrected, in the order people read it: the person, then the product's attributes. One query.

    Lists of objects (drivers, vehicles) and attributes that the vertical no longer declares are not among them.
    """
    plain = [
        Editable(name, label, _text(lead, name), _KINDS.get(name, AttributeKind.TEXT), _CHOICES.get(name, ()))
        for name, label in LABELS.items()
    ]
    return [*plain, *_attributes(lead)]


def history_of(lead: Lead, fields: Iterable[Editable]) -> dict[str, str]:
    """What the history says of each field, by name: as people read it, but numbers as they are stored (E.164)."""
    told = {field.name: field.text for field in fields}
    return {**told, "phone": lead.phone, EXTENSION: lead.phone_extension, "phone_2": lead.phone_2}


def field_label(name: str) -> str:
    """The words for a field of the history."""
    if name == EXTENSION:
        return "Extension"
    return LABELS.get(name) or _words(name.removeprefix(ATTRIBUTE))


_KINDS: Final = {
    "date_of_birth": AttributeKind.DATE, "gender": AttributeKind.CHOICE, "state": AttributeKind.CHOICE,
}  # fmt: skip
_CHOICES: Final[Mapping[str, Choices]] = {
    "gender": tuple((str(value), str(label)) for value, label in Gender.choices),
    "state": tuple((code, f"{code}, {name}") for code, name in STATE_CHOICES),
}
_YES_NO: Final[Choices] = (("yes", "Yes"), ("no", "No"))


def _text(lead: Lead, name: str) -> str:
    if name == "phone":
        extension = f" ext. {lead.phone_extension}" if lead.phone_extension else ""
        return _national(lead.phone) + extension
    if name == "phone_2":
        return _national(lead.phone_2)
    if name == "zip":
        return f"{lead.zip}-{lead.zip_plus4}" if lead.zip_plus4 else lead.zip
    if name == "date_of_birth":
        return lead.date_of_birth.isoformat() if lead.date_of_birth else ""
    return str(getattr(lead, name))


def _national(e164: str) -> str:
    digits = e164.removeprefix("+1")
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}" if len(digits) == 10 else e164


def _attributes(lead: Lead) -> list[Editable]:
    declared = VerticalAttribute.objects.filter(vertical__code=lead.interest).exclude(kind=AttributeKind.LIST)
    found = []
    for row in declared:
        value = lead.attributes.get(row.name)
        if isinstance(value, list) or (isinstance(value, dict) and not set(value) <= {"low", "high"}):
            continue
        rule = rule_of(row)
        text = _attribute_text(value)
        name = f"{ATTRIBUTE}{row.name}"
        found.append(Editable(name, _words(row.name), text, rule.kind, _attribute_choices(row, text), rule))
    return found


def _attribute_choices(row: VerticalAttribute, text: str) -> Choices:
    """The words to choose from; one that stands there already stays on offer, though it is allowed no more."""
    if row.kind == AttributeKind.BOOLEAN:
        offered = _YES_NO
    elif row.kind == AttributeKind.CHOICE:
        offered = tuple((word.lower(), _words(word)) for word in row.choices)
    else:
        return ()
    return offered if not text or text in dict(offered) else ((text, _words(text)), *offered)


def _attribute_text(value: Any) -> str:
    """As intake.understanding reads it back: yes, 10000 to 20000, 20000 or more, up to 5000."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        low, high = value.get("low"), value.get("high")
        if low is not None and high is not None:
            return f"{low} to {high}"
        return f"{low} or more" if high is None else f"up to {high}"
    return str(value)


def _words(name: str) -> str:
    return name.replace("_", " ").strip().capitalize()
