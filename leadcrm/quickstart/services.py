"""Bringing up PostgreSQL and the broker, each unless the environment names one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leadcrm.quickstart import broker, postgres
from leadcrm.quickstart.datadir import DataDir
from leadcrm.quickstart.options import Options
from leadcrm.quickstart.processes import Service
from leadcrm.quickstart.supervisor import Supervisor


@dataclass
class Backing:
    """The services the product stands on: their addresses, and those of them that we started."""

    database_url: str
    broker_url: str
    started: list[Service]
    database_password: str = field(default="", repr=False)
    database_port: int = 0

    def environment(self) -> dict[str, str]:
        """The variables that tell the product where they are."""
        return {"DATABASE_URL": self.database_url, "CELERY_BROKER_URL": self.broker_url}


def bring_up(
    supervisor: Supervisor,
    options: Options,
    data: DataDir,
    environment: Mapping[str, str],
    *,
    durable: bool = True,
    settings: Mapping[str, str] | None = None,
) -> Backing:
    """Start what the options do not name, and wait until it answers.

    `durable=False` trades safety for speed (test runs); `settings` overrides PostgreSQL's. CannotStart if
    something is missing or will not start.
    """
    kept = data.secrets()
    backing = Backing(options.database_url or "", options.broker_url or "", [])
    waits: list[tuple[Service, Any]] = []
    if options.broker_url is None:
        service, broker_port = broker.server(data, environment)
        supervisor.start(service)
        waits.append((service, lambda: broker.is_ready(broker_port)))
        backing.broker_url = broker.url(broker_port, kept.broker_password)
    if options.database_url is None:
        cluster = postgres.prepare_cluster(data, durable=durable)
        service, port = postgres.server(cluster, data, environment, durable=durable, extra=settings or {})
        supervisor.start(service)
        database = service
        waits.append((service, lambda: postgres.is_ready(cluster, database.pid or 0)))
        backing.database_url = postgres.url(port, kept.database_password)
        backing.database_password = kept.database_password
        backing.database_port = port
    for service, ready in waits:
        backing.started.append(service)
        supervisor.wait_until(ready, service, seconds=60)
    return backing
