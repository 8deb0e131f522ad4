"""Packs of people who asked to be deleted: what is kept sealed is shown and proved, what is gone is said to be gone."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agents.models import Communication
from compliance.erasure import erase_person
from compliance.evidence.forgetting import forget
from compliance.evidence.pack.collect import collect
from compliance.evidence.pack.gaps import gaps
from compliance.evidence.pack.making import make_pack
from compliance.holds import lift_hold
from compliance.models import EvidenceVault, LegalHold, RevocationChannel
from compliance.tests.pack_files import read, say, unpack, verify, wrong
from compliance.tests.pack_support import CONSENT, PHONE, SECOND, Person, rich_person, somebody_else
from leadcrm.lib.sealing import MARK

NOW = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("calling_rules")]


@pytest.fixture
def erased() -> Person:
    """Erased at their own request; the evidence is in the vault."""
    person = rich_person(NOW)
    somebody_else(NOW)
    lift_hold(hold=LegalHold.objects.get(), why="Settled", by=person.user, now=NOW)
    erase_person(
        phone=PHONE, asked_at=NOW, channel=RevocationChannel.EMAIL, by=person.user, now=NOW, stop=False
    )
    return person


def unpacked(folder: Path, phone: str = PHONE) -> Path:
    return unpack(make_pack(phone=phone, reason="A letter", by=None, by_name="Jo Example", now=NOW), folder)


def sections(folder: Path) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = read(folder, "evidence.json")["sections"]
    return found


def test_what_is_kept_sealed_is_found_shown_and_proved(erased: Person, tmp_path: Path) -> None:
    folder = unpacked(tmp_path / "pack")
    found = sections(folder)
    counts = {key: len(rows) for key, rows in found.items()}
    assert counts["leads"] == counts["posts"] == counts["requests_to_stop"] == counts["list_versions"] == 2
    assert counts["contact_decisions"] == 4
    assert counts["revocations"] == counts["scrub_answers"] == counts["certificate_answers"] == 1
    assert found["consents"][0]["values"]["text"] == CONSENT
    assert found["revocations"][0]["values"]["words"].startswith("Stop calling me")
    assert {row["values"]["phone"] for row in found["contact_decisions"]} == {PHONE}
    assert found["consents"][0]["more"] == {"kept_sealed": True}
    code, said = verify(folder, "--all")
    assert code == 0, said
    assert "was erased" not in said
    assert "Secretperson" not in (folder / "evidence.json").read_text()


def test_what_was_kept_sealed_and_is_changed_in_the_pack_is_named(erased: Person, tmp_path: Path) -> None:
    folder = unpacked(tmp_path / "pack")
    say(folder, "consents", 0, text="I agree to everything")
    assert wrong(folder) == [f"consent record {erased.lead.pk}: its text is not what was sealed."]


def test_the_profile_and_the_notes_stay_gone(erased: Person, tmp_path: Path) -> None:
    folder = unpacked(tmp_path / "pack")
    found = sections(folder)
    assert {row["values"]["first_name"] for row in found["leads"]} == {""}
    assert {row["values"]["body"] for row in found["communications"]} == {""}
    assert Communication.objects.filter(lead=erased.lead).exists()
    assert len(found["erasures"]) == 1
    said = "\n".join(gaps(collect(PHONE, now=NOW)))
    assert "The person was erased on 2026-11-20 (receipt " in said
    assert "is kept sealed until 2031-11-20" in said


def test_what_was_destroyed_is_said_to_be_gone(erased: Person, tmp_path: Path) -> None:
    forget(rows={"consent record": [erased.lead.pk], "scrub answer": []}, erasure="99", now=NOW)
    folder = unpacked(tmp_path / "pack")
    assert sections(folder)["consents"][0]["values"]["text"] == ""
    code, said = verify(folder)
    assert code == 0
    assert f"consent record {erased.lead.pk}: what it said of a person was erased on" in said
    assert "(receipt 99); the rest is proved" in said
    say(folder, "consents", 0, given=False)
    assert wrong(folder) == [f"consent record {erased.lead.pk}: its given is not what was sealed."]


def test_what_does_not_open_is_named_and_not_held_to_be_wrong(erased: Person, tmp_path: Path) -> None:
    row = EvidenceVault.objects.get(kind="consent record")
    EvidenceVault.objects.filter(pk=row.pk).update(sealed=MARK + b"\x04gone" + bytes(40))
    folder = unpacked(tmp_path / "pack")
    assert "EVIDENCE_KEYS does not have" in sections(folder)["consents"][0]["more"]["unopened"]
    code, said = verify(folder)
    assert code == 0
    assert f"consent record {row.row_id}: what it said of a person is kept sealed and does not open" in said
    assert any(
        "of which the personal part does not open" in gap for gap in read(folder, "evidence.json")["gaps"]
    )


def test_the_other_number_finds_what_is_kept_too(erased: Person, tmp_path: Path) -> None:
    found = sections(unpacked(tmp_path / "pack", SECOND))
    assert [row["values"]["text"] for row in found["consents"]] == [CONSENT]


def test_the_report_of_an_erased_person_is_made(erased: Person, tmp_path: Path) -> None:
    folder = unpacked(tmp_path / "pack")
    assert (folder / "report.pdf").read_bytes().startswith(b"%PDF-")
    assert json.loads((folder / "evidence.json").read_text())["phone"] == PHONE
