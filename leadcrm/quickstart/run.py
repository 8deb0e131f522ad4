"""`make run`: the product at a local address, until Ctrl-C."""

import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from leadcrm.quickstart import banner, ports, postgres, prepared, running
from leadcrm.quickstart.datadir import DataDir, write_private
from leadcrm.quickstart.messages import CannotStart
from leadcrm.quickstart.options import ROOT, Options
from leadcrm.quickstart.processes import Service, in_child
from leadcrm.quickstart.services import Backing, bring_up
from leadcrm.quickstart.supervisor import Interrupted, Supervisor, say
from leadcrm.quickstart.trial import trial_settings


def run(options: Options, environment: Mapping[str, str]) -> int:
    """Start everything, show how to reach it, keep it running until a signal. Returns the exit code."""
    supervisor = Supervisor(say)
    supervisor.take_signals()
    own: list[Service] = []
    try:
        _run(supervisor, options, environment, own)
    except Interrupted:
        pass  # Asked to stop while starting: as good a moment as any.
    except CannotStart:
        if not supervisor.stop_requests:
            raise
    finally:
        if supervisor.services:
            say("Stopping ...")
        supervisor.stop(own)
    say("Stopped.")
    return 0


def _run(
    supervisor: Supervisor, options: Options, environment: Mapping[str, str], own: list[Service]
) -> None:
    data = DataDir(options.data_dir)
    data.lock()
    listener = ports.listen(options.port)
    port = listener.getsockname()[1]
    web_url = f"http://localhost:{port}"
    data.note_holder(web_url)
    if not (data.path / "prepared.json").exists():
        say("First start: making the database (half a minute) ...")
    backing = bring_up(supervisor, options, data, environment)
    told = _environment(environment, data, backing, web_url)
    demo = data.path / "demo.json"
    _prepare(supervisor, options, data, backing, told, demo)
    made_up = trial_settings(environment, data.path / "mail") if demo.exists() else {}
    told |= made_up
    own += _product(told, data, listener.fileno())
    for service in own:
        supervisor.start(service)
    # The socket listens already, so this request waits in its queue and is answered when the product is up.
    with ports.ask(port) as question:
        supervisor.wait_until(lambda: ports.has_answer(question), own[0], seconds=60)
    found = running.leave_note(data.path, _to_join(told))
    say(banner.text(web_url, demo, data.path, made_up=made_up, found=found))
    try:
        supervisor.run()
    finally:
        running.remove_note(data.path)
    listener.close()


def _environment(
    environment: Mapping[str, str], data: DataDir, backing: Backing, web_url: str
) -> dict[str, str]:
    """What the product's processes are told: their own environment, and what it leaves open."""
    chosen = {
        "SECRET_KEY": data.secrets().secret_key,
        "EVIDENCE_KEYS": data.secrets().evidence_keys,
        "LOOKUP_KEY": data.secrets().lookup_key,
        "PUBLIC_URL": web_url,
        "STATIC_ROOT": str(data.path / "static"),
        "METRICS_DIR": str(data.path / "metrics"),
        "LOG_FORMAT": "console",
        "PYTHONUNBUFFERED": "1",
    }
    given = {name: value for name, value in environment.items() if value or name not in chosen}
    return {**chosen, **given, **backing.environment()}


def _to_join(told: Mapping[str, str]) -> dict[str, str]:
    """What a command in a second terminal must know of the instance; not the rest of its environment."""
    names = (
        "DATABASE_URL", "CELERY_BROKER_URL", "SECRET_KEY", "EVIDENCE_KEYS", "LOOKUP_KEY", "PUBLIC_URL",
        "STATIC_ROOT", "LOG_FORMAT", "AGENCY_POSTAL_ADDRESS", "EMAIL_FOLDER",
    )  # fmt: skip
    return {name: told[name] for name in names if name in told}


def _prepare(
    supervisor: Supervisor,
    options: Options,
    data: DataDir,
    backing: Backing,
    told: Mapping[str, str],
    demo: Path,
) -> None:
    """Migrate, collect static files and, once, make the demo data; skipped if nothing has changed since."""
    stamp = data.path / "prepared.json"
    # Only into a database that this start makes: one in use never gets invented people among its own.
    wants_demo = options.demo and not stamp.exists()
    if not wants_demo and prepared.is_prepared(stamp, backing.database_url):
        return
    if options.database_url is None:
        postgres.ensure_database(backing.database_port, backing.database_password)
    command = [sys.executable, "-m", "leadcrm.quickstart.prepare"]
    service = Service(
        name="The preparation",
        command=[*command, *(["--demo", str(demo)] if wants_demo else [])],
        environment=told,
        folder=ROOT,
    )
    code = supervisor.run_command(service)
    if supervisor.stop_requests:
        raise Interrupted
    if code != 0:
        raise CannotStart("The database could not be prepared (see above).")

    def leave_stamp() -> int:
        write_private(stamp, prepared.stamp_text(backing.database_url))
        return 0

    in_child(leave_stamp)


def _product(told: Mapping[str, str], data: DataDir, listener: int) -> list[Service]:
    """The three processes of the product: web, worker, beat."""
    python = sys.executable
    celery = ["-m", "leadcrm.quickstart.worker", "--quiet", "--app", "leadcrm"]
    # Celery warns root with ten lines; whoever runs a trial as root knows.
    worker = [python, "-W", "ignore:You're running the worker", *celery, "worker", "--concurrency", "2"]
    gunicorn = [python, "-m", "gunicorn", "--config", "python:leadcrm.quickstart.web"]
    lean = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return [
        Service(
            name="Web",
            command=[*gunicorn, "--bind", f"fd://{listener}", "leadcrm.wsgi"],
            environment=told,
            folder=ROOT,
            pass_fds=(listener,),
        ),
        Service(
            name="Worker",
            command=[*worker, "--loglevel", "WARNING", *lean],
            environment=told,
            folder=ROOT,
            # The first request lets running tasks finish, the second gives them back to the broker.
            patience=6.0,
            last_resort=signal.SIGQUIT,
        ),
        Service(
            name="Beat",
            command=[python, "-m", "leadcrm.quickstart.beat", str(data.path / "beat")],
            environment=told,
            folder=ROOT,
        ),
    ]
