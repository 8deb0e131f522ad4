"""Calls to other people's servers: the only module that makes any.

A call has a limit for everything: to connect, between two bytes, as a whole, and in size. It follows no redirect,
checks the server's certificate, takes no cookie, reads nothing from the environment, and logs nothing: an address or
a header may hold a key or a person's data, so not even its errors quote one.
"""

import http.client
import io
import json as jsons
import os
import socket
import ssl
import time
import zlib
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from types import MappingProxyType
from typing import Any, Final

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from leadcrm.lib.public_addresses import is_public

KEPT_HEADERS: Final = frozenset({"content-type", "date", "retry-after", "x-request-id"})
_CHUNK: Final = 64 * 1024
# Connections kept for the next call, per host; more calls at once open more, and close them again.
_KEPT_CONNECTIONS: Final = 16


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds to connect, between two bytes, and in all; bytes of an answer."""

    connect: float = 3.0
    read: float = 10.0
    total: float = 15.0
    size: int = 1_000_000


class CallFailed(Exception):
    """There is no answer. `code` says why, in a word that may be stored and logged; `ms` how long it took.

    `never_sent`: no connection came about, so the other side certainly did nothing. Else it may have done all.
    """

    code = "failed"

    def __init__(self, ms: float = 0.0, *, never_sent: bool = False) -> None:
        super().__init__(self.code)
        self.ms, self.never_sent = ms, never_sent


class Timeout(CallFailed):
    """A limit of time was reached, be it by a server that sends one byte a second."""

    code = "timeout"


class Unreachable(CallFailed):
    """No such host, nobody listens, the connection broke, or what answered speaks no HTTP."""

    code = "unreachable"


class Untrusted(CallFailed):
    """The server's certificate is not one to trust."""

    code = "untrusted"


class TooLarge(CallFailed):
    """The answer is larger than the limit; the rest of it was not read."""

    code = "too_large"


class Redirected(CallFailed):
    """The server sends us elsewhere, where we do not go."""

    code = "redirected"


class Forbidden(CallFailed):
    """The host is inside a network that is none of the caller's business (leadcrm.lib.public_addresses)."""

    code = "private_address"


class Unreadable(CallFailed):
    """The answer is not what its kind should be: no JSON, a broken compression."""

    code = "unreadable"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status. `headers`: names in lower case, a few harmless ones only."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    ms: float = 0.0

    def json(self) -> Any:
        """The body as JSON, whatever its content type says. Raises Unreadable."""
        try:
            return jsons.loads(self.body)
        except (ValueError, RecursionError):
            raise Unreadable(self.ms) from None


def call(
    method: str, url: str, *, headers: Mapping[str, str] | None = None, auth: tuple[str, str] | None = None,
    json: Any = None, form: Mapping[str, str] | None = None, body: bytes | None = None,
    limits: Limits = Limits(), public_only: bool = False,
) -> Answer:  # fmt: skip
    """Make one call and return its answer, of any status but a redirect's.

    `auth` is user and password of Basic authentication; the body is `json`, `form` or, as it is, `body`. Threads may
    share the connections kept here. With `public_only` the address is looked at when the connection is opened: what
    the name resolves to then is what is connected to. Name resolution is the one thing that the limits cannot cut
    short. Raises CallFailed: Timeout, Unreachable, Untrusted, TooLarge, Redirected, Forbidden, Unreadable.
    """
    started = time.monotonic()
    mark = _bounds.set(_Bounds(started + limits.total, limits.read, public_only))
    content = {"json": json, "data": dict(form) if form is not None else body}
    try:
        return _call(method, url, headers or {}, auth, content, limits, started)
    except CallFailed as failure:
        failure.ms = _since(started)
        raise
    except Exception as error:
        kind = _kind_of(error)
        if kind is None:
            raise
        # Its message would quote the address.
        raise kind(_since(started), never_sent=_no_connection(error)) from None
    finally:
        _bounds.reset(mark)


def _call(
    method: str, url: str, headers: Mapping[str, str], auth: tuple[str, str] | None, content: dict[str, Any],
    limits: Limits, started: float,
) -> Answer:  # fmt: skip
    sessions = _public_sessions if _bounds.get().public_only else _sessions
    with sessions.get().request(
        method, url, headers=dict(headers), auth=auth, **content, stream=True,
        allow_redirects=False, timeout=(min(limits.connect, limits.total), min(limits.read, limits.total)),
    ) as response:  # fmt: skip
        kept = {name.lower(): value for name, value in response.headers.items()}
        if 300 <= response.status_code < 400:
            raise Redirected
        body = _read(response, limits.size)
        body = _unpacked(body, kept.get("content-encoding", ""), limits.size)
        shown = {name: value for name, value in kept.items() if name in KEPT_HEADERS}
        return Answer(response.status_code, body, MappingProxyType(shown), _since(started))


def _read(response: requests.Response, most: int) -> bytes:
    """The body as it came, read as it arrives. Raises TooLarge as soon as it is."""
    parts, size = [], 0
    while part := response.raw.read1(_CHUNK, decode_content=False):
        size += len(part)
        if size > most:
            raise TooLarge
        parts.append(part)
    return b"".join(parts)


