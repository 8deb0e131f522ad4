"""A PostgreSQL server of our own: made, started and asked whether it is ready. Loopback only, by password."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from leadcrm.quickstart import identity
from leadcrm.quickstart.datadir import DataDir, write_private
from leadcrm.quickstart.messages import CannotStart
from leadcrm.quickstart.ports import free_port
from leadcrm.quickstart.processes import Service, in_child
from leadcrm.quickstart.programs import postgres_major, postgres_programs

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "max_connections": "60",
    "shared_buffers": "48MB",
    "max_wal_size": "512MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "autovacuum_max_workers": "2",
    "max_worker_processes": "4",
    "max_logical_replication_workers": "0",
    "max_wal_senders": "0",
    "wal_level": "minimal",
    # A failed statement quotes the values it was given: a phone, a name. They stay out of the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_line_prefix": "%m [%p] ",
}
# For test runs: their data is thrown away, so nothing waits for a disk.
THROW_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "400",  # several processes of tests, each with tests of fifty threads
    "shared_buffers": "128MB",
}


@dataclass(frozen=True)
class Cluster:
    """A data folder with the identity and programs it is run with."""

    folder: Path
    programs: Path
    runs_as: identity.Identity
    major: int


def prepare_cluster(data: DataDir, *, durable: bool = True) -> Cluster:
    """The cluster in `data`, made first if it is not there. CannotStart with the reason if that fails."""
    programs = postgres_programs()
    folder = data.path / "postgres"
    runs_as, programs = identity.choose(programs=programs, data_dir=data.path, cluster=folder)
    cluster = Cluster(folder, programs, runs_as, postgres_major(programs))
    if not (folder / "PG_VERSION").exists():
        _make(cluster, data, durable=durable)
    elif runs_as.owner != (folder.stat().st_uid, folder.stat().st_gid) and os.geteuid() == 0:
        _give(folder, runs_as)
    made_by = (folder / "PG_VERSION").read_text().strip()
    if made_by != str(cluster.major):
        raise CannotStart(
            f"{folder} was made by PostgreSQL {made_by}, but {programs} has version {cluster.major}.\n"
            "Dump it with the old version and load it with the new one (docs/operators.md), or set DATA_DIR."
        )
    return cluster


def _make(cluster: Cluster, data: DataDir, *, durable: bool) -> None:
    """Run initdb in a draft folder that takes its name only when complete."""
    draft = cluster.folder.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    password = data.path / "password.new"
    write_private(password, data.secrets().database_password)
    for path in (draft, password):
        os.chown(path, *cluster.runs_as.owner)
    command: list[str | Path] = [
        cluster.programs / "initdb", "--pgdata", draft, "--username", "postgres", "--pwfile", password,
        "--auth", "scram-sha-256", "--encoding", "UTF8", "--no-instructions", *_locale(cluster.major),
    ]  # fmt: skip
    done = subprocess.run(
        [*command, *([] if durable else ["--no-sync"])],
        preexec_fn=cluster.runs_as.become,
        capture_output=True,
        text=True,
        check=False,
    )
    password.unlink()
    if done.returncode != 0:
        raise CannotStart(f"The database could not be made in {draft}:\n{done.stderr.strip()}")
    draft.rename(cluster.folder)


def _locale(major: int) -> list[str]:
    """The same sorting on every machine; Unicode-aware upper and lower case where the version can."""
    if major >= 17:
        return ["--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
    return ["--locale", "C"]


def _give(folder: Path, runs_as: identity.Identity) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, *runs_as.owner, follow_symlinks=False)


def server(
    cluster: Cluster,
    data: DataDir,
    environment: Mapping[str, str],
    *,
    durable: bool,
    extra: Mapping[str, str],
) -> tuple[Service, int]:
    """The server as a service, and the loopback port it will listen on. `extra` overrides its settings."""
    port = free_port()
    settings = {**SETTINGS, **({} if durable else THROW_AWAY), "port": str(port), **extra}
    if cluster.major >= 18:
        settings.setdefault("io_method", "sync")  # A reader process fewer, or three; the data is small.
    command = [str(cluster.programs / "postgres"), "-D", str(cluster.folder)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    return (
        Service(
            name="PostgreSQL",
            command=command,
            environment=environment,
            stop_signal=signal.SIGINT,  # "fast": ends connections, writes a checkpoint
            last_resort=signal.SIGQUIT,  # "immediate": recovers at the next start
            log=data.path / "log" / "postgres.log",
            pass_fds=(data.lock_fd,),
            become=cluster.runs_as.become,
        ),
        port,
    )


def is_ready(cluster: Cluster, pid: int) -> bool:
    """Whether the server with that process id takes connections, by the note it leaves in its folder."""
    try:
        note = (cluster.folder / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    inside_namespace_or_same = len(note) > 7 and note[0].strip() == str(pid)
    return inside_namespace_or_same and note[7].strip() == "ready"


def ensure_database(port: int, password: str, *, durable: bool = True) -> None:
    """Have a role `leadcrm` and its database; safe to repeat. CannotStart if the server will not.

    `durable=False`: a server of tests, whose role may also put triggers to sleep, so that tables are emptied fast.
    """

    def work() -> int:
        return _ensure_database(port, password, durable=durable)

    if in_child(work) != 0:
        raise CannotStart("The database was started, but could not be set up (see above).")


def _ensure_database(port: int, password: str, *, durable: bool) -> int:
    import psycopg
    from psycopg import sql

    address = {"host": "127.0.0.1", "port": port, "password": password, "connect_timeout": 5}
    with psycopg.connect(**address, user="postgres", dbname="postgres", autocommit=True) as connection:  # type: ignore[arg-type]
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'leadcrm'").fetchone()
        if known is None:
            connection.execute(
                sql.SQL("CREATE ROLE leadcrm LOGIN CREATEDB PASSWORD {}").format(sql.Literal(password))
            )
            connection.execute("GRANT pg_monitor, pg_signal_backend, pg_checkpoint TO leadcrm")
            if not durable:
                connection.execute("GRANT SET ON PARAMETER session_replication_role TO leadcrm")
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'leadcrm'").fetchone()
        if known is None:
            connection.execute("CREATE DATABASE leadcrm OWNER leadcrm")
    return 0


def url(port: int, password: str) -> str:
    """The DATABASE_URL of the product's own database."""
    return f"postgres://leadcrm:{password}@127.0.0.1:{port}/leadcrm"
