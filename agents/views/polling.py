"""The poll of open pages, answered before any other middleware: that is most of what a small request costs."""

from collections.abc import Callable
from typing import Final

import structlog
from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from agents.polling import latest_number, read_token
from leadcrm.lib.doorbell import Sparing

log = structlog.get_logger(__name__)

ADDRESS: Final = "notices/poll/"
TOKEN_HEADER: Final = "X-Poll-Token"  # noqa: S105 - the header's name
_may_log = Sparing(10)


class PollMiddleware:
    """The first of all: answers polls, and passes everything else on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer."""
        return poll(request) if request.path_info == f"/{ADDRESS}" else self.get_response(request)


@require_safe
def poll(request: HttpRequest) -> HttpResponse:
    """304 while nothing is new, 200 with the new number; 401 for a token that is no good (any more)."""
    session_key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    watcher = read_token(request.headers.get(TOKEN_HEADER, ""), session_key=session_key)
    if watcher is None:
        return _answer(status=401)
    try:
        number = latest_number(watcher, now=timezone.now())
    except OperationalError as gone:
        if _may_log.may_ring():
            log.warning("poll.database_unavailable", error=type(gone).__name__)
        return _answer(status=503, retry_after="5")
    etag = f'"{number}"'
    if request.headers.get("If-None-Match") == etag:
        return _answer(status=304, etag=etag)
    return _answer(str(number), etag=etag)


def _answer(body: str = "", *, status: int = 200, etag: str = "", retry_after: str = "") -> HttpResponse:
    answer = HttpResponse(body, status=status, content_type="text/plain")
    answer["Cache-Control"] = "no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    if etag:
        answer["ETag"] = etag
    if retry_after:
        answer["Retry-After"] = retry_after
    return answer
