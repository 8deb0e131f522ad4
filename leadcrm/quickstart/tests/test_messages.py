"""A start that cannot succeed says why, in a sentence one can act on."""

import errno
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from leadcrm.quickstart import bootstrap, identity, ports, postgres, programs
from leadcrm.quickstart.datadir import SPACE_NEEDED, DataDir
from leadcrm.quickstart.messages import CannotStart
from leadcrm.quickstart.options import ROOT, read_options


def test_unset_variables_mean_services_of_our_own_and_demo_data() -> None:
    options = read_options({"PORT": "", "DATABASE_URL": ""})
    assert (options.port, options.database_url, options.broker_url, options.demo) == (None, None, None, True)
    assert options.data_dir == ROOT / "var"


def test_a_database_of_the_persons_own_gets_no_demo_data_unless_asked() -> None:
    url = "postgres://somebody@db.example.com/leads"
    assert read_options({"DATABASE_URL": url}).demo is False
    assert read_options({"DATABASE_URL": url, "DEMO": "1"}).demo is True


def test_a_relative_data_dir_is_meant_from_the_top_of_the_checkout() -> None:
    assert read_options({"DATA_DIR": "second"}).data_dir == ROOT / "second"
    assert read_options({"DATA_DIR": "~/leads"}).data_dir == Path.home() / "leads"


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "8000.5", "\u0663\u0663", "80 "])
def test_a_port_that_cannot_be_meant_is_refused_by_name(port: str) -> None:
    with pytest.raises(CannotStart, match="PORT must be a whole number from 1 to 65535"):
        read_options({"PORT": port})


def test_a_port_in_use_is_told_with_the_way_out() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(CannotStart, match=f"Port {taken} is taken .* make run PORT={taken + 1}"):
            ports.listen(taken)


def test_without_a_wanted_port_the_next_free_one_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    first = ports.listen(ports.free_port())
    taken = first.getsockname()[1]
    monkeypatch.setattr(ports, "FIRST", taken)
    monkeypatch.setattr(ports, "LAST", taken + 20)
    with first, ports.listen(None) as second:
        assert taken < second.getsockname()[1] <= taken + 20


def test_a_data_dir_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotStart, match="set DATA_DIR to a folder"):
        DataDir(tmp_path / "file" / "var")


@pytest.mark.parametrize(
    ("number", "hint"),
    [(errno.EACCES, "You may not write there"), (errno.EROFS, "read-only"), (errno.ENOSPC, "disk is full")],
)
def test_a_data_dir_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, hint: str
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(CannotStart, match=hint):
        DataDir(tmp_path / "var")


def test_a_disk_without_room_for_a_database_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=SPACE_NEEDED - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(CannotStart, match="Only 299 MB are free"):
        DataDir(tmp_path / "var").lock()


def test_a_python_too_old_is_told() -> None:
    with pytest.raises(bootstrap.Stop, match=r"needs Python 3\.11 or later; .* is 3\.9"):
        bootstrap.refuse_old_python((3, 9))


def test_a_python_without_ensurepip_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(bootstrap.Stop, match="apt-get install python3-venv"):
        bootstrap.refuse_missing_venv()


def test_an_environment_is_installed_once_per_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []
    monkeypatch.setattr(bootstrap, "install", lambda python, lock: installed.append(Path(lock).read_text()))
    lock, venv = tmp_path / "some.txt", tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    monkeypatch.setattr(bootstrap, "usable", lambda python: True)
    for content in ("a==1", "a==1", "a==2"):
        lock.write_text(content)
        bootstrap.prepare(str(lock), str(venv))
    assert installed == ["a==1", "a==2"]


def test_a_failed_install_is_tried_again_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, venv = tmp_path / "some.txt", tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    lock.write_text("a==1")
    monkeypatch.setattr(bootstrap, "usable", lambda python: True)
    monkeypatch.setattr(subprocess, "call", lambda *args, **kwargs: 1)
    for _start in range(2):
        with pytest.raises(bootstrap.Stop, match="could not be installed"):
            bootstrap.prepare(str(lock), str(venv))


def test_a_machine_without_any_server_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_package_folder", lambda name: None)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(programs, "postgres_major", lambda folder: 0)
    with pytest.raises(CannotStart, match=r"apt-get install postgresql.*or set DATABASE_URL"):
        programs.postgres_programs()
    with pytest.raises(CannotStart, match=r"apt-get install redis-server(.|\n)*or set CELERY_BROKER_URL"):
        programs.broker_program()


def test_root_without_any_way_to_run_postgresql_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(identity, "_reaches", lambda who, path: False)
    with pytest.raises(CannotStart, match="refuses to run as root"):
        identity.choose(programs=tmp_path, data_dir=tmp_path, cluster=tmp_path / "postgres")


def test_data_of_another_postgresql_version_is_left_alone_and_told(tmp_path: Path) -> None:
    data = DataDir(tmp_path / "var")
    (data.path / "postgres").mkdir()
    (data.path / "postgres" / "PG_VERSION").write_text("9\n")
    with pytest.raises(CannotStart, match="was made by PostgreSQL 9"):
        postgres.prepare_cluster(data)
