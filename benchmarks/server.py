"""The product's own web server, as `make run` starts it, on a free port."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection


@contextmanager
def web_server() -> Iterator[int]:
    """gunicorn with 2 processes of 4 threads; yields its port and stops it."""
    port = _free_port()
    command = [
        sys.executable, "-m", "gunicorn", "leadcrm.wsgi", "--worker-class", "gthread", "--workers", "2",
        "--threads", "4", "--bind", f"127.0.0.1:{port}", "--keep-alive", "30", "--log-level", "warning",
    ]  # fmt: skip
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "benchmarks.settings", "LOG_LEVEL": "WARNING", "DEBUG": "0",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
    }  # fmt: skip
    process = subprocess.Popen(command, env=environment)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(150):
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/readyz", headers={"Host": "localhost"})
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise RuntimeError("the web server did not become ready")
