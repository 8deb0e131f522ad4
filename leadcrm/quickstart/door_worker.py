"""gunicorn's threaded worker, with the contract's answer to requests that are no HTTP.

gunicorn refuses these before Django sees them. Its own answer is an HTML page, and both that page and its log line
quote the offending line, which may be a header with a key or a consumer's data.
"""

import json
from typing import Any, Final

from gunicorn.http.errors import (
    ExpectationFailed,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
)
from gunicorn.workers.gthread import ThreadWorker

_BAD: Final = (400, "Bad Request", "bad_request", "This is no request that can be read.")
_SAID: Final = (
    (
        LimitRequestHeaders,
        (431, "Request Header Fields Too Large", "too_large", "The headers are too large."),
    ),
    (LimitRequestLine, (414, "URI Too Long", "too_large", "The address is too long.")),
    (ExpectationFailed, (417, "Expectation Failed", "bad_request", "That expectation is not met here.")),
    (ParseException, _BAD),
)
_OURS: Final = (500, "Internal Server Error", "internal", "Something broke on our side; send it again.")


class DoorWorker(ThreadWorker):  # type: ignore[misc]
    """Answers in JSON and logs the kind of error, never what was sent."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Tell the caller of `client` (a socket) what was wrong, in the one shape of the API's errors."""
        status, reason, code, message = next((said for kind, said in _SAID if isinstance(exc, kind)), _OURS)
        self.log.warning("request.unreadable status=%s kind=%s", status, type(exc).__name__)
        body = json.dumps({"status": "error", "code": code, "message": message})
        head = f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Type: application/json\r\n"
        try:
            client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        except OSError:
            self.log.debug("request.unreadable: the caller is gone")
