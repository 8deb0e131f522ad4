"""Correcting what a lead says of its person: each field by itself, and never over what somebody else saved unseen."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from rest_framework.exceptions import ValidationError

from intake.editable import ATTRIBUTE, EXTENSION, NEEDED, Editable, editables, field_label, history_of, mark
from intake.fields import read_as_of
from intake.models import Lead, LeadEvent, LeadEventKind
from intake.serializers import read_posted
from intake.understanding import read_attribute
from leadcrm.lib.hashed import codes_of
from leadcrm.lib.normalize import Unreadable
from leadcrm.models import User

_BLANK: Final[Mapping[str, Any]] = {"date_of_birth": None}


@dataclass(frozen=True, slots=True)
class Change:
    """One field that was edited; `old` and `new` as the history has them."""

    field: str
    old: str
    new: str

    @property
    def label(self) -> str:
        """The field's words."""
        return field_label(self.field)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that somebody else changed meanwhile: what it says now, what was typed, who changed it and when.

    `by` and `at` are None where the history does not tell.
    """

    name: str
    label: str
    theirs: str
    mine: str
    by: User | None
    at: datetime | None


class EditRefused(ValueError):
    """Values that cannot be read: `errors` by the name of the field, each a phrase to follow its label."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("These values cannot be read: " + ", ".join(errors))
        self.errors = errors


class EditConflict(Exception):
    """Somebody else changed one of the same fields meanwhile. Nothing was written; `conflicts` says which."""

    def __init__(self, conflicts: tuple[Conflict, ...]) -> None:
        super().__init__("Changed meanwhile: " + ", ".join(conflict.name for conflict in conflicts))
        self.conflicts = conflicts


class EditIdTaken(ValueError):
    """The request id belongs to an edit of another lead."""


class LeadErased(Exception):
    """The lead's person was erased: there is nothing left to correct."""


def edit_lead(
    *,
    lead: Lead,
    typed: Mapping[str, str],
    seen: Mapping[str, str],
    by: User,
    request_id: UUID,
    now: datetime,
) -> tuple[Change, ...]:
    """Correct the fields of `lead` that were typed over, and record each; what was changed, () for nothing.

    `typed` is text by the names of intake.editable.editables, `seen` the mark of what each field showed; a field that
    says what it showed is left alone. Values are cleaned as a post's are, as of `now` (aware). All
    or nothing; `lead` is brought up to date with its row. A repeated `request_id` with the same values changes
    nothing and answers the same. Whoever owns the lead keeps it: nothing is assigned again.

    Raises EditRefused, EditConflict, EditIdTaken, LeadErased.
    """
    with transaction.atomic():
        lead.refresh_from_db(from_queryset=Lead.objects.select_for_update(no_key=True))
        if lead.erased_at is not None:
            raise LeadErased(str(lead))
        fields = {field.name: field for field in editables(lead)}
        if done := _done_before(lead, request_id):
            if _is_same(lead, fields, typed, seen, done, now):
                return done
            request_id = uuid4()  # the page was gone back to and typed in once more: that is another edit
        wanted = _wanted(lead, fields, typed, seen)
        if not wanted:
            return ()
        draft = copy(lead)  # on an error `lead` stays as its row is
        _apply(draft, fields, wanted, now)
        before, after = history_of(lead, fields.values()), history_of(draft, editables(draft))
        changes = tuple(
            Change(name, before[name], after[name]) for name in after if before[name] != after[name]
        )
        _refuse_unseen(lead, fields, wanted, seen, changes)
        _write(lead, draft, changes, by, request_id, now)
        return changes


