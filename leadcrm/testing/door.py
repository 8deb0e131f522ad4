"""The front door from outside: a vendor's calls, its answers, and what became of them in the database."""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from logging.config import DictConfigurator
from threading import Barrier
from typing import Any, Final, TypeVar, cast
from unittest.mock import patch
from urllib.parse import urlencode
from uuid import UUID
from xml.sax.saxutils import escape

from django.conf import settings
from django.db import connection
from django.test import Client

from compliance.models import CheckSetting, Decision
from intake.models import Lead, Ping, Source, Submission
from leadcrm.testing.payloads import glossary

URL: Final = "/api/lead-intake"
JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
XML: Final = "application/xml"
MULTIPART: Final = "multipart/form-data; boundary=aBoundary"
# Fields of a payload that no log line may hold; the made-up names "Test" and "Person" would be found anywhere.
PERSONAL: Final = ("phone", "email", "first_name", "last_name", "phone_2", "address")
COMMON: Final = frozenset({"Test", "Person"})
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, as it came over the wire."""

    status: int
    content: bytes
    headers: Mapping[str, str]

    @property
    def text(self) -> str:
        """The body."""
        return self.content.decode()

    @property
    def json(self) -> dict[str, Any]:
        """The body as an object; its content type must say so."""
        assert self.headers["Content-Type"].startswith(JSON), self.headers["Content-Type"]
        return cast(dict[str, Any], json.loads(self.content))

    @property
    def outcome(self) -> str:
        """`accepted`, or the first reason code of a refusal, or `pending`, or `error <code>`."""
        body = self.json
        if body["status"] == "error":
            return f"error {body['code']}"
        return str(body.get("reason", body["status"]))

    @property
    def codes(self) -> list[tuple[str, str]]:
        """Every reason of a refusal: (code, field)."""
        return [(reason["code"], reason.get("field", "")) for reason in self.json["reasons"]]

    @property
    def warnings(self) -> list[tuple[str, str]]:
        """Every warning of an acceptance: (code, field)."""
        return [(warning["code"], warning.get("field", "")) for warning in self.json.get("warnings", [])]

    @property
    def submission(self) -> Submission:
        """The stored post."""
        return Submission.objects.get(pk=UUID(self.json["submission_id"]))

    @property
    def bid(self) -> Ping:
        """The stored ping."""
        return Ping.objects.get(pk=UUID(self.json["ping_id"]))

    @property
    def lead(self) -> Lead:
        """The lead that was bought."""
        return Lead.objects.get(pk=int(self.json["lead_id"].removeprefix("A-")))

    @property
    def decision(self) -> Decision:
        """The newest decision on the post."""
        return Decision.objects.filter(submission=self.submission).latest("pk")

    def check(self, name: str) -> dict[str, Any]:
        """What one check of the newest decision left."""
        (record,) = [record for record in self.decision.checks if record["check"] == name]
        return cast(dict[str, Any], record)


@dataclass(slots=True)
class Door:
    """Calls of one vendor. What it posts and its key are remembered, for no log line may hold any of it."""

    source: Source
    key: str
    secrets: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.secrets.add(self.key)

    @property
    def bearer(self) -> dict[str, str]:
        """The usual way to send a key."""
        return {"Authorization": f"Bearer {self.key}"}

    def post(
        self, payload: Mapping[str, Any] | None = None, *, how: str = JSON, query: str = "",
        headers: Mapping[str, str] | None = None, idempotency_key: str = "", accept: str = "", **changes: Any,
    ) -> Reply:  # fmt: skip
        """Post `payload` (by default a new person's, with `changes`) in the format `how`."""
        payload = glossary(**changes) if payload is None else payload
        told = {str(payload[name]) for name in PERSONAL if name in payload}
        self.secrets |= {text for text in told - COMMON if len(text) > 4}
        more = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        more |= {"Accept": accept} if accept else {}
        return self.send(written(payload, how), how, query=query, headers={**(headers or {}), **more})

    def ping(
        self, payload: Mapping[str, Any] | None = None, *, how: str = JSON, query: str = "",
        headers: Mapping[str, str] | None = None, idempotency_key: str = "", accept: str = "", **changes: Any,
    ) -> Reply:  # fmt: skip
        """Ping with `payload` (by default of somebody in Texas, with `changes`; None drops a field)."""
        usual = {"zip": "75201", "state": "TX", "interest": "final_expense", **changes}
        payload = {k: v for k, v in usual.items() if v is not None} if payload is None else payload
        more = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        more |= {"Accept": accept} if accept else {}
        return self.send(
            written(payload, how), how, query=query, url=f"{URL}/ping", headers={**(headers or {}), **more}
        )

    def send(
        self, body: bytes | str, how: str = JSON, *, query: str = "", method: str = "POST", url: str = URL,
        headers: Mapping[str, str] | None = None, bearer: bool = True, **extra: Any,
    ) -> Reply:  # fmt: skip
        """Send bytes as they are. `headers` go beside the key, which `bearer=False` leaves out."""
        response = Client().generic(
            method,
            url + (f"?{query}" if query else ""),
            body,
            content_type=how,
            headers={**(self.bearer if bearer else {}), **(headers or {})},
            **extra,
        )
        return Reply(response.status_code, b"".join(response), dict(response.headers.items()))

    def get(self, name: str = "", *, query: str = "", headers: Mapping[str, str] | None = None) -> Reply:
        """Read back one post, or with no `name` the list."""
        return self.send(
            "", "", method="GET", url=f"{URL}/{name}" if name else URL, query=query, headers=headers
        )

    def set(self, **changes: Any) -> None:
        """Change the source's contract."""
        Source.objects.filter(pk=self.source.pk).update(**changes)
        self.source.refresh_from_db()

    def set_check(self, name: str, mode: str = "enforce", on_unknown: str = "block", **params: Any) -> None:
        """Set one check of this source."""
        CheckSetting.objects.update_or_create(
            source=self.source,
            check_name=name,
            defaults={"mode": mode, "on_unknown": on_unknown, "params": params},
        )


def written(payload: Mapping[str, Any], how: str) -> bytes:
    """`payload` as a body of that content type."""
    if how.startswith(FORM):
        return urlencode(payload).encode()
    if how in (XML, "text/xml"):
        return _element("lead", payload).encode()
    if how.startswith("multipart"):
        parts = [
            f'--aBoundary\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in payload.items()
        ]
        return ("".join(parts) + "--aBoundary--\r\n").encode()
    return json.dumps(payload).encode()


def _element(name: str, value: Any) -> str:
    inner = (
        "".join(_element(*item) for item in value.items())
        if isinstance(value, Mapping)
        else escape(str(value))
    )
    return f"<{name}>{inner}</{name}>"


def at_once(count: int, act: Callable[[int], T]) -> list[T]:
    """Run `act(0)` .. `act(count - 1)` in as many threads, all started together; each closes its connection."""
    barrier = Barrier(count)

    def run(number: int) -> T:
        try:
            barrier.wait(timeout=30)
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@contextmanager
def written_logs() -> Iterator[StringIO]:
    """Everything this process logs meanwhile, as the production format writes it."""
    lines = StringIO()
    handler = logging.StreamHandler(lines)
    written: Any = settings.LOGGING["formatters"]
    handler.setFormatter(DictConfigurator({"version": 1}).configure_formatter(dict(written["json"])))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield lines
    finally:
        root.removeHandler(handler)


def without_sleep() -> Any:
    """The front door's sleep, recorded instead of slept."""
    return patch("intake.receive.time.sleep")
