"""Samples in the languages vendors write in: one lead of this source, as JSON and as a form, ready to run."""

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.template.loader import render_to_string

from intake.canonical import FULL_NAME
from intake.posting.fields import FieldRow, FieldTable

# What a sample sends beside the required fields: what every buyer expects of a lead.
USUAL: Final = (
    "vendor_lead_id", "first_name", "last_name", "phone", "email", "state", "zip", "lead_created_at",
    "trustedform_cert_url", "consent_text",
)  # fmt: skip
# Forces acceptance, so that a first try shows what success looks like whatever is bought today.
TAKEN: Final = "99999"
LANGUAGES: Final = {"curl": "curl", "python": "Python", "php": "PHP", "node": "Node"}
FORMATS: Final = {"json": "JSON", "form": "Form"}
# Which program runs a sample of each language, for whoever has only the text.
NEEDS: Final = {
    "curl": "a POSIX shell",
    "python": "Python 3.8 or later with requests",
    "php": "PHP 7.4 or later with curl",
    "node": "Node 18 or later; save as post.mjs",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One program: its language and format (words of LANGUAGES and FORMATS) and its text."""

    language: str
    format: str
    code: str

    @property
    def title(self) -> str:
        """Python, JSON"""
        return f"{LANGUAGES[self.language]}, {FORMATS[self.format]}"

    @property
    def needs(self) -> str:
        """What runs it."""
        return NEEDS[self.language]


def example_lead(table: FieldTable, *, now: datetime) -> dict[str, Any]:
    """A test lead of this source under the vendor's own names: the usual fields and all that are required.

    Its moments are of the hour of `now` (aware), since consent grows old.
    """
    hour = now.replace(minute=0, second=0, microsecond=0).isoformat()
    lead: dict[str, Any] = {}
    for row in table.rows:
        if row.name not in USUAL and not row.required:
            continue
        if row.name != FULL_NAME and row.example is not None:
            lead[row.called] = _value(row, hour)
    return {**lead, called_test(table): True}


def _value(row: FieldRow, hour: str) -> Any:
    if row.name == "zip":
        return TAKEN
    return hour if row.shape.get("format") == "date-time" else row.example


def called_test(table: FieldTable) -> str:
    """What makes a post a test post in this source."""
    return next(iter(table.names("test")), "test")


def samples(lead: Mapping[str, Any]) -> Iterable[Sample]:
    """Every language in every format. They take the key from the environment variable LEADCRM_KEY."""
    for language in LANGUAGES:
        for form in FORMATS:
            context = {
                "url": f"{settings.PUBLIC_URL}/api/lead-intake",
                "form": form == "form",
                "lead": _WRITTEN[language](lead if form == "json" else flat_pairs(lead), form),
            }
            code = render_to_string(f"intake/posting/samples/{language}.txt", context)
            yield Sample(language, form, code.strip() + "\n")


def flat_pairs(lead: Mapping[str, Any]) -> dict[str, str]:
    """The lead as fields of a form: `drivers[0][name]` for what is nested, texts only."""
    pairs: dict[str, str] = {}
    for name, value in lead.items():
        pairs.update(_flat(name, value))
    return pairs


def _flat(name: str, value: Any) -> Iterable[tuple[str, str]]:
    if isinstance(value, Mapping):
        for inner, each in value.items():
            yield from _flat(f"{name}[{inner}]", each)
    elif isinstance(value, list):
        for position, each in enumerate(value):
            yield from _flat(f"{name}[{position}]", each)
    else:
        yield name, json.dumps(value) if isinstance(value, bool) else str(value)


def pretty(lead: Mapping[str, Any]) -> str:
    """The lead as JSON for people."""
    return json.dumps(lead, indent=2, ensure_ascii=False)


def _as_curl(lead: Mapping[str, Any], form: str) -> str:
    if form == "json":
        return shlex.quote(pretty(lead))
    return " \\\n".join(
        f"  --data-urlencode {shlex.quote(f'{name}={value}')}" for name, value in lead.items()
    )


def _as_python(lead: Mapping[str, Any], form: str) -> str:
    lines = (f"    {_python(name)}: {_python(value)},\n" for name, value in lead.items())
    return "{\n" + "".join(lines) + "}"


def _python(value: Any) -> str:
    """A literal in double quotes, which is what JSON has but for three words."""
    if isinstance(value, bool) or value is None:
        return repr(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_python(name)}: {_python(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_python, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _as_php(lead: Mapping[str, Any], form: str) -> str:
    lines = (f"    {_php(name)} => {_php(value)},\n" for name, value in lead.items())
    return "[\n" + "".join(lines) + "]"


def _php(value: Any) -> str:
    if isinstance(value, Mapping):
        return "[" + ", ".join(f"{_php(name)} => {_php(each)}" for name, each in value.items()) + "]"
    if isinstance(value, list):
        return "[" + ", ".join(map(_php, value)) + "]"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{escaped}'"
    return json.dumps(value)


def _as_node(lead: Mapping[str, Any], form: str) -> str:
    return pretty(lead)


_WRITTEN: Final = {"curl": _as_curl, "python": _as_python, "php": _as_php, "node": _as_node}
