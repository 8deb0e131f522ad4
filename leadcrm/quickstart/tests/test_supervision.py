"""Children are restarted when they die, and none outlives its supervisor."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from leadcrm.quickstart.options import ROOT

SUPERVISE = """
import os, pathlib, signal, sys
from leadcrm.quickstart.processes import Service
from leadcrm.quickstart.supervisor import Supervisor, say
folder = pathlib.Path(sys.argv[1])
supervisor = Supervisor(say)
supervisor.take_signals()
def service(name, script, **options):
    made = Service(name=name, command=["sh", "-c", script], environment=os.environ, folder=folder, **options)
    supervisor.start(made)
    return made
{services}
say("up")
supervisor.run()
supervisor.stop([web])
say("stopped")
"""
PLAIN = """
web = service("web", "echo $$ >> web; exec sleep 60")
"""
# One that ignores the polite request, and one that leaves a grandchild in a session of its own.
STUBBORN = """
web = service("web", "trap '' TERM; echo $$ >> web; while :; do sleep 0.1; done", patience=0.3)
service("other", "setsid sleep 60 & echo $! >> other; exec sleep 60")
"""


def supervise(folder: Path, services: str = PLAIN) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISE.format(services=services), str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        # As from a terminal: tests that a shell runs in its background ignore Ctrl-C, and so would what they start.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout
    assert process.stdout.readline() == "up\n"
    return process


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def pids(file: Path) -> list[int]:
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def alive(pid: int) -> bool:
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_a_child_that_dies_is_started_again(tmp_path: Path) -> None:
    with supervise(tmp_path) as process:
        wait_for(lambda: len(pids(tmp_path / "web")) == 1)
        os.kill(pids(tmp_path / "web")[0], signal.SIGKILL)
        wait_for(lambda: len(pids(tmp_path / "web")) == 2)
        process.terminate()
        shown, _errors = process.communicate(timeout=10)
    assert "web ended (killed by SIGKILL); starting it again" in shown
    assert not any(alive(pid) for pid in pids(tmp_path / "web"))


def test_a_child_that_dies_again_and_again_is_given_time(tmp_path: Path) -> None:
    with supervise(tmp_path, 'web = service("web", "echo $$ >> web; exit 3")') as process:
        wait_for(lambda: len(pids(tmp_path / "web")) == 2)
        began = time.monotonic()
        wait_for(lambda: len(pids(tmp_path / "web")) == 3)
        assert time.monotonic() - began > 1.0
        process.terminate()
        process.communicate(timeout=10)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything_even_what_will_not_listen(tmp_path: Path, number: int) -> None:
    with supervise(tmp_path, STUBBORN) as process:
        wait_for(lambda: bool(pids(tmp_path / "web") and pids(tmp_path / "other")))
        process.send_signal(number)
        shown, _errors = process.communicate(timeout=15)
    assert shown.endswith("stopped\n")
    assert not any(alive(pid) for pid in pids(tmp_path / "web") + pids(tmp_path / "other"))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_children_of_a_killed_supervisor_end_by_themselves(tmp_path: Path) -> None:
    with supervise(tmp_path) as process:
        wait_for(lambda: bool(pids(tmp_path / "web")))
        process.kill()
    wait_for(lambda: not alive(pids(tmp_path / "web")[0]))
