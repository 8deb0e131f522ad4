"""Starting a child so that it cannot outlive its supervisor, and what Linux offers for that."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass
class Service:
    """One child process: what to run, and how to end it.

    `stop_signal` asks it to finish; after `patience` seconds `last_resort` does, and then it is killed.
    `become`, if given, runs in the child before the program and takes up another identity (see
    leadcrm.quickstart.identity).
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    stop_signal: int = signal.SIGTERM
    patience: float = 10.0
    last_resort: int = signal.SIGKILL
    log: Path | None = None
    folder: Path | None = None
    pass_fds: Sequence[int] = ()
    become: Callable[[], None] | None = None
    stdin: bytes | None = None
    foreground: bool = False
    # Kept by the supervisor:
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    started_at: float = 0.0
    failures: int = 0
    restart_at: float | None = None
    last_code: int = 0
    announced: int = 0

    @property
    def pid(self) -> int | None:
        """Id of the running process, or None."""
        return self.process.pid if self.process is not None else None


def control(option: int, value: int) -> None:
    """Linux prctl(option, value); does nothing elsewhere."""
    if _libc is not None:
        _libc.prctl(option, value, 0, 0, 0)


def adopt_orphans() -> None:
    """From now on grandchildren whose parent dies become children of this process (Linux)."""
    control(PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(stop_signal: int) -> None:
    """Have this process sent `stop_signal` when its parent is gone, however it went (Linux)."""
    control(PR_SET_PDEATHSIG, stop_signal)


def spawn(service: Service) -> subprocess.Popen[bytes]:
    """Start the service's process in a group of its own; OSError or SubprocessError if that fails."""
    parent = os.getpid()

    def enter() -> None:
        if service.become is not None:
            service.become()
        # After the change of identity, which clears it; and the parent may have died before this line.
        die_with_parent(service.stop_signal)
        if os.getppid() != parent:
            os._exit(1)

    output: IO[bytes] | None = service.log.open("ab") if service.log else None
    options: dict[str, Any] = {
        "env": dict(service.environment),
        "cwd": service.folder,
        "pass_fds": tuple(service.pass_fds),
        "preexec_fn": enter,
        "start_new_session": not service.foreground,
        "stdout": output,
        "stderr": subprocess.STDOUT if output else None,
    }
    if service.stdin is not None:
        options["stdin"] = subprocess.PIPE
    elif not service.foreground:
        options["stdin"] = subprocess.DEVNULL
    try:
        process = subprocess.Popen(list(service.command), **options)
    finally:
        if output is not None:
            output.close()
    if process.stdin is not None:
        process.stdin.write(service.stdin or b"")
        process.stdin.close()
    return process


def send(service: Service, number: int) -> None:
    """Signal the service's main process; nothing if it is gone."""
    if service.pid is not None:
        # It may end between the look and the signal, which is what was wanted.
        with contextlib.suppress(ProcessLookupError):
            os.kill(service.pid, number)


def kill_group(pid: int) -> None:
    """End what is left of the group a service led."""
    # Nothing may be left, or only processes that are already ending.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def children() -> list[int]:
    """Ids of this process's living children (Linux; elsewhere an empty list)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except (OSError, ValueError):
            continue  # It ended while we looked.
        if int(parent) == os.getpid() and state != "Z":
            found.append(int(stat.parent.name))
    return found


def in_child(work: Callable[[], int]) -> int:
    """Run `work` in a forked copy of this process and return its exit code (0-255; 255 for an exception).

    Keeps libraries (a database driver) and changes of identity out of the long-lived supervisor.
    """
    pid = os.fork()
    if pid == 0:
        code = 255
        try:
            code = work()
        except BaseException as error:  # noqa: BLE001 - nothing may leave the copy
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
        finally:
            sys.stderr.flush()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
