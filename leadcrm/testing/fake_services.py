"""TrustedForm and Jornaya on this machine, in their documented protocols: for tests, and to try the product by hand.

    python -m leadcrm.testing.fake_services --port 9900 --key test-key

A certificate id that begins with a status code and four zeros (4040000..., 5030000...) is answered with it; any other
is genuine, one minute old, and fits every phone but those ending in 99. LeadiDs that begin with 1 to 4 and seven
zeros (10000000-...) are not authentic, for that reason.
"""

import base64
import json
import socket
import sys
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from leadcrm.testing.words import CONSENT_TEXT

# (status, body): an object is sent as JSON, bytes as they are.
Reply = tuple[int, Any]
STATUSES = (400, 401, 402, 403, 404, 405, 422, 429, 500, 503)


@dataclass(slots=True)
class Call:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body of a request to TrustedForm."""
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        """Query and body of a request to Jornaya."""
        return dict(parse_qsl(urlsplit(self.path).query) + parse_qsl(self.body.decode()))


@dataclass
class FakeServices:
    """Both services on one port. `answer` replaces what they would say; `calls` is what they were asked."""

    key: str = "a-key-for-tests"
    answer: Callable[[Call], Reply | None] = lambda call: None
    wait: float = 0.0
    port: int = 0
    calls: list[Call] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    connections: set[socket.socket] = field(default_factory=set)

    def __enter__(self) -> Self:
        services: FakeServices = self

        class Handler(_Handler):
            fake = services

        self._server = _Server(("127.0.0.1", self.port), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        for connection in list(
            self.connections
        ):  # else a later server on this port is not the one that is asked
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    @property
    def url(self) -> str:
        """The base address."""
        return f"http://127.0.0.1:{self.port}"

    def reply(self, call: Call) -> Reply:
        """What the services say by themselves."""
        path = urlsplit(call.path).path.removeprefix("/")
        if path in ("Authenticate", "SingleQuery"):
            return 200, jornaya_answer(path, call.form)
        return self._trustedform(path, call)

    def _trustedform(self, token: str, call: Call) -> Reply:
        expected = "Basic " + base64.b64encode(f"API:{self.key}".encode()).decode()
        if call.headers.get("authorization") != expected:
            return 401, {"message": "Unauthorized"}
        if call.headers.get("api-version") != "4.0" or call.method != "POST":
            return 400, {"message": "Api-Version 4.0 and POST, please"}
        if token[:3].isdigit() and int(token[:3]) in STATUSES and token[3:7] == "0000":
            return int(token[:3]), {"outcome": "error", "reason": f"as asked for: {token[:3]}"}
        again = token in self.kept
        if "retain" in call.json:
            self.kept.add(token)
        return 200, trustedform_answer(call.json, previously_retained=again)


def trustedform_answer(
    asked: dict[str, Any], *, previously_retained: bool = False, **changes: Any
) -> dict[str, Any]:
    """An answer to the operations of `asked`, as documented; `changes` replace whole operations."""
    now = datetime.now(UTC)
    lead = asked.get("match_lead", {})
    fits = not str(lead.get("phone", "")).endswith("99")
    answer: dict[str, Any] = {
        "outcome": "success" if fits else "failure",
        "reason": None if fits else "Lead data does not match the certificate",
        "match_lead": {**lead, "result": {"phone_match": fits, "email_match": True, "success": True}},
    }  # fmt: skip
    if "retain" in asked:
        results = {
            "expires_at": (now + timedelta(days=5 * 365)).isoformat(), "previously_retained": previously_retained,
            "masked_cert_url": "https://cert.trustedform.com/masked",
        }  # fmt: skip
        answer["retain"] = {**asked["retain"], "results": results}
    if "insights" in asked:
        known = {
            "age_seconds": 60, "created_at": (now - timedelta(minutes=1)).isoformat(),
            "expires_at": (now + timedelta(hours=72)).isoformat(), "ip": "192.0.2.10",
            "page_url": "https://www.example.com/quote", "domain": "example.com", "is_masked": False,
            "is_framed": False, "bot_detected": False, "seconds_on_page": 41, "form_input_method": ["typing"],
        }  # fmt: skip
        wanted = asked["insights"]["properties"]
        answer["insights"] = {"properties": {name: known.get(name) for name in wanted}}
    if "verify" in asked:
        result = {"language_approved": True, "one_to_one": True, "success": True}
        answer["verify"] = {**asked["verify"], "languages": [{"text": CONSENT_TEXT}], "result": result}
    return {**answer, **changes}


def jornaya_answer(operation: str, asked: dict[str, str], **changes: Any) -> dict[str, Any]:
    """An answer to Authenticate or SingleQuery, as documented; `changes` replace parts of the audit."""
    token = asked.get("id", "")
    reason = int(token[0]) if token[:1] in ("1", "2", "3", "4") and token[1:8] == "0" * 7 else None
    verdict: dict[str, Any] = {"authentic": 1, "token": token.upper()}
    if reason:
        verdict = {"authentic": 0, "reason": reason, "token": token.upper()}
    if operation == "Authenticate":
        return {"authenticate": {**verdict, **changes}}
    if not reason:
        labels = [pair.split(";")[0] for pair in asked.get("data", "").split("|")]
        disclosures = [{"disclosure_id": 1, "label": CONSENT_TEXT}]
        verdict |= {
            "lead_age": 60, "data_integrity": 1, "data_integrity_passed": labels, "data_integrity_failed": [],
            "market": {"leadid": {"tcpa": {"result": 1, "raw_response": {"disclosures": disclosures}}}},
        }  # fmt: skip
    return {"audit": {**verdict, **changes}, "transid": "A26CE6E3-0000-4000-8000-000000000000"}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: who asks does not always wait for the answer."""


class _Handler(BaseHTTPRequestHandler):
    fake: FakeServices
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.fake.connections.add(self.connection)

    def finish(self) -> None:
        super().finish()
        self.fake.connections.discard(self.connection)

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        call = Call(self.command, self.path, headers, body)
        self.fake.calls.append(call)
        time.sleep(self.fake.wait)
        status, said = self.fake.answer(call) or self.fake.reply(call)
        content = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if isinstance(said, bytes) else "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _serve  # noqa: N815 - the names that the base class calls

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what was asked is in `calls`."""


def main() -> None:
    """Serve until interrupted, one line a call."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=9900)
    parser.add_argument("--key", default="test-key")
    parser.add_argument("--wait", type=float, default=0.0, help="Seconds before each answer.")
    chosen = parser.parse_args()
    with FakeServices(key=chosen.key, port=chosen.port, wait=chosen.wait) as fake:
        _say(f"TRUSTEDFORM_BASE_URL={fake.url} TRUSTEDFORM_API_KEY={fake.key}")
        shown = 0
        while True:
            time.sleep(0.2)
            for call in fake.calls[shown:]:
                shown += 1
                _say(f"{datetime.now(UTC):%H:%M:%S.%f} {call.method} {call.path}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
