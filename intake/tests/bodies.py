"""Making bodies and reading them, for the tests of the parsers."""

import pytest

from intake.api.parsers import parse_body
from intake.mapping import BodyRefused

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
XML = "application/xml"
MULTIPART = "multipart/form-data; boundary=B0undary"


def payload(raw: bytes | str, content_type: str = JSON, query: str = "") -> dict[str, object]:
    """What a body says, flat."""
    body = raw.encode() if isinstance(raw, str) else raw
    return dict(parse_body(body, content_type, query).payload)


def refused(raw: bytes | str, content_type: str = JSON, query: str = "") -> BodyRefused:
    """How a body is refused."""
    body = raw.encode() if isinstance(raw, str) else raw
    with pytest.raises(BodyRefused) as caught:
        parse_body(body, content_type, query)
    return caught.value


def multipart(*parts: bytes) -> bytes:
    """A body of parts, each with its headers."""
    return b"".join(b"--B0undary\r\n" + part + b"\r\n" for part in parts) + b"--B0undary--\r\n"


def field(name: str, value: bytes, extra: bytes = b"") -> bytes:
    """One part of a multipart body."""
    return b'Content-Disposition: form-data; name="' + name.encode() + b'"' + extra + b"\r\n\r\n" + value
