"""Reading a request's body within the limit, and taking the key out of what is kept of it."""

import re
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.http.request import UnreadablePostError

from leadcrm.lib.api_errors import ApiError

_CACHED: Final = "_leadcrm_body"
REMOVED: Final = "[key]"


def _any_writing(characters: str) -> str:
    """A pattern for one of `characters`, bare or as percent, JSON or XML escapes write it."""
    numbers = [ord(character) for character in characters]
    hexadecimal = "|".join(f"{number:x}" for number in numbers)
    decimal = "|".join(map(str, numbers))
    return rf"(?:[{characters}]|(?:%|\\u00|&#x0{{0,6}})(?:{hexadecimal});?|&#0{{0,6}}(?:{decimal});)"


_HEX: Final = _any_writing("0123456789abcdef")
_KEY: Final = re.compile(
    "".join([*map(_any_writing, "lk_"), f"{_HEX}{{8}}", _any_writing("_"), f"{_HEX}{{40}}"]), re.IGNORECASE
)
_KEY_BYTES: Final = re.compile(_KEY.pattern.encode(), re.IGNORECASE)
KEPT_HEADERS: Final = ("User-Agent", "Content-Type", "Content-Length", "Accept", "X-Forwarded-For", "Via")


def read_body(request: HttpRequest) -> bytes:
    """The raw body. Raises ApiError 413 above settings.MAX_BODY_BYTES, 400 when it broke off or its length is odd."""
    cached: bytes | None = getattr(request, _CACHED, None)
    if cached is not None:
        return cached
    limit, body = settings.MAX_BODY_BYTES, b""
    length = request.META.get("CONTENT_LENGTH") or ""
    if length and not length.isdecimal():
        raise ApiError(400, "bad_request", "Content-Length is not a number.")
    if length.isdecimal() and int(length) > limit:
        raise _too_large(limit)
    try:
        if not length and "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
            body = _read_chunked(request, limit)
        else:
            body = request.body
    except (UnreadablePostError, OSError):
        raise ApiError(400, "bad_request", "The body broke off.") from None
    if len(body) > limit:
        raise _too_large(limit)
    setattr(request, _CACHED, body)
    return body


def _read_chunked(request: HttpRequest, limit: int) -> bytes:
    """Straight from the server, since Django reads no body without a length.

    Which error a broken chunk raises there is the server's own matter (gunicorn's is no OSError).
    """
    try:
        read: bytes = request.META["wsgi.input"].read(limit + 1)
    except Exception:  # noqa: BLE001 - see above; all this line can do is read what the caller sent
        raise ApiError(400, "bad_request", "The chunks of the body cannot be read.") from None
    return read


def _too_large(limit: int) -> ApiError:
    return ApiError(413, "too_large", f"The body is larger than {limit // 1024} kB.")


def without_keys(body: bytes) -> bytes:
    """`body` with everything that a parser may read as one of our keys replaced."""
    return _KEY_BYTES.sub(REMOVED.encode(), body)


def query_without_keys(query: str) -> str:
    """The same for a query string."""
    return _KEY.sub(REMOVED, query)


def kept_headers(request: HttpRequest) -> dict[str, str]:
    """The headers that are stored with a post: an allow-list, so that no credential is ever among them."""
    found = {name: request.headers.get(name, "")[:500] for name in KEPT_HEADERS}
    return {name: _KEY.sub(REMOVED, value) for name, value in found.items() if value}
