"""Which of two leads should stay, which values it takes, and the mark of what a person saw of both."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder

from intake.editable import LABELS, NEEDED, editables
from intake.editing import SETTABLE
from intake.models import Lead, LeadStatus

# What goes together: a number with its extension, a ZIP with its last four digits.
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "phone": ("phone", "phone_extension"), "zip": ("zip", "zip_plus4"),
}  # fmt: skip
# As the second number: the first one of the lead whose number is not kept as the first.
SPARE: Final = "spare"
_RANK: Final = {LeadStatus.SOLD: 3, LeadStatus.QUOTED: 2, LeadStatus.CONTACTED: 1, LeadStatus.NEW: 0}


@dataclass(frozen=True, slots=True)
class Field:
    """One contact field of two leads. `options` are (value of a form, words), the suggested one first named `best`."""

    name: str
    label: str
    texts: tuple[str, str]
    options: tuple[tuple[str, str], ...] = ()
    best: str = ""

    @property
    def differs(self) -> bool:
        """True where a person has to say which one is kept."""
        return bool(self.options)


def suggested(leads: Collection[Lead], *, insured: Collection[int]) -> Lead:
    """Which of `leads` should stay: one with a policy (`insured`: keys), else further on, with an owner, older."""
    return min(
        leads,
        key=lambda lead: (
            lead.pk not in insured, -_RANK.get(LeadStatus(lead.status), -1), lead.owner_id is None, lead.received_at,
            lead.pk,
        ),
    )  # fmt: skip


def fields_of(one: Lead, other: Lead, *, stays: Lead) -> list[Field]:
    """The contact fields of both, as people read them; where they differ, what may be chosen. Two queries."""
    texts = [
        {field.name: field.text for field in editables(lead) if field.name in LABELS} for lead in (one, other)
    ]
    return [_field(name, (texts[0][name], texts[1][name]), one, other, stays) for name in LABELS]


def _field(name: str, texts: tuple[str, str], one: Lead, other: Lead, stays: Lead) -> Field:
    options = tuple(
        (str(lead.pk), text or "(empty)")
        for lead, text in zip((one, other), texts, strict=True)
        if text or name not in NEEDED
    )
    best = str(stays.pk)
    if name == "phone_2" and one.phone != other.phone:
        spare = (SPARE, "the number that is not kept first")
        return Field(name, LABELS[name], texts, (*options, spare), best if stays.phone_2 else SPARE)
    if texts[0] == texts[1]:
        return Field(name, LABELS[name], texts)
    mine = texts[0] if stays.pk == one.pk else texts[1]
    theirs = str(other.pk if stays.pk == one.pk else one.pk)
    return Field(name, LABELS[name], texts, options, best if mine else theirs)


def chosen_columns(*, survivor: Lead, merged: Lead, chosen: Mapping[str, str]) -> dict[str, Any]:
    """The columns of `survivor` that become others by what was `chosen`: by field, the key of the lead whose value is
    kept, or SPARE. Unknown fields and keys keep the survivor's; nothing that a lead needs is emptied.
    """
    columns: dict[str, Any] = {}
    for name in LABELS:
        if chosen.get(name) != str(merged.pk) or (name in NEEDED and not getattr(merged, name)):
            continue
        columns |= {column: getattr(merged, column) for column in _COLUMNS.get(name, (name,))}
    first = columns.get("phone", survivor.phone)
    if chosen.get("phone_2") == SPARE:
        columns["phone_2"] = merged.phone if first == survivor.phone else survivor.phone
    if columns.get("phone_2", survivor.phone_2) == first:
        # Two places for one number: the second is free for the number that would be lost.
        columns["phone_2"] = survivor.phone if first != survivor.phone else ""
    return {column: value for column, value in columns.items() if getattr(survivor, column) != value}


def mark(one: Lead, other: Lead) -> str:
    """A digest of what the page of both shows, in any order: whoever sends it back has seen them so."""
    told = sorted(
        [lead.pk, lead.status, lead.owner_id, *(getattr(lead, column) for column in SETTABLE)]
        for lead in (one, other)
    )
    return hashlib.blake2b(json.dumps(told, cls=DjangoJSONEncoder).encode(), digest_size=12).hexdigest()
