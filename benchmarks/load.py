"""A load generator: keep-alive connections in a process of its own, so that it does not slow the server's Python.

`python -m benchmarks.load PORT PATH KEY MODE VALUE CONNECTIONS SEED` prints one line of JSON.
MODE `closed`: every connection posts again as soon as it has its answer, for VALUE seconds.
MODE `open`: arrivals at VALUE a second for OPEN_SECONDS; a latency is counted from the planned arrival.
"""

import json
import random
import socket
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime

AREA_CODES = ("214", "512", "713", "281", "832", "405", "918", "918", "361", "409")
OPEN_SECONDS = 8.0


def payload(rng: random.Random, name: str) -> bytes:
    """The glossary payload of a person nobody has seen before."""
    area = rng.choice(AREA_CODES)
    phone = f"{area}{rng.randint(2, 9)}{rng.randint(0, 999_999):06d}"
    return json.dumps(
        {
            "lead_id": name,
            "timestamp": datetime.now(UTC).isoformat(),
            "first_name": "Bench",
            "last_name": "Person",
            "phone": phone,
            "email": f"{name}@example.com",
            "zip": "75201",
            "state": "TX",
            "interest": "final_expense",
            "trustedform_url": f"https://cert.trustedform.com/{rng.getrandbits(160):040x}",
            "jornaya_leadid": "6a1f2a3b-1111-4222-8333-944445555666",
            "consent_text": "By clicking I agree that Example Insurance Agency may call me. " * 3,
            "consent_ip": "192.0.2.7",
            "consent_user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64)",
        }
    ).encode()


class Connection:
    """One keep-alive connection, opened again when the server has closed it."""

    def __init__(self, port: int, path: str, key: str) -> None:
        self.address = ("127.0.0.1", port)
        self.head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {key}\r\nContent-Length: "
        ).encode()
        self.socket: socket.socket | None = None

    def post(self, body: bytes) -> bytes:
        """The answer's status line and body."""
        message = self.head + str(len(body)).encode() + b"\r\n\r\n" + body
        for _ in range(3):
            try:
                if self.socket is None:
                    self.socket = socket.create_connection(self.address, timeout=30)
                    self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.socket.sendall(message)
                return self._read()
            except (ConnectionError, EOFError):
                self.socket = None
        raise ConnectionError("the server does not answer")

    def _read(self) -> bytes:
        assert self.socket is not None
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, rest = data.partition(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        )
        while len(rest) < length:
            rest += self._more()
        if b"connection: close" in head.lower():
            self.socket = None
        return head.split(b"\r\n")[0] + b"\n" + rest

    def _more(self) -> bytes:
        assert self.socket is not None
        chunk = self.socket.recv(65536)
        if not chunk:
            raise EOFError
        return chunk


class Run:
    """What all connections share: answers counted, latencies in milliseconds."""

    def __init__(self, port: int, path: str, key: str, seed: str) -> None:
        self.port, self.path, self.key, self.seed = port, path, key, seed
        self.answers: Counter[str] = Counter()
        self.latencies: list[float] = []
        self.lock = threading.Lock()

    def closed(self, worker: int, until: float) -> None:
        """Post without a pause until the moment `until`."""
        rng, connection = random.Random(f"{self.seed}{worker}"), Connection(self.port, self.path, self.key)
        number = 0
        while time.perf_counter() < until:
            body = payload(rng, f"{self.seed}-{worker}-{number}")
            started = time.perf_counter()
            self._count(connection.post(body), started)
            number += 1

    def open(self, worker: int, connections: int, start: float, rate: float) -> None:
        """Take every n-th planned arrival."""
        rng, connection = random.Random(f"{self.seed}{worker}"), Connection(self.port, self.path, self.key)
        for number in range(worker, int(rate * OPEN_SECONDS), connections):
            body = payload(rng, f"{self.seed}-{worker}-{number}")
            planned = start + number / rate
            if (pause := planned - time.perf_counter()) > 0:
                time.sleep(pause)
            self._count(connection.post(body), planned)

    def _count(self, answer: bytes, started: float) -> None:
        spent = (time.perf_counter() - started) * 1000
        line, _, body = answer.partition(b"\n")
        word = body[:22].decode() if body.startswith(b'{"status":') else line.decode()
        with self.lock:
            self.answers[word] += 1
            self.latencies.append(spent)


def main(arguments: list[str]) -> None:
    """Run once and print the figures."""
    port, path, key, mode, value, connections, seed = arguments
    run = Run(int(port), path, key, seed)
    started = time.perf_counter()
    if mode == "closed":
        threads = [
            threading.Thread(target=run.closed, args=(n, started + float(value)))
            for n in range(int(connections))
        ]
    else:
        threads = [
            threading.Thread(target=run.open, args=(n, int(connections), started + 0.1, float(value)))
            for n in range(int(connections))
        ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    ordered = sorted(run.latencies)
    print(
        json.dumps(
            {
                "rate": len(ordered) / seconds,
                "p50": ordered[len(ordered) // 2],
                "p99": ordered[int(len(ordered) * 0.99)],
                "max": ordered[-1],
                "answers": run.answers,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1:])
