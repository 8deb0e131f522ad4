"""A dump of the database with a list of what is in it, and a restore that is compared with that list.

PostgreSQL's own programs do the work. What is counted is counted in the very snapshot that is dumped, so that a
restored database must agree to the row, whatever was posted meanwhile.
"""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from compliance.evidence.verify import verify_evidence
from leadcrm.quickstart.messages import CannotStart
from leadcrm.quickstart.programs import NEWEST, postgres_programs

LIST_SUFFIX: Final = ".json"
_TABLES: Final = (
    "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace "
    "ORDER BY relname"
)
# Beside the number of rows of each table: figures that people know, and the head of the chain of evidence.
_FIGURES: Final = {
    "leads bought, by stage": "SELECT status, count(*), sum(price)::text FROM intake_lead GROUP BY 1 ORDER BY 1",
    "posts, by state": "SELECT state, count(*) FROM intake_submission GROUP BY 1 ORDER BY 1",
    "decisions, by outcome": "SELECT outcome, count(*) FROM compliance_decision GROUP BY 1 ORDER BY 1",
    "head of the evidence": "SELECT number, encode(hash, 'hex') FROM compliance_evidencebatch ORDER BY 1 DESC LIMIT 1",
}


class BackupFailed(Exception):
    """It did not work; the message says why, for people. Nothing half-made is left where backups are looked for."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A dump, and the list beside it of what it holds."""

    dump: Path
    contents: Mapping[str, Any]

    @property
    def rows(self) -> int:
        """How many rows there are in all tables."""
        return sum(self.contents["tables"].values())


def take_backup(*, folder: Path, now: datetime) -> Backup:
    """Dump the database into `folder` under the moment `now` (aware), for its owner's eyes only.

    The list is written last: a dump without one is not whole. Raises BackupFailed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    dump = folder / f"leadcrm-{now:%Y%m%dT%H%M%SZ}.dump"
    part = dump.with_suffix(".part")
    if dump.exists():
        raise BackupFailed(f"{dump} is there already")
    part.touch(mode=0o600)
    try:
        with _snapshot() as snapshot:
            contents = _contents()
            _run("pg_dump", "--format=custom", "--no-password", f"--snapshot={snapshot}", f"--file={part}")
    except BackupFailed:
        part.unlink()
        raise
    contents |= {"taken_at": now.isoformat(), "bytes": part.stat().st_size, "sha256": _digest(part)}
    part.rename(dump)
    listing = _list_of(dump)
    listing.touch(mode=0o600)
    listing.write_text(json.dumps(contents, indent=1) + "\n")
    return Backup(dump, contents)


def restore_backup(*, dump: Path, jobs: int = 1) -> Backup:
    """Restore `dump` into the database of the settings, which must be empty; what was restored.

    With one job it is one transaction: all of it or nothing. More are faster, and leave what they did when they fail.
    Raises BackupFailed, also for a dump that is not the one that was written.
    """
    backup = read_backup(dump)
    if _digest(dump) != backup.contents["sha256"]:
        raise BackupFailed(f"{dump} is not what was written: its SHA-256 differs from the one in its list")
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        if cursor.fetchone():
            raise BackupFailed(f"The database {_name()} is not empty; restore into a new one")
    how = ["--single-transaction"] if jobs == 1 else [f"--jobs={jobs}"]
    _run(
        "pg_restore", "--no-owner", "--no-privileges", "--no-password", "--exit-on-error", *how, f"--dbname={_name()}",
        str(dump),
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return backup


def read_backup(dump: Path) -> Backup:
    """A dump with its list. Raises BackupFailed where one of them is missing."""
    for path in (dump, _list_of(dump)):
        if not path.is_file():
            raise BackupFailed(f"There is no {path}")
    return Backup(dump, json.loads(_list_of(dump).read_text()))


def differences(*, backup: Backup, now: datetime) -> Iterator[str]:
    """What the database of the settings has otherwise than `backup` lists, and evidence that is not whole."""
    with transaction.atomic():
        _without_limits()
        found = _contents()
    for part in ("tables", "figures"):
        listed, there = backup.contents[part], found[part]
        for name in sorted({*listed, *there}):
            if listed.get(name) != there.get(name):
                yield f"{name}: {listed.get(name)} in the backup, {there.get(name)} in the database"
    for finding in verify_evidence(now=now):
        yield f"evidence: {finding}"


@contextmanager
def _snapshot() -> Iterator[str]:
    """The name of a snapshot that other connections can look at as long as this lasts."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        _without_limits()
        cursor.execute("SELECT pg_export_snapshot()")
        yield str(cursor.fetchone()[0])


def _without_limits() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")


def _contents() -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        names = [name for (name,) in cursor.fetchall()]
        tables = {}
        for name in names:
            cursor.execute(f'SELECT count(*) FROM "{name}"')  # noqa: S608 - names of tables there are
            tables[name] = cursor.fetchone()[0]
        figures = {}
        for title, question in _FIGURES.items():
            cursor.execute(question)
            figures[title] = [list(row) for row in cursor.fetchall()]
    migrations = [f"{app}.{name}" for app, name in sorted(MigrationRecorder(connection).applied_migrations())]
    server = connection.pg_version  # type: ignore[attr-defined]
    return {"server": server, "migrations": migrations, "tables": tables, "figures": figures}


def _list_of(dump: Path) -> Path:
    return dump.with_suffix(LIST_SUFFIX)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _name() -> str:
    return str(connection.settings_dict["NAME"])


def _run(program: str, *options: str) -> None:
    """Run one of PostgreSQL's programs on the database of the settings. The password is in no list of processes."""
    try:
        done = subprocess.run(  # noqa: S603 - programs and options are ours
            [find_program(program), *options], env=_environment(), capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise BackupFailed(f"{program} cannot be run: {error.strerror}") from None
    if done.returncode:
        # Of what it says the first lines: later ones may quote rows.
        raise BackupFailed(f"{program} failed: {' '.join(done.stderr.splitlines()[:2])}")


def find_program(name: str) -> str:
    """The path of one of PostgreSQL's programs, of the server's version or newer. Raises BackupFailed."""
    server = connection.pg_version // 10_000  # type: ignore[attr-defined]
    folders = [f"/usr/lib/postgresql/{major}/bin" for major in range(server, NEWEST + 1)]
    on_path = shutil.which(name)
    places = [*(Path(folder) / name for folder in folders), *([Path(on_path)] if on_path else [])]
    with suppress(CannotStart):
        places.append(postgres_programs() / name)
    for place in places:
        if place.is_file() and server <= _major(place):
            return str(place)
    raise BackupFailed(
        f"There is no {name} of PostgreSQL {server} or newer here (Debian: postgresql-client-{server})"
    )


def _major(program: Path) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    number = said.partition(")")[2].strip().partition(".")[0].split(" ")[0]
    return int(number) if number.isdecimal() else 0


def _environment() -> dict[str, str]:
    database = settings.DATABASES["default"]
    told = {
        "PGHOST": database.get("HOST"), "PGPORT": database.get("PORT"), "PGUSER": database.get("USER"),
        "PGPASSWORD": database.get("PASSWORD"), "PGDATABASE": _name(),
        "PGSSLMODE": database["OPTIONS"].get("sslmode"), "PGSSLROOTCERT": database["OPTIONS"].get("sslrootcert"),
    }  # fmt: skip
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, **{name: str(value) for name, value in told.items() if value}, "LC_ALL": "C.UTF-8"}
