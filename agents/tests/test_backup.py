"""A backup of a filled agency is restored into an empty database, where everything is as it was."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from psycopg import connect

from compliance.evidence.sealing import seal_pending
from leadcrm.backups import BackupFailed, find_program
from leadcrm.testing.commands import answers, refuses
from leadcrm.testing.door import Door
from leadcrm.testing.fixtures import VendorKey

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shipped_rows")]


@pytest.fixture(autouse=True)
def programs() -> None:
    """PostgreSQL's own programs, which the embedded server brings along; a machine may have only older ones."""
    try:
        find_program("pg_dump")
        find_program("pg_restore")
    except BackupFailed as missing:
        pytest.skip(str(missing))


@pytest.fixture
def empty() -> Iterator[str]:
    """The address of a new database beside the tests' own."""
    name = f"{connection.settings_dict['NAME']}_restored"
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    yield name
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def address(database: str) -> str:
    told = connection.settings_dict
    return f"postgres://{told['USER']}:{told['PASSWORD']}@{told['HOST']}:{told['PORT']}/{database}"


def manage(database: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A command on that database, in a process of its own as an operator gives it."""
    told = {"DATABASE_URL": address(database), "DEBUG": "1", "SECRET_KEY": "for-tests-only", "METRICS": "off"}
    return subprocess.run(
        [sys.executable, "manage.py", *words], cwd=settings.BASE_DIR, env={**os.environ, **told},
        capture_output=True, text=True,
    )  # fmt: skip


def test_a_backup_is_restored_to_the_row_and_its_evidence_agrees(
    vendor_key: VendorKey, tmp_path: Path, empty: str
) -> None:
    door = Door(vendor_key.source, vendor_key.text)
    bought = [door.post().lead for _ in range(3)]
    door.post(phone="123")
    seal_pending(now=timezone.now())
    answer = answers("backup", str(tmp_path))
    door.post()  # what came after the backup is not in it
    dump = Path(answer["dump"])
    assert dump.stat().st_mode & 0o077 == 0
    listed = json.loads(dump.with_suffix(".json").read_text())
    assert listed["tables"]["intake_lead"] == 3
    assert listed["figures"]["posts, by state"] == [["accepted", 3], ["rejected", 1]]

    done = manage(empty, "restore", str(dump))
    assert done.returncode == 0, done.stderr
    assert "all evidence agrees" in done.stdout
    with connect(address(empty)) as restored:
        phones = restored.execute("SELECT phone FROM intake_lead ORDER BY id").fetchall()
        assert [phone for (phone,) in phones] == [lead.phone for lead in bought]
        restored.execute("DELETE FROM intake_leadevent WHERE id = (SELECT min(id) FROM intake_leadevent)")
    compared = manage(empty, "restore", str(dump), "--compare")
    assert compared.returncode == 1
    assert "intake_leadevent" in compared.stderr


def test_a_damaged_dump_or_a_database_that_is_not_empty_is_refused_before_anything_is_restored(
    tmp_path: Path,
) -> None:
    dump = Path(answers("backup", str(tmp_path))["dump"])
    assert "is not empty" in refuses("restore", str(dump))
    damaged = bytearray(dump.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    dump.write_bytes(damaged)
    assert "is not what was written" in refuses("restore", str(dump))
    dump.with_suffix(".json").unlink()
    assert "There is no" in refuses("restore", str(dump))


def test_a_backup_that_fails_leaves_no_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leadcrm.backups.find_program", lambda name: "/bin/false")
    assert "pg_dump failed" in refuses("backup", str(tmp_path))
    assert list(tmp_path.iterdir()) == []
