"""Make the virtual environment and install a lock into it: run by the machine's own python3, by path.

    python3 leadcrm/quickstart/bootstrap.py requirements.txt

Standard library only, and no syntax younger than Python 3.5: an old Python must get as far as the sentence
that says it is too old.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from typing import IO

NEEDED = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Stop(Exception):
    """A reason to stop, in words for the person at the keyboard."""


def refuse_old_python(version: "tuple[int, ...]") -> None:
    """Raise Stop unless `version` (as sys.version_info) is new enough."""
    if version < NEEDED:
        raise Stop(
            "This needs Python %d.%d or later; %s is %d.%d.\n"
            "Install a newer one and name it: make run PYTHON=python3.12"
            % (NEEDED[0], NEEDED[1], sys.executable or "python3", version[0], version[1])
        )


def refuse_missing_venv() -> None:
    """Raise Stop if this Python cannot make virtual environments (Debian splits them off)."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        raise Stop(
            "This Python (%s) comes without venv or ensurepip.\n"
            "On Debian and Ubuntu: apt-get install python3-venv. "
            "Elsewhere: install the complete Python package of your system." % sys.executable
        ) from None


def fingerprint(lock_path: str) -> str:
    """What the stamp of an installed lock says: its content, and the Python it was installed for."""
    with open(lock_path, "rb") as lock:
        content = hashlib.sha256(lock.read()).hexdigest()
    return "%s python%d.%d\n" % (content, sys.version_info[0], sys.version_info[1])


def read(path: str) -> str:
    """The text of a file, or an empty string if there is none."""
    try:
        with open(path) as file:
            return file.read()
    except (OSError, UnicodeDecodeError):
        return ""


def usable(python: str) -> bool:
    """Whether the environment's interpreter still starts (the system's Python may have been replaced)."""
    try:
        return subprocess.call([python, "-c", "import pip"], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def make_environment(folder: str) -> None:
    """Create (or replace) the virtual environment in `folder`."""
    refuse_missing_venv()
    print("Making the virtual environment in %s" % os.path.relpath(folder, ROOT), flush=True)
    if os.path.lexists(folder):
        shutil.rmtree(folder)
    if subprocess.call([sys.executable, "-m", "venv", folder]) != 0:
        raise Stop(
            "The virtual environment could not be made (see above): is the disk full, or %s not writable?"
            % ROOT
        )


def install(python: str, lock_path: str) -> None:
    """Install exactly what the lock names, every file checked against its hash."""
    print("Installing %s (once; a minute or two)" % os.path.relpath(lock_path, ROOT), flush=True)
    command = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    command += ["--require-hashes", "--no-deps", "-r", lock_path]
    if subprocess.call(command, stdin=subprocess.DEVNULL) != 0:
        raise Stop(
            "The packages of %s could not be installed (see above).\n"
            "A full disk, no way to the package index, or no binary packages for this platform and Python?"
            % os.path.relpath(lock_path, ROOT)
        )


def prepare(lock_path: str, folder: str) -> None:
    """Bring the environment in `folder` in step with the lock; does nothing when it already is."""
    python = os.path.join(folder, "bin", "python")
    stamp = os.path.join(folder, ".installed-%s" % os.path.basename(lock_path))
    wanted = fingerprint(lock_path)
    if read(stamp) == wanted and os.access(python, os.X_OK):
        return
    with open(lock_path) as alone:
        wait_for_turn(alone)
        if read(stamp) == wanted and os.access(python, os.X_OK):
            return
        if not usable(python):
            make_environment(folder)
        install(python, lock_path)
        with open(stamp, "w") as file:
            file.write(wanted)


def wait_for_turn(file: "IO[str]") -> None:
    """Two first starts in one folder must not install at once: hold a lock on `file` while it is open."""
    import fcntl

    fcntl.flock(file, fcntl.LOCK_EX)


def main(arguments: "list[str]") -> int:
    """Command line: the path of a lock. Returns the exit code."""
    try:
        refuse_old_python(sys.version_info[:2])
        prepare(os.path.join(ROOT, arguments[0]), os.path.join(ROOT, ".venv"))
    except Stop as reason:
        sys.stderr.write("\n%s\n" % reason)
        return 1
    except OSError as error:
        sys.stderr.write("\nThe virtual environment could not be written: %s\n" % error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
