"""Keeps the services running, and ends them all, whatever ends the supervisor itself."""

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable, Sequence
from types import FrameType

from leadcrm.quickstart.messages import CannotStart
from leadcrm.quickstart.processes import Service, adopt_orphans, children, kill_group, send, spawn

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LONGEST_PAUSE = 30.0  # seconds between two attempts to restart
STEADY = 60.0  # seconds a service must have run for its failures to be forgotten


class Interrupted(Exception):
    """A signal asked the supervisor to stop."""


class Supervisor:
    """Starts services, restarts those that die, stops them, the last started first."""

    def __init__(self, say: Callable[[str], None]) -> None:
        """`say` shows one line to the person at the terminal."""
        self.say = say
        self.services: list[Service] = []
        self.stop_requests = 0
        self.last_signal = 0
        self._wake_r, self._wake_w = os.pipe()
        for fd in (self._wake_r, self._wake_w):
            os.set_blocking(fd, False)
        self._poll = select.poll()
        self._poll.register(self._wake_r, select.POLLIN)

    def take_signals(self) -> None:
        """Handle Ctrl-C, SIGTERM and hang-up from now on; one ignored before, as by nohup, stays so."""
        adopt_orphans()
        signal.set_wakeup_fd(self._wake_w, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        for number in STOP_SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._stop_asked)
        self._watch_terminal()

    def _watch_terminal(self) -> None:
        """Notice a terminal that goes away: the kernel tells only the session's first process."""
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            for fd in (0, 1):
                if os.isatty(fd):
                    self._poll.register(fd, 0)  # Reports a hang-up alone.

    def _stop_asked(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGHUP and self.stop_requests:
            return  # A terminal goes away once, but says so several times.
        self.stop_requests += 1
        self.last_signal = number

    def start(self, service: Service) -> None:
        """Start a service and keep watch over it. CannotStart if its program cannot be run."""
        try:
            service.process = spawn(service)
        except (OSError, RuntimeError, ValueError) as error:
            raise CannotStart(f"{service.name} could not be started: {error}") from None
        service.started_at = time.monotonic()
        service.restart_at = None
        if service not in self.services:
            self.services.append(service)

    def wait_until(self, ready: Callable[[], bool], service: Service, *, seconds: float) -> None:
        """Return when `ready()`; CannotStart if it ends or time is up; Interrupted on a signal."""
        deadline = time.monotonic() + seconds
        while not ready():
            self.reap()
            if service.process is None:
                raise CannotStart(f"{service.name} ended while starting.\n{_tail(service)}".rstrip())
            if time.monotonic() > deadline:
                raise CannotStart(
                    f"{service.name} is not ready after {seconds:.0f} s.\n{_tail(service)}".rstrip()
                )
            if self.stop_requests:
                raise Interrupted
            self._sleep(0.03)

    def run(self) -> None:
        """Watch and restart until a signal asks to stop."""
        while not self.stop_requests:
            self.reap()
            self._restart_due()
            self._sleep(self._pause())

    def run_command(self, command: Service) -> int:
        """Run one command to its end and return its exit code (128 + signal if one ended it).

        Signals are passed on to it, but for a Ctrl-C that it had from the terminal already.
        """
        self.start(command)
        passed_on = 0
        while command.process is not None:
            if self.stop_requests > passed_on:
                passed_on = self.stop_requests
                if self.last_signal != signal.SIGINT or not _shares_terminal():
                    send(command, self.last_signal if passed_on < 3 else signal.SIGKILL)
            self._sleep(1.0)
            self.reap()
        self.services.remove(command)
        return command.last_code if command.last_code >= 0 else 128 - command.last_code

    def reap(self) -> None:
        """Notice every child that has ended, our services and adopted orphans alike."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for service in self.services:
                if service.pid == pid:
                    self._ended(service, os.waitstatus_to_exitcode(status))

    def _ended(self, service: Service, code: int) -> None:
        process = service.process
        assert process is not None
        process.returncode = code
        service.process = None
        service.last_code = code
        if not service.foreground:
            kill_group(process.pid)
        if time.monotonic() - service.started_at > STEADY:
            service.failures = 0
        pause = min(LONGEST_PAUSE, 2.0**service.failures - 0.5)
        service.failures += 1
        service.restart_at = time.monotonic() + pause

    def _restart_due(self) -> None:
        for service in self.services:
            if service.process is not None or service.restart_at is None:
                continue
            if service.announced != service.failures:
                service.announced = service.failures
                self.say(f"{service.name} ended ({_code_in_words(service.last_code)}); starting it again")
            if time.monotonic() >= service.restart_at:
                try:
                    self.start(service)
                except CannotStart as error:
                    self.say(str(error))
                    service.failures += 1
                    service.restart_at = time.monotonic() + LONGEST_PAUSE

    def _pause(self) -> float:
        due = [s.restart_at for s in self.services if s.process is None and s.restart_at is not None]
        return max(0.01, min([5.0, *(moment - time.monotonic() for moment in due)]))

    def stop(self, *groups: Sequence[Service]) -> None:
        """End the services, group by group, each group at the same time. A further signal hurries it."""
        rest = [s for s in reversed(self.services) if not any(s in group for group in groups)]
        for group in (*groups, rest):
            self._stop_group([s for s in group if s.process is not None])
        self._end_orphans()

    def _stop_group(self, group: Sequence[Service]) -> None:
        asked = self.stop_requests
        for service in group:
            send(service, service.stop_signal)
        began = time.monotonic()
        while running := [s for s in group if s.process is not None]:
            waited = time.monotonic() - began
            for service in running:
                if waited > service.patience or self.stop_requests > asked + 1:
                    send(service, service.last_resort)
                    if waited > service.patience + 5:
                        send(service, signal.SIGKILL)
            self._sleep(0.2)
            self.reap()

    def _end_orphans(self) -> None:
        """Kill processes that services left behind and that we adopted."""
        for _ in range(50):
            left = children()
            if not left:
                return
            for pid in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue  # It ended in between.
            self._sleep(0.05)
            self.reap()

    def _sleep(self, seconds: float) -> None:
        """Wait; wakes at once for a signal, the end of a child or of the terminal."""
        for fd, _event in self._poll.poll(seconds * 1000):
            if fd == self._wake_r:
                with contextlib.suppress(BlockingIOError):
                    while os.read(self._wake_r, 512):
                        pass
            else:
                self._poll.unregister(fd)
                self._stop_asked(signal.SIGHUP, None)


def _shares_terminal() -> bool:
    """Whether we are in the foreground of a terminal, which then sends Ctrl-C to every process there."""
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False


def _code_in_words(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


def _tail(service: Service, lines: int = 15) -> str:
    if service.log is None or not service.log.exists():
        return ""
    return "\n".join(service.log.read_text(errors="replace").splitlines()[-lines:])


def say(line: str) -> None:
    """Print a line at once; a terminal that went away is no reason to fail."""
    with contextlib.suppress(OSError):
        print(line, flush=True)
