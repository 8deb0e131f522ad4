"""One folder per instance: one supervisor at a time, keys for its owner alone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from leadcrm.quickstart import banner, options
from leadcrm.quickstart.datadir import DataDir, write_private
from leadcrm.quickstart.messages import CannotStart
from leadcrm.quickstart.options import ROOT
from leadcrm.quickstart.running import join_running, leave_note, remove_note
from leadcrm.quickstart.trial import trial_settings

HOLD = """
import sys, pathlib
from leadcrm.quickstart.datadir import DataDir
data = DataDir(pathlib.Path(sys.argv[1])); data.lock(); data.note_holder("http://localhost:8123")
{extra}
print("held", flush=True); sys.stdin.read()
"""
# The supervisor ends; a server that inherited the lock lives a little longer.
LEAVE_SERVER = """
import subprocess
subprocess.Popen(["sleep", "{seconds}"], pass_fds=(data.lock_fd,), stdout=subprocess.DEVNULL)
raise SystemExit
"""


@pytest.fixture(autouse=True)
def _checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout of the test's own, whose usual folder is `usual/var`."""
    monkeypatch.setattr(options, "ROOT", tmp_path / "usual")


def hold(folder: Path, extra: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLD.format(extra=extra), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def test_a_folder_in_use_is_told_with_its_process_and_address(tmp_path: Path) -> None:
    with hold(tmp_path / "var") as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        with pytest.raises(CannotStart, match=f"runs as process {other.pid}, at http://localhost:8123"):
            DataDir(tmp_path / "var").lock()
        other.communicate("")
    DataDir(tmp_path / "var").lock()


def test_servers_that_a_killed_supervisor_left_are_waited_for(tmp_path: Path) -> None:
    hold(tmp_path / "var", LEAVE_SERVER.format(seconds=0.7)).communicate("")
    with pytest.raises(CannotStart, match="Servers of an earlier start still use"):
        DataDir(tmp_path / "var").lock(patience=0)
    DataDir(tmp_path / "var").lock()


def test_keys_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    made = DataDir(tmp_path / "var").secrets()
    assert DataDir(tmp_path / "var").secrets() == made
    assert len({made.secret_key, made.database_password, made.broker_password}) == 3
    assert len(made.secret_key) >= 50
    assert (tmp_path / "var" / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_a_folder_of_before_evidence_was_sealed_gets_a_key_for_it_once(tmp_path: Path) -> None:
    data = DataDir(tmp_path / "var")
    old = {"secret_key": "s" * 60, "database_password": "d", "broker_password": "b"}
    (data.path / "secrets.json").write_text(json.dumps(old))
    made = data.secrets()
    assert (made.secret_key, made.database_password) == (old["secret_key"], "d")
    assert made.evidence_keys.startswith("k1:")
    assert data.secrets() == made


def test_damaged_keys_stop_the_start_rather_than_being_replaced(tmp_path: Path) -> None:
    data = DataDir(tmp_path / "var")
    (data.path / "secrets.json").write_text("{")
    with pytest.raises(CannotStart, match="is damaged"):
        data.secrets()


def test_the_terminal_shows_logins_and_a_request_that_can_be_pasted(tmp_path: Path) -> None:
    seeded = {
        "logins": [{"role": "agent", "email": "agent@example.com", "password": "correct horse"}],
        "api_key": "lk_demo_1",
        "endpoint": "http://localhost:1/api/lead-intake",
    }
    write_private(tmp_path / "demo.json", json.dumps(seeded))
    shown = banner.text("http://localhost:8123", tmp_path / "demo.json", tmp_path)
    assert "agent@example.com  correct horse" in shown
    assert "curl -sS http://localhost:8123/api/lead-intake \\" in shown
    assert "Authorization: Bearer lk_demo_1" in shown


def test_without_demo_data_the_terminal_says_how_to_get_a_login(tmp_path: Path) -> None:
    assert "createsuperuser" in banner.text("http://localhost:1", tmp_path / "none.json", tmp_path)


def test_a_command_that_names_its_database_never_joins_the_instance_that_runs(tmp_path: Path) -> None:
    leave_note(tmp_path, {"DATABASE_URL": "postgres://ours", "SECRET_KEY": "ours"})
    named = {"DATA_DIR": str(tmp_path), "DATABASE_URL": "postgres://theirs"}
    join_running(named)
    assert named == {"DATA_DIR": str(tmp_path), "DATABASE_URL": "postgres://theirs"}


def test_a_command_that_names_nothing_joins_the_instance_that_runs(tmp_path: Path) -> None:
    leave_note(tmp_path, {"DATABASE_URL": "postgres://ours", "SECRET_KEY": "ours"})
    open_ = {"DATA_DIR": str(tmp_path), "SECRET_KEY": "mine"}
    join_running(open_)
    assert (open_["DATABASE_URL"], open_["SECRET_KEY"]) == ("postgres://ours", "mine")


class TestAnInstanceElsewhere:
    def run_in(self, folder: Path, database: str) -> bool:
        folder.mkdir(exist_ok=True, parents=True)
        return leave_note(folder, {"DATABASE_URL": database})

    def found(self, **environment: str) -> str | None:
        join_running(environment)
        return environment.get("DATABASE_URL")

    def test_it_is_found_by_commands_that_are_not_told_where(self, tmp_path: Path) -> None:
        assert self.run_in(tmp_path / "other", "postgres://other")
        assert self.found() == "postgres://other"

        remove_note(tmp_path / "other")
        assert self.found() is None

    def test_the_usual_folder_goes_first_and_data_dir_before_all(self, tmp_path: Path) -> None:
        self.run_in(tmp_path / "other", "postgres://other")
        self.run_in(tmp_path / "usual" / "var", "postgres://usual")

        assert self.found() == "postgres://usual"
        assert self.found(DATA_DIR=str(tmp_path / "other")) == "postgres://other"
        assert self.found(DATA_DIR=str(tmp_path / "nowhere")) is None

    def test_of_several_none_is_guessed(self, tmp_path: Path) -> None:
        self.run_in(tmp_path / "one", "postgres://one")
        pointers = tmp_path / "usual" / "var" / "elsewhere"
        self.run_in(tmp_path / "two", "postgres://two")
        (pointers / str(os.getppid())).write_text(str(tmp_path / "one"))

        with pytest.raises(CannotStart, match="Several instances run") as refused:
            self.found()
        assert f"DATA_DIR={tmp_path / 'two'}" in str(refused.value)

    def test_one_that_was_killed_is_not_found(self, tmp_path: Path) -> None:
        self.run_in(tmp_path / "other", "postgres://other")
        pointers = tmp_path / "usual" / "var" / "elsewhere"
        gone = subprocess.Popen(["true"])
        gone.wait()
        (pointers / str(os.getpid())).rename(pointers / str(gone.pid))

        assert self.found() is None
        self.run_in(tmp_path / "third", "postgres://third")
        assert [file.name for file in pointers.iterdir()] == [str(os.getpid())]

    def test_where_the_usual_folder_cannot_be_made_the_terminal_says_how_to_name_it(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / "usual").write_text("a file is in the way")

        assert not self.run_in(tmp_path / "other", "postgres://other")
        shown = banner.text("http://localhost:1", tmp_path / "none", tmp_path / "other", found=False)
        assert f"DATA_DIR={tmp_path / 'other'} .venv/bin/python manage.py" in shown


class TestADemonstration:
    def test_its_mails_become_files_that_its_owner_reads_and_its_address_is_made_up(
        self, tmp_path: Path
    ) -> None:
        told = trial_settings({}, tmp_path / "mail")

        assert told["EMAIL_FOLDER"] == str(tmp_path / "mail")
        assert "Example Street" in told["AGENCY_POSTAL_ADDRESS"]
        assert (tmp_path / "mail").stat().st_mode & 0o777 == 0o700
        seeded = {"logins": [], "api_key": "lk_demo_1", "endpoint": "http://localhost:1/api/lead-intake"}
        write_private(tmp_path / "demo.json", json.dumps(seeded))
        shown = banner.text("http://localhost:1", tmp_path / "demo.json", tmp_path, made_up=told)
        assert f"E-mails go to nobody: they become files in {tmp_path / 'mail'}" in shown
        assert "made up" in shown

    def test_what_its_owner_has_set_stands(self, tmp_path: Path) -> None:
        own = {"EMAIL_HOST": "mail.example.com", "AGENCY_POSTAL_ADDRESS": "2 Real Street"}

        assert trial_settings(own, tmp_path / "mail") == {}
        assert not (tmp_path / "mail").exists()
        assert "EMAIL_FOLDER" not in trial_settings({"EMAIL_FOLDER": "/tmp/mine"}, tmp_path / "mail")
