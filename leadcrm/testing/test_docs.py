"""The guides say what the code does: what can be listed is compared, so that neither runs away from the other."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from compliance.registry import CHECKS
from compliance.testmode import FORCED
from intake.canonical import ALIASES, CANONICAL, loose
from intake.reasons import HTTP_ERRORS, REASONS, WARNINGS
from intake.serializers import PostedLead

ROOT = Path(__file__).resolve().parent.parent.parent
GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def words_of(line: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", line))


def rows_of(guide: str) -> dict[str, set[str]]:
    """The rows of a guide's tables: the code words of each, under its first one."""
    rows: dict[str, set[str]] = {}
    for line in (ROOT / "docs" / guide).read_text().splitlines():
        if line.startswith("| `"):
            rows.setdefault(line.split("`")[1], set()).update(words_of(line))
    return rows


def anchors_of(text: str) -> set[str]:
    """The anchors that a forge makes of the headings."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_vendors_guide_names_every_field_and_alias() -> None:
    rows = rows_of("vendors.md")
    for name in CANONICAL:
        aliases = {alias for alias, field in ALIASES.items() if field == name}
        assert aliases <= {loose(word) for word in rows[name]}, name


def cells_of(guide: str) -> dict[str, list[str]]:
    """The rows of a guide's tables as their cells, under the first code word of each: the first row of a word."""
    rows: dict[str, list[str]] = {}
    for line in (ROOT / "docs" / guide).read_text().splitlines():
        if line.startswith("| ") and "`" in line:
            rows.setdefault(line.split("`")[1], [cell.strip() for cell in line.strip("| ").split(" | ")])
    return rows


def test_the_vendors_guide_says_of_each_field_what_the_door_takes() -> None:
    rows = cells_of("vendors.md")
    for name, field in PostedLead().fields.items():
        assert rows[name][1] == field.help_text, name


def test_the_vendors_guide_says_why_each_code_comes_and_what_to_do() -> None:
    rows = cells_of("vendors.md")
    for code, told in REASONS.items():
        assert rows[code][1:] == [told.why, told.do], code
    for error in HTTP_ERRORS:
        assert rows[error.code] == [str(error.status), f"`{error.code}`", error.when, error.do]
    text = (ROOT / "docs" / "vendors.md").read_text()
    assert [code for code in WARNINGS if f"`{code}`" not in text] == []


def test_the_vendors_guide_names_every_test_zip() -> None:
    assert FORCED.keys() <= rows_of("vendors.md").keys()


def test_the_operators_guide_names_every_check_with_its_parameters() -> None:
    rows = rows_of("operators.md")
    for check in CHECKS:
        assert {field.name for field in fields(check.Params)} <= rows[check.name], check.name


def test_the_operators_guide_names_every_variable() -> None:
    sources = [(ROOT / "leadcrm" / name).read_text() for name in ("settings.py", "quickstart/web.py")]
    asked = set(
        re.findall(
            r"(?:env\.\w+|positive_int|whole_number|service_url|broker_url|environ\.get)\(\"([A-Z_]+)\"",
            "".join(sources),
        )
    )
    told = {word for row in rows_of("operators.md").values() for word in row}
    assert len(asked) > 15
    assert asked <= told


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_links_lead_somewhere(guide: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", guide.read_text()):
        if target.startswith("http"):
            continue
        name, _, anchor = target.partition("#")
        file = (guide.parent / name).resolve() if name else guide
        assert file.is_file(), target
        assert not anchor or anchor in anchors_of(file.read_text()), target
