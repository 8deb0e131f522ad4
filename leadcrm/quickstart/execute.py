"""Run one command beside throw-away services: `python -m leadcrm.quickstart exec -- pytest`."""

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from leadcrm.quickstart import postgres
from leadcrm.quickstart.datadir import DataDir
from leadcrm.quickstart.messages import CannotStart
from leadcrm.quickstart.options import Options
from leadcrm.quickstart.processes import Service
from leadcrm.quickstart.services import bring_up
from leadcrm.quickstart.supervisor import Interrupted, Supervisor, say


def execute(
    command: Sequence[str],
    options: Options,
    environment: Mapping[str, str],
    *,
    durable: bool,
    settings: Mapping[str, str],
) -> int:
    """Exit code of `command`, run with DATABASE_URL, CELERY_BROKER_URL, SECRET_KEY and the two other keys set.

    Services that the environment does not name are started in a temporary folder and gone afterwards.
    `durable` keeps PostgreSQL's safety on (for benchmarks). CannotStart if a service will not start.
    """
    supervisor = Supervisor(say)
    supervisor.take_signals()
    folder = Path(tempfile.mkdtemp(prefix="leadcrm-"))
    try:
        folder.chmod(0o711)  # The account PostgreSQL runs as, if we are root, must get through.
        data = DataDir(folder / "data")
        data.lock()
        own = replace(options, data_dir=data.path)
        backing = bring_up(supervisor, own, data, environment, durable=durable, settings=settings)
        if options.database_url is None:
            postgres.ensure_database(backing.database_port, backing.database_password, durable=durable)
        kept = data.secrets()
        own_keys = {
            "SECRET_KEY": kept.secret_key,
            "EVIDENCE_KEYS": kept.evidence_keys,
            "LOOKUP_KEY": kept.lookup_key,
        }
        told = {**own_keys, **environment, **backing.environment()}
        return supervisor.run_command(_as_service(command, told))
    except Interrupted:
        return 128 + supervisor.last_signal
    except CannotStart:
        if supervisor.stop_requests:
            return 128 + supervisor.last_signal
        raise
    finally:
        supervisor.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _as_service(command: Sequence[str], environment: Mapping[str, str]) -> Service:
    if shutil.which(command[0], path=environment.get("PATH", os.defpath)) is None:
        raise CannotStart(f"There is no program {command[0]!r}.")
    return Service(name=command[0], command=command, environment=environment, foreground=True)
