"""`make run` for real: a fresh folder becomes a product that answers, survives its parts and stops clean."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from leadcrm.quickstart.options import ROOT
from leadcrm.quickstart.tests.way import open_way

NOT_PASSED_ON = ("DATABASE_URL", "CELERY_BROKER_URL", "SECRET_KEY", "PORT", "PUBLIC_URL", "DEBUG", "DEMO")


@dataclass
class Instance:
    """A running supervisor, the folder it keeps and the address it showed."""

    process: subprocess.Popen[str]
    folder: Path
    url: str
    shown: str
    seconds: float

    def get(self, path: str) -> int:
        """The status of a page; 599 if the answer broke off."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=30) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 599

    def stop(self) -> None:
        """Ask it to stop, as a service manager would; it must do so on its own."""
        self.process.terminate()
        self.process.communicate(timeout=30)


def begin(folder: Path) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON}
    open_way(folder.parent)
    return subprocess.Popen(
        [sys.executable, "-m", "leadcrm.quickstart", "run"],
        env={**kept, "DATA_DIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
    )


def start(folder: Path) -> Instance:
    began = time.monotonic()
    process = begin(folder)
    assert process.stdout
    shown = []
    for line in process.stdout:
        shown.append(line)
        if "Ctrl-C stops everything" in line:
            url = next(told.split()[-1] for told in shown if told.startswith("leadcrm is running at "))
            return Instance(process, folder, url, "".join(shown), time.monotonic() - began)
    raise AssertionError("".join(shown))


def paste(shown: str) -> dict[str, object]:
    """The answer to the request that the terminal shows, sent as it stands."""
    words = shlex.split(shown[shown.index("curl ") : shown.index("Data and logs")])
    headers = dict(words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "-H")
    body = words[words.index("-d") + 1].encode()
    request = urllib.request.Request(words[2], body, headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return dict(json.load(answer))


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    running = start(tmp_path_factory.mktemp("run") / "var")
    yield running
    if running.process.poll() is None:
        running.stop()


def beside(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A management command as somebody types it while the product runs in another terminal."""
    kept = {name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON}
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        env={**kept, "DATA_DIR": str(folder)}, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


def logins(shown: str) -> str:
    """The part of what is shown that names the demo logins."""
    return shown[shown.index("Demo logins:") : shown.index("Post a lead")]


def processes(folder: Path) -> list[int]:
    """Ids of the processes that were told of this folder."""
    found = []
    for file in Path("/proc").glob("[0-9]*/environ"):
        try:
            told = file.read_bytes()
        except OSError:
            continue
        if f"DATA_DIR={folder}".encode() in told.split(b"\0"):
            found.append(int(file.parent.name))
    return found


def leader(folder: Path, word: str) -> int:
    """Id of the first process of a service, recognised by a word of its command line."""
    return min(pid for pid in processes(folder) if word.encode() in Path(f"/proc/{pid}/cmdline").read_bytes())


def test_a_fresh_folder_becomes_a_product_that_is_ready(instance: Instance) -> None:
    assert instance.get("/readyz") == 200
    assert instance.get("/login/") == 200


def test_the_request_it_shows_can_be_pasted_and_buys_a_lead(instance: Instance) -> None:
    answer = paste(instance.shown)
    assert answer["status"] == "accepted", answer
    assert (instance.folder / "demo.json").stat().st_mode & 0o777 == 0o600


def test_a_command_in_a_second_terminal_finds_the_instance(instance: Instance) -> None:
    done = beside(instance.folder, "create_source", "--vendor", "Example", "--name", "Second terminal",
                  "--interest", "life", "--price", "9", "--format", "json")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["endpoint"] == f"{instance.url}/api/lead-intake"
    assert (instance.folder / "running.json").stat().st_mode & 0o777 == 0o600


def test_static_files_are_served(instance: Instance) -> None:
    name = next((instance.folder / "static" / "admin" / "css").glob("base.*.css")).name
    assert instance.get(f"/static/admin/css/{name}") == 200


def test_its_mails_become_files_as_the_terminal_says(instance: Instance) -> None:
    assert f"E-mails go to nobody: they become files in {instance.folder / 'mail'}" in instance.shown
    done = beside(instance.folder, "sendtestemail", "nobody@example.com")
    assert done.returncode == 0, done.stderr
    written = [file.read_text() for file in (instance.folder / "mail").iterdir()]
    assert any("To: nobody@example.com" in text for text in written)


def test_it_can_be_reached_from_this_machine_only(instance: Instance) -> None:
    ports = {int(instance.url.rsplit(":", 1)[1])}
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    everywhere = {
        int(row[1].split(":")[1], 16) for row in listening if row[3] == "0A" and row[1][:8] == "0" * 8
    }
    assert not ports & everywhere


def test_the_same_folder_is_not_started_twice(instance: Instance) -> None:
    second = begin(instance.folder)
    shown, _errors = second.communicate(timeout=30)
    assert second.returncode == 1
    assert f"it already runs as process {instance.process.pid}, at {instance.url}" in shown


def test_a_web_server_killed_with_force_refuses_nobody(instance: Instance) -> None:
    os.kill(leader(instance.folder, "gunicorn"), signal.SIGKILL)
    answers = {instance.get("/healthz") for _attempt in range(5)}
    # What was being answered at that moment may break off; what comes after waits for the new one.
    assert answers <= {200, 599}
    assert instance.get("/healthz") == 200


def test_a_database_killed_with_force_comes_back(instance: Instance) -> None:
    os.kill(leader(instance.folder, "bin/postgres"), signal.SIGKILL)
    deadline = time.monotonic() + 90
    while instance.get("/readyz") != 200:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_it_stops_clean_and_starts_again_in_a_moment(instance: Instance) -> None:
    instance.stop()
    assert processes(instance.folder) == []
    assert not (instance.folder / "running.json").exists()
    again = start(instance.folder)
    assert again.get("/readyz") == 200
    assert again.seconds < max(10, instance.seconds / 4)  # a busy machine is slow at both
    assert logins(again.shown) == logins(instance.shown) != ""
    again.process.kill()
    again.process.communicate(timeout=30)
    deadline = time.monotonic() + 15
    while processes(instance.folder):
        assert time.monotonic() < deadline, "processes outlived a supervisor that was killed with force"
        time.sleep(0.1)