def _unpacked(body: bytes, encoding: str, most: int) -> bytes:
    """A compressed body (we ask for none) unpacked, as far as `most` allows."""
    if encoding.lower() in ("", "identity"):
        return body
    if encoding.lower() not in ("gzip", "x-gzip", "deflate"):
        raise Unreadable
    unpacker = zlib.decompressobj(wbits=47)  # gzip or zlib, whichever it is
    try:
        found = unpacker.decompress(body, most + 1)
    except zlib.error:
        raise Unreadable from None
    if len(found) > most:
        raise TooLarge
    if not unpacker.eof:
        raise Unreadable
    return found


def _kind_of(error: Exception) -> type[CallFailed] | None:
    """Which failure an exception of the libraries is; None for a mistake of ours."""
    if isinstance(error, requests.exceptions.Timeout | urllib3.exceptions.TimeoutError | TimeoutError):
        return Timeout
    if isinstance(error, requests.exceptions.SSLError | urllib3.exceptions.SSLError):
        return Untrusted
    # Made by us, so an address that cannot be meant is a setting's fault and told as such.
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return Unreachable
    libraries = (
        requests.exceptions.RequestException | urllib3.exceptions.HTTPError | http.client.HTTPException
    )
    if isinstance(error, libraries | OSError):
        caused: Any = error.args[0] if error.args else None
        return Timeout if _is_timeout(caused) else Unreachable
    return None


def _is_timeout(caused: Any) -> bool:
    """The header's bytes ran out of time: the libraries wrap that as a broken connection."""
    return any(isinstance(part, TimeoutError) for part in (caused, *getattr(caused, "args", ())))


def _no_connection(error: Exception) -> bool:
    """True when it failed before a byte of the request was sent: nobody listened, or nobody to be trusted."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return True
    caused: Any = error.args[0] if error.args else None
    reason: Any = getattr(caused, "reason", caused)
    if isinstance(reason, NewConnectionError | ConnectTimeoutError):
        return True
    return isinstance(next(iter(getattr(reason, "args", ())), None), ssl.SSLCertVerificationError)


def _since(started: float) -> float:
    return (time.monotonic() - started) * 1000


# --- Time limits below the libraries --------------------------------------------------------------------------
#
# Their time-outs begin anew with every byte. Here each wait for bytes may last no longer than what is left in all.


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Of the call that this thread makes: until when (monotonic), and how long between two bytes."""

    until: float
    read: float
    public_only: bool = False

    def left(self, most: float) -> float:
        """Seconds that one wait may last. Raises TimeoutError when nothing is left."""
        left = min(self.until - time.monotonic(), most)
        if left <= 0:
            raise TimeoutError
        return left


_bounds: ContextVar[_Bounds] = ContextVar("leadcrm.lib.http.bounds")


class _TimedReads(io.RawIOBase):
    """A socket's bytes, each wait bounded."""

    def __init__(self, sock: socket.socket, inner: io.RawIOBase) -> None:
        self._sock, self._inner = sock, inner

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        bounds = _bounds.get()
        self._sock.settimeout(bounds.left(bounds.read))
        return self._inner.readinto(buffer)

    def close(self) -> None:
        self._inner.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **more: Any) -> None:
        super().__init__(sock, *args, **more)
        buffered: Any = self.fp
        self.fp = io.BufferedReader(_TimedReads(sock, buffered.detach()))


class _Connects:
    """Opens the connection, all addresses of the host together within the limit.

    Who may reach the public internet only is refused here, where the address is known and used at once.
    """

    response_class = _TimedResponse
    host: str
    port: int
    timeout: Any
    socket_options: Any

    def _new_conn(self) -> socket.socket:
        connection: Any = self
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
            if _bounds.get().public_only:
                found = [each for each in found if is_public(str(each[4][0]))]
                if not found:
                    raise Forbidden
            return self._first_of(found)
        except TimeoutError:
            raise ConnectTimeoutError(connection, "") from None
        except OSError as error:
            raise NewConnectionError(connection, type(error).__name__) from None

    def _first_of(self, found: list[Any]) -> socket.socket:
        last: OSError = OSError("no address")
        for family, kind, protocol, _, address in found:
            sock = socket.socket(family, kind, protocol)
            try:
                for option in self.socket_options or ():
                    sock.setsockopt(*option)
                sock.settimeout(_bounds.get().left(self.timeout))
                sock.connect(address)
            except OSError as error:
                sock.close()
                last = error
            else:
                return sock
        raise last


class _Connection(_Connects, HTTPConnection):  # type: ignore[misc]
    pass


class _TlsConnection(_Connects, HTTPSConnection):  # type: ignore[misc]
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}


class _Sessions:
    """One session for all threads of a process; a forked child begins with none, for sockets cannot be shared."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._session: requests.Session | None = None

    def get(self) -> requests.Session:
        if self._session is None:
            self._session = self._made()  # two threads may both make one: the later is kept, neither is wrong
        return self._session

    def _made(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False  # no proxies, no netrc
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.headers.update({"User-Agent": "leadcrm", "Accept-Encoding": "identity"})
        for scheme in ("http://", "https://"):
            session.mount(scheme, _Adapter(max_retries=0, pool_maxsize=_KEPT_CONNECTIONS))
        return session


_sessions: Final = _Sessions()
# Apart, so that no connection into a private network lies ready for a call that may not go there.
_public_sessions: Final = _Sessions()
os.register_at_fork(after_in_child=_sessions.forget)
os.register_at_fork(after_in_child=_public_sessions.forget)
