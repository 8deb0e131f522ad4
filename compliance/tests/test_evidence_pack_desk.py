"""Managers and operators take evidence packs: by permission, with a reason, on record."""

import hashlib
import io
import json
import logging
import stat
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.models import EvidencePack
from compliance.tests.pack_files import verify
from compliance.tests.pack_support import PHONE, rich_person
from leadcrm.models import User
from leadcrm.testing.commands import answers, refuses, says
from leadcrm.testing.factories import EvidencePackFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("calling_rules")]
ASKED = {"phone": "(214) 555-0123", "reason": "Letter of Nov 19"}


@pytest.fixture(autouse=True)
def person() -> None:
    rich_person(timezone.now() - timedelta(hours=1))


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    """A manager at the desk."""
    client.force_login(reviewer)
    return client


def page() -> str:
    return reverse("admin:page_evidence_pack")


def content_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_a_manager_downloads_a_pack_that_verifies(manager: Client, reviewer: User, tmp_path: Path) -> None:
    answer = manager.post(page(), ASKED)
    content = content_of(answer)
    record = EvidencePack.objects.get()
    assert answer["Content-Disposition"] == f'attachment; filename="{record.name}"'
    assert answer["Content-Type"] == "application/zip"
    assert "no-store" in answer["Cache-Control"]
    assert int(answer["Content-Length"]) == len(content) == record.size
    assert hashlib.sha256(content).hexdigest() == record.sha256
    assert (record.made_by, record.reason) == (reviewer, "Letter of Nov 19")
    with zipfile.ZipFile(io.BytesIO(content)) as pack:
        pack.extractall(tmp_path)
    assert verify(tmp_path)[0] == 0


def test_the_number_stands_in_no_address_no_name_and_no_log(
    manager: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = manager.post(page(), ASKED)
    assert "5550123" not in caplog.text.replace("-", "").replace(" ", "")
    assert "2145550123" not in "".join(f"{name}{value}" for name, value in answer.items())
    assert "5550123" not in EvidencePack.objects.get().name
    assert "?" not in page()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"phone": "(214) 555-0123", "reason": ""}, "This field is required."),
        ({"phone": "(214) 555-0123", "reason": "   "}, "This field is required."),
        ({"phone": "12", "reason": "Letter"}, "This is not a US phone number of ten digits."),
        ({"phone": "(214) 555-0199", "reason": "Letter"}, "Nothing is kept about this number."),
    ],
)
def test_what_cannot_be_is_said_at_the_field(manager: Client, asked: dict[str, str], said: str) -> None:
    answer = manager.post(page(), asked)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not EvidencePack.objects.exists()


def test_only_who_has_the_permission_takes_packs(client: Client) -> None:
    user = UserFactory.create(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_evidencepack"))
    client.force_login(user)
    assert client.get(page()).status_code == 403
    assert client.post(page(), ASKED).status_code == 403
    assert page() not in client.get(reverse("admin:index")).content.decode()
    user.user_permissions.add(Permission.objects.get(codename="add_evidencepack"))
    assert page() in client.get(reverse("admin:index")).content.decode()
    assert client.post(page(), ASKED).status_code == 200
    assert EvidencePack.objects.get().made_by == user


def test_nobody_takes_one_by_an_address_alone(manager: Client) -> None:
    assert manager.get(page(), ASKED).status_code == 200
    assert not EvidencePack.objects.exists()
    assert Client(enforce_csrf_checks=True).post(page(), ASKED).status_code in (302, 403)


def test_packs_stand_on_a_desk_and_are_found_by_their_sum(manager: Client) -> None:
    mine, _ = EvidencePackFactory.create(), EvidencePackFactory.create()
    desk = reverse("admin:compliance_evidencepack_changelist")
    assert len(manager.get(desk).context["cl"].result_list) == 2
    assert list(manager.get(desk, {"q": mine.sha256.upper()}).context["cl"].result_list) == [mine]
    change = reverse("admin:compliance_evidencepack_change", args=[mine.pk])
    assert mine.sha256 in manager.get(change).content.decode()
    assert manager.post(change, {"reason": "Other"}).status_code == 403
    assert mine.sha256[:12] in manager.get(page()).content.decode()


def test_the_command_writes_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    out = tmp_path / "pack.zip"
    answer = answers("evidence_pack", PHONE, "--out", str(out), "--reason", "Letter", "--by", "Jo Example")
    record = EvidencePack.objects.get()
    assert (record.made_by, record.made_by_name) == (None, "Jo Example")
    assert answer["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest() == record.sha256
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert PHONE[2:] not in json.dumps(answer)
    folder = tmp_path / "pack"
    with zipfile.ZipFile(out) as pack:
        pack.extractall(folder)
    assert verify(folder, "--head", answer["head"])[0] == 0


def test_the_command_reads_the_number_from_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("214-555-0123\n"))
    said = says("evidence_pack", "-", "--out", str(tmp_path / "pack.zip"), "--reason", "Letter", "--by", "Jo")
    assert "Head of the chain" in said


def test_the_command_leaves_no_file_and_no_record_when_it_refuses(tmp_path: Path) -> None:
    out = tmp_path / "pack.zip"
    options = ("--out", str(out), "--reason", "Letter", "--by", "Jo")
    assert refuses("evidence_pack", "12", *options) == "PHONE: This is not a US phone number of ten digits."
    assert refuses("evidence_pack", "214-555-0199", *options) == "PHONE: Nothing is kept about this number."
    assert not out.exists()
    out.write_text("mine")
    assert "cannot be written: File exists" in refuses("evidence_pack", PHONE, *options)
    assert out.read_text() == "mine"
    assert not EvidencePack.objects.exists()
