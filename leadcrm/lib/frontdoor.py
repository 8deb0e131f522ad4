"""The outermost middleware: a request id, one log line a request, and JSON errors for callers of the API."""

import time
from collections.abc import Callable

import structlog
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse

from leadcrm.lib.api_errors import error_response
from leadcrm.lib.ids import uuid7
from leadcrm.lib.metrics import time_answer

log = structlog.get_logger(__name__)

API_PREFIX = "/api/"


class FrontDoorMiddleware:
    """Names each request, times it, and logs its route (never its address: that may hold a person's data)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer `request`; the answer carries the request's id."""
        request_id = uuid7().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.perf_counter()
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        match = request.resolver_match
        seconds = time.perf_counter() - started
        time_answer(request, status=response.status_code, seconds=seconds)
        log.info(
            "request",
            method=request.method,
            route=match.route if match else "",
            status=response.status_code,
            ms=round(seconds * 1000, 1),
        )
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Turn what a view raised into the error of the contract, for callers of the API only."""
        if not request.path.startswith(API_PREFIX):
            return None
        if isinstance(exception, OperationalError):
            log.warning("database.unavailable", exc_info=exception)
            return error_response(503, "unavailable", "We cannot decide now; send it again.", retry_after=5)
        log.error("request.broke", exc_info=exception)
        return error_response(500, "internal", "Something broke on our side; send it again.", retry_after=30)
