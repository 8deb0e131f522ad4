"""Whether an instance's database and static files fit the code, told without loading the product."""

import hashlib
import json
from pathlib import Path
from typing import Any

from leadcrm.quickstart.options import ROOT
from leadcrm.quickstart.processes import in_child

APPS = ("leadcrm", "intake", "compliance", "agents")


def code_fingerprint() -> str:
    """A digest of all that the preparation depends on: the lock, migrations, settings and static files."""
    digest = hashlib.sha256()
    paths = [ROOT / "requirements.txt", ROOT / "leadcrm" / "settings.py"]
    for app in APPS:
        paths += sorted((ROOT / app / "migrations").glob("*.py"))
        paths += sorted(p for p in (ROOT / app / "static").rglob("*") if p.is_file())
    for path in paths:
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_prepared(stamp: Path, database_url: str) -> bool:
    """Whether the stamp of the last preparation fits the code, and the database still is as it left it."""
    try:
        left = json.loads(stamp.read_text())
    except (OSError, ValueError):
        return False
    if left.get("code") != code_fingerprint():
        return False
    return in_child(lambda: 0 if _applied(database_url) == left.get("applied") else 1) == 0


def stamp_text(database_url: str) -> str:
    """What to write into the stamp after a preparation."""
    return json.dumps({"code": code_fingerprint(), "applied": _applied(database_url)})


def _applied(database_url: str) -> Any:
    """Number and last id of the migrations the database has seen, or None if there are none."""
    import psycopg

    address = database_url.replace("postgres://", "postgresql://", 1)
    try:
        with psycopg.connect(address, connect_timeout=5) as connection:
            row = connection.execute("SELECT count(*), max(id) FROM django_migrations").fetchone()
    except psycopg.Error:
        return None
    return list(row or ())
