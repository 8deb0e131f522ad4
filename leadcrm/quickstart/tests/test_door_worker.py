"""What is no HTTP is answered by gunicorn's worker, in the contract's shape, and leaves nothing in a log."""

import json
import logging
import socket
from types import SimpleNamespace

import pytest
from gunicorn.config import Config
from gunicorn.http.parser import RequestParser

from leadcrm.quickstart import web
from leadcrm.quickstart.door_worker import DoorWorker

KEY = "lk_" + "0" * 8 + "_" + "1" * 40
START = b"POST /api/lead-intake HTTP/1.1\r\nHost: localhost\r\n"


def answer_to(sent: bytes) -> bytes:
    """What a caller gets whose bytes gunicorn's own parser refuses, by way of the worker's error handling."""
    ours, theirs = socket.socketpair()
    theirs.settimeout(5)
    theirs.sendall(sent)
    theirs.shutdown(socket.SHUT_WR)
    worker = object.__new__(DoorWorker)
    worker.log = logging.getLogger("gunicorn.error")
    with ours, theirs:
        try:
            next(RequestParser(Config(), ours, ("127.0.0.1", 1)))
        except Exception as error:  # noqa: BLE001 - as gunicorn's loop does
            worker.handle_error(SimpleNamespace(), ours, ("127.0.0.1", 1), error)
        ours.shutdown(socket.SHUT_WR)
        return theirs.makefile("rb").read()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (START + b"Content-Length: abc\r\n\r\n{}", 400),
        (START + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400),
        (START + b"X: " + b"a" * 20_000 + b"\r\n\r\n", 431),
        (b"POST /api/lead-intake HTTP/9.9\r\n\r\n", 400),
        (b"FOO@ /api/lead-intake HTTP/1.1\r\n\r\n", 400),
        (b"\x00\x01 nonsense\r\n\r\n", 400),
        (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\n\r\n", 414),
        (START + b"Authorization : Bearer " + KEY.encode() + b"\r\n\r\n", 400),
    ],
)
def test_what_is_no_http_is_answered_in_json_and_quoted_nowhere(
    caplog: pytest.LogCaptureFixture, sent: bytes, status: int
) -> None:
    with caplog.at_level(logging.DEBUG):
        head, _, body = answer_to(sent).partition(b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"application/json" in head
    assert list(json.loads(body)) == ["status", "code", "message"]
    assert json.loads(body)["status"] == "error"
    assert KEY not in caplog.text + body.decode()


def test_the_product_is_served_by_that_worker() -> None:
    assert web.worker_class == f"{DoorWorker.__module__}.{DoorWorker.__qualname__}"