def set_columns(
    *, lead: Lead, columns: Mapping[str, Any], by: User, request_id: UUID, now: datetime
) -> tuple[Change, ...]:
    """Write `columns` (names of SETTABLE) with values that another lead of the person has, or this one had before.

    They were cleaned when they came in, so they are taken as they are. Recorded as edits; `lead`, whose row the caller
    has taken, is brought up to date.
    """
    draft = copy(lead)
    for column in columns.keys() & set(SETTABLE):
        setattr(draft, column, columns[column])
    draft.hash_codes = codes_of([draft.phone, draft.phone_2], draft.email)
    before, after = history_of(lead, editables(lead)), history_of(draft, editables(draft))
    changes = tuple(Change(name, before[name], after[name]) for name in after if before[name] != after[name])
    _write(lead, draft, changes, by, request_id, now)
    return changes


def _done_before(lead: Lead, request_id: UUID) -> tuple[Change, ...]:
    events = list(LeadEvent.objects.filter(request_id=request_id).order_by("pk"))
    if any(event.lead_id != lead.pk for event in events):
        raise EditIdTaken(str(request_id))
    return tuple(Change(event.field, event.old, event.new) for event in events)


def _is_same(
    lead: Lead,
    fields: Mapping[str, Editable],
    typed: Mapping[str, str],
    seen: Mapping[str, str],
    done: tuple[Change, ...],
    now: datetime,
) -> bool:
    """Whether `typed` says of each field it changes what the edit `done` made of it."""
    touched = {
        name: text.strip()
        for name, text in typed.items()
        if name in fields and mark(lead, name, text) != seen.get(name)
    }
    draft, was = copy(lead), {change.field: change.new for change in done}
    _apply(draft, fields, touched, now)
    told, present = history_of(draft, editables(draft)), history_of(lead, fields.values())
    return all(told[name] == was.get(name, present[name]) for name in touched)


def _wanted(
    lead: Lead, fields: Mapping[str, Editable], typed: Mapping[str, str], seen: Mapping[str, str]
) -> dict[str, str]:
    """What was typed into fields that showed something else, without what they say by now anyway."""
    return {
        name: text.strip()
        for name, text in typed.items()
        if name in fields and mark(lead, name, text) not in (seen.get(name), fields[name].mark(lead))
    }


def _apply(lead: Lead, fields: Mapping[str, Editable], wanted: Mapping[str, str], now: datetime) -> None:
    """Set the clean values on `lead`, unsaved. Raises EditRefused with every error at once."""
    errors: dict[str, str] = {name: "must not be empty." for name in NEEDED if wanted.get(name) == ""}
    columns = _read_columns(lead, wanted, now, errors)
    attributes = _read_attributes(lead, fields, wanted, now, errors)
    if columns.get("phone_2") and columns["phone_2"] == columns.get("phone", lead.phone):
        errors["phone_2"] = "is the first number already."
    if errors:
        raise EditRefused(errors)
    for column, value in columns.items():
        setattr(lead, column, value)
    lead.attributes = attributes
    lead.hash_codes = codes_of([lead.phone, lead.phone_2], lead.email)


