"""gunicorn's settings: two processes of four threads, the product loaded once and shared between them."""

import gc
import os
from pathlib import Path
from typing import Any

worker_class = "leadcrm.quickstart.door_worker.DoorWorker"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
threads = int(os.environ.get("WEB_THREADS") or 4)
preload_app = True
timeout = 60
# How long a worker that is to end may still answer what it has begun; longer where people take whole files.
graceful_timeout = int(os.environ.get("WEB_GRACEFUL_SECONDS") or 8)
keepalive = 5
loglevel = "warning"
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - heartbeats without a disk


def child_exit(server: Any, worker: Any) -> None:
    """What a worker that has ended counted goes into one file with its like."""
    from leadcrm.lib.metrics import add_up_the_past

    add_up_the_past()


def when_ready(server: Any) -> None:
    """Before the workers are forked: what is loaded now stays, so keep the collector from touching it."""
    gc.collect()
    gc.freeze()
