"""`verify_evidence` and `export_evidence_head`, as an operator and as cron run them."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.utils import timezone

from compliance.models import Decision, EvidencePending
from compliance.tests.evidence_support import decisions, run, seal
from leadcrm.testing.altering import altering
from leadcrm.testing.commands import refuses, says


def fails(*options: str) -> list[str]:
    """The lines of a verification that ends with exit code 1."""
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("verify_evidence", *options, stdout=out, stderr=err)
    assert end.value.code == 1
    assert "do not agree" in err.getvalue()
    return out.getvalue().splitlines()


@pytest.mark.django_db(transaction=True)
def test_evidence_is_verified_from_export_to_forgery(tmp_path: Path) -> None:
    file = tmp_path / "heads.jsonl"
    rows = decisions(3)
    seal()
    assert says("export_evidence_head", "--file", str(file)) == ""
    decisions(1)
    seal()
    says("export_evidence_head", "--file", str(file))
    (line,) = says("verify_evidence", "--head", str(file)).splitlines()
    assert line.startswith("All evidence agrees: ")
    assert line.endswith(" in 2 batches, 0 waiting, 2 heads.")
    with altering(Decision):
        run("UPDATE compliance_decision SET reason = 'x' WHERE id = %s", rows[1].pk)
        run("DELETE FROM compliance_decision WHERE id = %s", rows[2].pk)
    assert fails() == [
        f"row changed: post decision {rows[1].pk} (batch 1) was changed",
        f"row gone: post decision {rows[2].pk} (batch 1) is gone",
    ]


@pytest.mark.django_db
def test_a_head_of_another_chain_does_not_agree(tmp_path: Path) -> None:
    decisions(1)
    seal()
    file = tmp_path / "head.json"
    head: dict[str, Any] = json.loads(says("export_evidence_head"))
    file.write_text(json.dumps({**head, "hash": "ab" * 32}, indent=2))
    assert fails("--head", str(file)) == ["head: batch 1 is not the one of which an exported head tells"]
    file.write_text(json.dumps({**head, "number": 8}))
    assert fails("--head", str(file)) == ["head: batch 8 is gone, of which an exported head tells"]


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "no JSON", "[]", '{"number": 1}', '{"number": 1, "hash": "12"}', "\n"])
def test_a_head_that_cannot_be_read_is_not_passed_over(tmp_path: Path, text: str) -> None:
    file = tmp_path / "head.json"
    file.write_text(text)
    assert "--head" in refuses("verify_evidence", "--head", str(file))
    assert "cannot be read" in refuses("verify_evidence", "--head", str(tmp_path / "none.json"))


@pytest.mark.django_db
def test_what_waits_is_told_after_the_minutes_one_asks_for() -> None:
    decisions(1)
    EvidencePending.objects.update(noted_at=timezone.now())  # the migrations' rows may be of long ago
    assert any("unsealed: 1 of kind post decision" in line for line in fails("--minutes", "0"))
    assert says("verify_evidence").startswith("All evidence agrees")


@pytest.mark.django_db
def test_the_head_is_mailed(mailoutbox: list[EmailMessage]) -> None:
    decisions(2)
    seal()
    line = says(
        "export_evidence_head", "--email", "counsel@example.com", "--email", "owner@example.com"
    ).strip()
    (letter,) = mailoutbox
    assert letter.to == ["counsel@example.com", "owner@example.com"]
    assert line in str(letter.body)
    assert "batch 1" in letter.subject


@pytest.mark.django_db
def test_a_message_or_file_that_cannot_be_written_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*args: Any, **kwargs: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("compliance.management.commands.export_evidence_head.send_mail", down)
    with pytest.raises(CommandError, match="could not be sent"):
        call_command("export_evidence_head", "--email", "counsel@example.com", stdout=StringIO())
    assert "--file" in refuses("export_evidence_head", "--file", str(tmp_path / "none" / "head.jsonl"))
