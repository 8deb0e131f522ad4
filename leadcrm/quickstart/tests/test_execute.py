"""`exec` brings up real services for one command, passes on its exit code and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from leadcrm.quickstart.options import ROOT
from leadcrm.quickstart.tests.way import open_way

# What a command finds: both services answer, with the durability that was asked for.
LOOK = """
import json, os, psycopg, redis
url = os.environ["DATABASE_URL"].replace("postgres://", "postgresql://")
with psycopg.connect(url) as db:
    fsync = db.execute("SHOW fsync").fetchone()[0]
    listens = db.execute("SHOW listen_addresses").fetchone()[0]
pong = redis.Redis.from_url(os.environ["CELERY_BROKER_URL"]).ping()
print(json.dumps({"fsync": fsync, "listens": listens, "pong": pong, "key": len(os.environ["SECRET_KEY"])}))
raise SystemExit(7)
"""


def clean_environment(tmp_path: Path, **more: str) -> dict[str, str]:
    names = ("DATABASE_URL", "CELERY_BROKER_URL", "SECRET_KEY", "PORT", "DATA_DIR")
    kept = {name: value for name, value in os.environ.items() if name not in names}
    return {**kept, "TMPDIR": str(tmp_path), **more}


def start(tmp_path: Path, *arguments: str, **more: str) -> subprocess.Popen[str]:
    open_way(tmp_path)
    return subprocess.Popen(
        [sys.executable, "-m", "leadcrm.quickstart", "exec", *arguments],
        env=clean_environment(tmp_path, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def using(folder: Path) -> list[str]:
    """Commands of processes that name the folder."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = file.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(folder) in command:
            found.append(command)
    return found


@pytest.mark.parametrize(("flags", "fsync"), [((), "off"), (("--durable",), "on")])
def test_a_command_finds_both_services_and_its_exit_code_is_passed_on(
    tmp_path: Path, flags: tuple[str, ...], fsync: str
) -> None:
    process = start(tmp_path, *flags, "--", sys.executable, "-c", LOOK)
    shown, errors = process.communicate(timeout=60)
    assert process.returncode == 7, errors
    found = json.loads(shown)
    assert (found["fsync"], found["listens"], found["pong"]) == (fsync, "127.0.0.1", True)
    assert found["key"] >= 50
    assert list(tmp_path.iterdir()) == []
    assert using(tmp_path) == []


def test_services_that_the_environment_names_are_used_and_not_started(tmp_path: Path) -> None:
    named = {"DATABASE_URL": "postgres://a@db.example.com/b", "CELERY_BROKER_URL": "amqp://mq.example.com"}
    script = "import os; print(os.environ['DATABASE_URL'], os.environ['CELERY_BROKER_URL'])"
    shown, errors = start(tmp_path, "--", sys.executable, "-c", script, **named).communicate(timeout=60)
    assert shown == "postgres://a@db.example.com/b amqp://mq.example.com\n", errors


def test_a_stopped_command_takes_its_services_with_it(tmp_path: Path) -> None:
    process = start(tmp_path, "--", "sh", "-c", "echo up; exec sleep 60")
    assert process.stdout
    assert process.stdout.readline() == "up\n"
    assert using(tmp_path) != []
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 128 + signal.SIGTERM
    assert using(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_killed_start_leaves_no_server_behind(tmp_path: Path) -> None:
    process = start(tmp_path, "--", "sh", "-c", "echo up; exec sleep 60")
    assert process.stdout
    assert process.stdout.readline() == "up\n"
    process.kill()
    process.communicate(timeout=20)
    deadline = time.monotonic() + 10
    while using(tmp_path):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_program_that_does_not_exist_is_told(tmp_path: Path) -> None:
    process = start(tmp_path, "--", "no-such-program")
    _shown, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "There is no program 'no-such-program'." in errors