def _read_columns(
    lead: Lead, wanted: Mapping[str, str], now: datetime, errors: dict[str, str]
) -> dict[str, Any]:
    """The lead's columns as they will be; what cannot be read is added to `errors`."""
    plain = {name: text for name, text in wanted.items() if not name.startswith(ATTRIBUTE)}
    columns: dict[str, Any] = {}
    for name in (name for name, text in plain.items() if not text):
        columns |= _blank(name)
    # The state goes along: a ZIP fills in one that is missing, and never changes one that is there.
    known = {"state": lead.state} if lead.state else {}
    posted = {**known, **{name: text for name, text in plain.items() if text}}
    try:
        with read_as_of(now):
            return columns | _columns(read_posted(posted, live=not lead.source.demo).values)
    except ValidationError as wrong:
        details: Any = wrong.detail
        errors |= {name: _phrase(str(each[0])) for name, each in details.items()}
        return columns


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of a lead from the clean values of a post."""
    columns = dict(values)
    if phone := columns.pop("phone", None):
        columns |= {"phone": phone.e164, EXTENSION: phone.extension[:10]}
    if second := columns.pop("phone_2", None):
        columns["phone_2"] = second.e164
    if found := columns.pop("zip", None):
        columns |= {"zip": found.zip5, "zip_plus4": found.plus4}
    return columns


def _blank(name: str) -> dict[str, Any]:
    return {"zip": "", "zip_plus4": ""} if name == "zip" else {name: _BLANK.get(name, "")}


def _read_attributes(
    lead: Lead,
    fields: Mapping[str, Editable],
    wanted: Mapping[str, str],
    now: datetime,
    errors: dict[str, str],
) -> dict[str, Any]:
    """The attributes as they will be; what cannot be read is added to `errors`."""
    attributes, today = dict(lead.attributes), now.astimezone(settings.AGENCY_ZONE).date()
    for name, text in wanted.items():
        rule = fields[name].rule
        if rule is None:
            continue
        attributes.pop(rule.name, None)
        try:
            if text:
                attributes[rule.name] = read_attribute(rule, text, today)
        except Unreadable as odd:
            errors[name] = _phrase(odd.message)
    return attributes


def _phrase(message: str) -> str:
    """“Does not have ten digits.” to follow a field's label."""
    return message[:1].lower() + message[1:]


def _refuse_unseen(
    lead: Lead,
    fields: Mapping[str, Editable],
    wanted: Mapping[str, str],
    seen: Mapping[str, str],
    changes: tuple[Change, ...],
) -> None:
    """Raise EditConflict for the fields whose present text was not the one that was typed over."""
    changed = {_field_of(change.field) for change in changes}
    names = [name for name in wanted if name in changed and seen.get(name) != fields[name].mark(lead)]
    if not names:
        return
    last = _last_edits(lead, names)
    raise EditConflict(
        tuple(
            Conflict(
                name, fields[name].label, fields[name].text, wanted[name],
                last[name].actor if name in last else None, last[name].at if name in last else None,
            )
            for name in names
        )
    )  # fmt: skip


def _field_of(name: str) -> str:
    return "phone" if name == EXTENSION else name


def _last_edits(lead: Lead, names: list[str]) -> dict[str, LeadEvent]:
    """The latest edit of each field that has one."""
    asked = [*names, EXTENSION] if "phone" in names else names
    edits = LeadEvent.objects.filter(lead=lead, kind=LeadEventKind.EDITED, field__in=asked)
    return {_field_of(edit.field): edit for edit in edits.select_related("actor").order_by("at", "pk")}


def _write(
    lead: Lead, draft: Lead, changes: tuple[Change, ...], by: User, request_id: UUID, now: datetime
) -> None:
    """Write the columns of `draft` and the history, and bring `lead` up to date."""
    if not changes:
        return
    columns = {column: getattr(draft, column) for column in _WRITTEN}
    Lead.objects.filter(pk=lead.pk).update(**columns)
    for column, value in columns.items():
        setattr(lead, column, value)
    LeadEvent.objects.bulk_create(
        LeadEvent(
            lead=lead, kind=LeadEventKind.EDITED, at=now, actor=by, request_id=request_id,
            field=change.field, old=change.old, new=change.new,
        )
        for change in changes
    )  # fmt: skip


# What a lead says of how its person is called and reached.
SETTABLE: Final = (
    "first_name", "last_name", "phone", "phone_extension", "phone_2", "email", "address", "address_2", "city",
    "state", "zip", "zip_plus4", "date_of_birth", "gender",
)  # fmt: skip
_WRITTEN: Final = (*SETTABLE, "attributes", "hash_codes")


def as_bought(lead: Lead) -> dict[str, str]:
    """What `lead` said when it was bought, by field, of the fields that were edited since. One query.

    Certificates and lists answer for the person as posted, whoever was put right later.
    """
    edits = LeadEvent.objects.filter(lead=lead, kind=LeadEventKind.EDITED).order_by("-at", "-pk")
    return dict(edits.values_list("field", "old"))
