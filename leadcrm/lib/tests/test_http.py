"""Calls to other servers, against servers on this machine that are slow, lying, broken or endless."""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from leadcrm.lib import http

SHORT = http.Limits(connect=0.3, read=0.3, total=0.6, size=1000)


@contextmanager
def odd_server(act: Callable[[socket.socket], None], *, waits: int = 5) -> Iterator[str]:
    """A server that does `act` to each connection after a request has come; its address."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=waits)

    def serve() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=attend, args=(peer,), daemon=True).start()

    def attend(peer: socket.socket) -> None:
        with peer:
            try:
                peer.recv(65536)
                act(peer)
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/x"
    finally:
        listener.close()


def sends(*parts: bytes) -> Callable[[socket.socket], None]:
    def act(peer: socket.socket) -> None:
        for part in parts:
            peer.sendall(part)

    return act


def drips(head: bytes) -> Callable[[socket.socket], None]:
    def act(peer: socket.socket) -> None:
        peer.sendall(head)
        for _ in range(60):  # three seconds, five times the limit
            peer.sendall(b"x")
            time.sleep(0.05)

    return act


def is_silent(peer: socket.socket) -> None:
    peer.recv(1)


def test_an_answer_of_any_status_is_an_answer(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/x", method="POST", json={"a": 1}).respond_with_json(
        {"b": 2}, status=422, headers={"X-Secret": "no", "Retry-After": "7"}
    )
    answer = http.call("POST", httpserver.url_for("/x"), json={"a": 1})
    assert (answer.status, answer.json(), answer.headers["retry-after"]) == (422, {"b": 2}, "7")
    assert "x-secret" not in answer.headers
    assert answer.ms > 0


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (drips(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"), http.Timeout),
        (drips(b"HTTP/1.1 200 OK\r\nX-Long: "), http.Timeout),
        (drips(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n384\r\n"), http.Timeout),
        (drips(b"HTTP"), http.Timeout),
        (is_silent, http.Timeout),
        (sends(), http.Unreachable),
        (sends(b"SSH-2.0-x\r\n"), http.Unreachable),
        (sends(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nabc"), http.Unreachable),
        (sends(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), http.Unreachable),
        (sends(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 2000), http.TooLarge),
        (sends(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", b"x" * 2000), http.TooLarge),
        (sends(b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\n\r\n"), http.Redirected),
        (sends(b"HTTP/1.1 307 Elsewhere\r\nLocation: /y\r\n\r\n"), http.Redirected),
        (sends(b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nabc"), http.Unreadable),
        (sends(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nabc"), http.Unreadable),
        (
            sends(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", gzip.compress(b"x" * 10**6)),
            http.TooLarge,
        ),
    ],
    ids=[
        "dripping body", "dripping header", "dripping chunk", "dripping status", "silent", "hangs up", "no http",
        "cut short", "no chunk", "endless", "large by its own word", "redirect", "redirect at home",
        "unknown encoding", "broken encoding", "bomb",
    ],
)  # fmt: skip
def test_what_goes_wrong_has_a_name(act: Callable[[socket.socket], None], error: type[Exception]) -> None:
    # What drips is cut at the limit for all of it: had each byte its own limit, the server would end it otherwise.
    with odd_server(act) as url, pytest.raises(error):
        http.call("GET", url, limits=SHORT)


def test_nobody_there_and_no_such_host_are_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for url in (
        f"http://127.0.0.1:{port}/",
        "http://nowhere.invalid/",
        "http://127.0.0.1:99999/",
        "ftp://x/",
    ):
        with pytest.raises(http.Unreachable):
            http.call("GET", url, limits=SHORT)


def test_a_server_that_speaks_no_tls_is_not_trusted() -> None:
    with odd_server(sends(b"HTTP/1.1 200 OK\r\n\r\n")) as url, pytest.raises(http.Untrusted):
        http.call("POST", url.replace("http:", "https:"), auth=("API", "secret"), limits=SHORT)


def test_a_certificate_nobody_vouches_for_is_not_trusted(self_signed: ssl.SSLContext) -> None:
    heard: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        peer, _ = listener.accept()
        try:
            with self_signed.wrap_socket(peer, server_side=True) as safe:
                heard.append(safe.recv(65536))
        except OSError:
            return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
    with pytest.raises(http.Untrusted):
        http.call("POST", url, auth=("API", "secret"), limits=SHORT)
    thread.join(5)
    listener.close()
    assert heard == []


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    from datetime import UTC, datetime, timedelta
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("tls")
    pem = made.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "both.pem").write_bytes(secret + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context


def test_nothing_of_a_call_is_logged_or_told_by_its_errors(
    httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    caplog.set_level("ERROR", "werkzeug")  # the server's own log
    httpserver.expect_request("/ok").respond_with_data("fine")
    http.call("GET", httpserver.url_for("/ok?phone=5125550143"), auth=("API", "secret"))
    with pytest.raises(http.Unreachable) as caught:
        http.call("GET", "http://nowhere.invalid/5125550143", headers={"X": "secret"})
    assert "5125550143" not in caplog.text
    assert "5125550143" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_cookies_are_not_taken_and_the_environment_is_not_asked(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    httpserver.expect_request("/x").respond_with_data("fine", headers={"Set-Cookie": "a=b"})
    for _ in range(2):
        http.call("GET", httpserver.url_for("/x"))
    assert [request.headers.get("Cookie") for request, _ in httpserver.log] == [None, None]


def test_threads_share_connections_and_get_their_own_answers(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/echo").respond_with_handler(_echo)
    with ThreadPoolExecutor(8) as pool:
        url = httpserver.url_for("/echo")
        answers = list(pool.map(lambda n: http.call("POST", url, json={"n": n}).json(), range(80)))
    assert [answer["n"] for answer in answers] == list(range(80))


def _echo(request: Request) -> Response:
    return Response(request.get_data(), content_type="application/json")


def test_a_connection_is_used_again() -> None:
    opened: list[int] = []

    def serve_many(peer: socket.socket) -> None:
        opened.append(1)
        while True:
            peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            if not peer.recv(65536):
                return

    with odd_server(serve_many) as url:
        for _ in range(3):
            assert http.call("GET", url).json() == {}
    assert opened == [1]


def test_what_is_no_json_says_so(httpserver: HTTPServer) -> None:
    for text in ("<html>", "", '{"a":', "[" * 100_000, "NaN and more", "\xff"):
        httpserver.clear()
        httpserver.expect_request("/x").respond_with_data(text, content_type="application/json")
        with pytest.raises(http.Unreadable):
            http.call("GET", httpserver.url_for("/x")).json()
