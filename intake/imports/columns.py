"""How the columns of a file are understood: by the source's field rules, or as chosen for this file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction

from intake.canonical import FULL_NAME, is_secret
from intake.field_rules import RuleDraft, save_field_rules, targets_of
from intake.imports.lines import Line
from intake.imports.terms import DATED_BY
from intake.mapping import NamedBy, loose, named_by
from intake.models import ImportState, LeadImport, Source
from intake.sources import SourceConfig
from intake.understanding import ALWAYS_REQUIRED
from leadcrm.lib.spreadsheets import as_meant

# Of a post, not of a lead: a file has no test lines and answers no ping.
NEVER_OF_FILES: Final = frozenset({"test", "ping_id"})
# In files that we gave out to be mended.
WHY: Final = "why it was not taken"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `key` is its name in the post that a line becomes, "" where left out; `field` what that means."""

    name: str
    key: str
    field: str
    by: NamedBy
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """How each line becomes a post."""

    columns: tuple[Column, ...]
    generated_on: str = ""

    def payload(self, line: Line) -> dict[str, str]:
        """The line as a post's fields, without empty cells. A line that says no date has that of the file."""
        pairs = zip(self.columns, line.cells, strict=False)
        said = {column.key: as_meant(cell) for column, cell in pairs if column.key and cell.strip()}
        if self.generated_on and not any(c.field in DATED_BY and c.key in said for c in self.columns):
            said["lead_created_at"] = self.generated_on
        return said

    def column_of(self, field: str) -> str:
        """The name of the column that means `field`, "" without one."""
        names = [column.name for column in self.columns if column.field == field and column.key]
        if not names and field in ("first_name", "last_name"):
            return self.column_of(FULL_NAME)
        return names[0] if names else ""

    @property
    def fields(self) -> set[str]:
        """What the columns mean."""
        return {column.field for column in self.columns if column.key and column.field}


def plan_of(row: LeadImport, source: SourceConfig) -> Plan:
    """How the lines of an import are understood under the source's rules as they are now."""
    chosen: Mapping[str, str] = row.names
    taken = {field for field in chosen.values() if field}
    columns = tuple(_column(name, chosen.get(name), taken, source) for name in row.header)
    return Plan(columns, row.generated_on.isoformat() if row.generated_on else "")


def _column(name: str, chosen: str | None, taken: set[str], source: SourceConfig) -> Column:
    if chosen == "" or is_secret(name) or loose(name) == loose(WHY):
        return Column(name, "", "", "", chosen == "")
    if chosen:
        return Column(name, chosen, chosen, "rule", True)
    field, by = named_by(name, names=source.names, attributes=source.attribute_names)
    if field in NEVER_OF_FILES or loose(name) == "lpaction":
        return Column(name, "", field, by)
    if field and field in taken:
        # Another column was chosen for it: kept beside the lead, under a name that means nothing.
        return Column(name, f"{name} (also)", "", "")
    return Column(name, name, field, by)


def map_columns(
    *, import_id: int, names: Mapping[str, str], as_rules: bool, source: SourceConfig
) -> LeadImport:
    """Say what the columns of a file mean: `names` of column -> field, "" to leave it out; others as they are found.

    `as_rules`: those with a field become field rules of the source too, and so hold for posts. Raises ValidationError
    for a name that is no column or no field, a field chosen twice or meant otherwise by a rule of the source, and
    where the import has begun.
    """
    chosen = {name: field.strip() for name, field in names.items()}
    _refuse_odd(chosen, source)
    with transaction.atomic():
        row = LeadImport.objects.select_for_update().get(pk=import_id)
        if row.state != ImportState.READY:
            raise ValidationError("What the columns mean can be changed only before the import begins.")
        if strange := [name for name in chosen if name not in row.header]:
            raise ValidationError(f"The file has no column “{strange[0][:80]}”.")
        row.names = chosen
        row.save(update_fields=["names"])
        if as_rules:
            drafts = [RuleDraft(name, field) for name, field in chosen.items() if field]
            save_field_rules(source=Source.objects.get(pk=row.source_id), drafts=drafts)
    return row


def _refuse_odd(chosen: Mapping[str, str], source: SourceConfig) -> None:
    known = set(targets_of(source)) - NEVER_OF_FILES
    seen: set[str] = set()
    for name, field in chosen.items():
        if field and field not in known:
            raise ValidationError(f"“{name}”: no field or attribute is called “{field[:60]}”.")
        if field and field in seen:
            raise ValidationError(
                f"Two columns are said to be {field}. One field can come from one column only."
            )
        meant = named_by(field, names=source.names, attributes=source.attribute_names)[0] if field else ""
        if meant != field:
            raise ValidationError(f"“{name}”: a field rule of the source makes {field} mean {meant}.")
        seen.add(field)


def missing_fields(plan: Plan, source: SourceConfig) -> list[str]:
    """What every line must carry and no column of the file does, so that none could be taken."""
    there = plan.fields | ({"first_name", "last_name"} if FULL_NAME in plan.fields else set())
    if "zip" in there:
        there |= {"state"}
    missing = [name for name in dict.fromkeys((*ALWAYS_REQUIRED, *source.required)) if name not in there]
    dated = plan.generated_on or there & set(DATED_BY)
    return missing if dated else [*missing, "lead_created_at"]
