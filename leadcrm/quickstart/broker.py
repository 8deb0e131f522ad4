"""A Valkey (or Redis) server of our own as Celery's broker: loopback only, by password, nothing on disk."""

import socket
from collections.abc import Mapping

from leadcrm.quickstart.datadir import DataDir
from leadcrm.quickstart.ports import HOST, free_port
from leadcrm.quickstart.processes import Service
from leadcrm.quickstart.programs import broker_program


def server(data: DataDir, environment: Mapping[str, str]) -> tuple[Service, int]:
    """The broker as a service, and the loopback port it will listen on.

    It keeps nothing: every message is only the bell for a row in PostgreSQL.
    """
    port = free_port()
    configuration = "\n".join(
        [
            f"bind {HOST}",
            f"port {port}",
            f"requirepass {data.secrets().broker_password}",
            'save ""',
            "appendonly no",
            "maxmemory 256mb",
            "maxmemory-policy noeviction",
            "databases 16",
            "",
        ]
    )
    service = Service(
        name="Valkey",
        command=[str(broker_program()), "-"],
        environment=environment,
        stdin=configuration.encode(),
        log=data.path / "log" / "valkey.log",
        folder=data.path,
        pass_fds=(data.lock_fd,),
    )
    return service, port


def is_ready(port: int) -> bool:
    """Whether something answers on that port."""
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False


def url(port: int, password: str, number: int = 0) -> str:
    """The CELERY_BROKER_URL of database `number`."""
    return f"redis://:{password}@{HOST}:{port}/{number}"
