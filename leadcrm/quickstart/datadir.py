"""DATA_DIR: one folder with all that an instance keeps, used by one supervisor at a time."""

import fcntl
import json
import os
import secrets
import shutil
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from leadcrm.quickstart.messages import CannotStart, explain

SPACE_NEEDED = 300 * 1024 * 1024  # bytes: a new cluster, its log ahead, the demo data
WAIT_FOR_LEFTOVERS = 20.0  # seconds: servers of a killed supervisor get to finish their shutdown


@dataclass(frozen=True)
class Secrets:
    """The keys an instance makes for itself on its first start."""

    secret_key: str
    database_password: str
    broker_password: str
    evidence_keys: str
    lookup_key: str


class DataDir:
    """An instance's folder. `lock` must come before anything else is written."""

    def __init__(self, path: Path) -> None:
        """`path` need not exist yet. Raises CannotStart if it cannot be made or written, or has no space."""
        self.path = path
        self.lock_fd = -1
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o711)
            (path / "log").mkdir(exist_ok=True, mode=0o700)
            self.lock_fd = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise explain(error, f"Making the data folder {path}") from None

    def lock(self, *, patience: float = WAIT_FOR_LEFTOVERS) -> None:
        """Take the folder for this process; CannotStart if another supervisor has it.

        The servers that use the folder inherit the lock, so it stays taken until the last of them is gone,
        however their supervisor ended. Those of a dead one are waited for (`patience` seconds).
        """
        deadline = time.monotonic() + patience
        while not self._try_lock():
            holder = self.holder()
            if holder is not None:
                raise CannotStart(self._taken(holder))
            if time.monotonic() > deadline:
                raise CannotStart(
                    f"Servers of an earlier start still use {self.path}. "
                    "Stop them (ps shows them with that path), then start again."
                )
            time.sleep(0.1)
        self.note_holder("")
        self._refuse_full_disk()

    def note_holder(self, url: str) -> None:
        """Leave this process's id and the address it serves for whoever finds the folder taken."""
        text = json.dumps({"pid": os.getpid(), "url": url}).encode()
        os.ftruncate(self.lock_fd, 0)
        os.pwrite(self.lock_fd, text, 0)

    def holder(self) -> dict[str, object] | None:
        """What the living holder of the lock left, or None if that process is gone."""
        try:
            found = json.loads(os.pread(self.lock_fd, 4096, 0) or b"{}")
            os.kill(int(found["pid"]), 0)
        except PermissionError:
            return dict(found)
        except (ValueError, KeyError, ProcessLookupError):
            return None
        return dict(found)

    def _try_lock(self) -> bool:
        try:
            fcntl.flock(self.lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _taken(self, holder: Mapping[str, object]) -> str:
        where = f", at {holder['url']}" if holder.get("url") else ""
        return (
            f"{self.path} is in use: it already runs as process {holder['pid']}{where}.\n"
            "Stop that one first, or give this one a folder of its own: make run DATA_DIR=var2"
        )

    def _refuse_full_disk(self) -> None:
        free = shutil.disk_usage(self.path).free
        if free < SPACE_NEEDED:
            raise CannotStart(
                f"Only {free // 2**20} MB are free where {self.path} lies; "
                f"{SPACE_NEEDED // 2**20} MB are needed. Free some space, or set DATA_DIR."
            )

    def secrets(self) -> Secrets:
        """This instance's keys, made on the first call and kept in a file only its owner reads."""
        path = self.path / "secrets.json"
        try:
            kept = json.loads(path.read_text())
            later = {
                "evidence_keys": _evidence_key,
                "lookup_key": _key,
            }  # an older instance has none of these
            if isinstance(kept, dict) and not later.keys() <= kept.keys():
                kept = {**{name: make() for name, make in later.items()}, **kept}
                write_private(path, json.dumps(kept))
            return Secrets(**kept)
        except FileNotFoundError:
            token = secrets.token_urlsafe
            made = Secrets(token(48), token(48), token(48), _evidence_key(), _key())
            write_private(path, json.dumps(made.__dict__))
            return made
        except (ValueError, TypeError):
            raise CannotStart(
                f"{path} is damaged; put a copy back, or remove the folder to begin anew."
            ) from None


def _evidence_key() -> str:
    """A first value of EVIDENCE_KEYS."""
    return f"k1:{_key()}"


def _key() -> str:
    """32 random bytes in base64."""
    return b64encode(secrets.token_bytes(32)).decode()


def write_private(path: Path, text: str) -> None:
    """Replace the file in one step, readable by its owner alone (mode 0600); survives a crash half-way."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise explain(error, f"Writing {path}") from None
