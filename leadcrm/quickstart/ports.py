"""Ports on the loopback interface."""

import errno
import os
import select
import socket

from leadcrm.quickstart.messages import CannotStart

HOST = "127.0.0.1"
FIRST, LAST = 8000, 8099  # where a web port is looked for if none was asked for


def free_port() -> int:
    """A port that is free now, chosen by the system."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def listen(port: int | None) -> socket.socket:
    """A listening socket on `port`, or, for None, on the first free port from 8000 on.

    Held by the supervisor and inherited by the web server, so that a restart of the latter refuses nobody.
    CannotStart if the port is taken or not allowed.
    """
    wanted = [port] if port is not None else range(FIRST, LAST + 1)
    for number in wanted:
        try:
            return _listen(number)
        except OSError as error:
            if error.errno == errno.EACCES:
                raise CannotStart(
                    f"Port {number} is reserved for root; choose one from 1024 on: PORT=8000."
                ) from None
            if error.errno != errno.EADDRINUSE:
                raise CannotStart(f"Port {number} cannot be used: {os.strerror(error.errno or 0)}.") from None
    if port is not None:
        raise CannotStart(
            f"Port {port} is taken by another program. Choose another: make run PORT={port % 65535 + 1}; "
            "or leave PORT unset, and a free one is found."
        )
    raise CannotStart(f"No free port from {FIRST} to {LAST}; name one: make run PORT=9000")


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(512)
    except OSError:
        listener.close()
        raise
    return listener


def ask(port: int) -> socket.socket:
    """Send a request for the health page; the open connection on which its answer will come."""
    question = socket.create_connection((HOST, port), timeout=5)
    question.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    return question


def has_answer(question: socket.socket) -> bool:
    """Whether the answer has begun to arrive. CannotStart if it says that the product is broken."""
    if not select.select([question], [], [], 0)[0]:
        return False
    status = question.recv(64).split(b" ")[1:2]
    if status and status[0].startswith(b"5"):
        raise CannotStart(f"The product started, but answers with error {status[0].decode()} (see above).")
    return True
