"""The one shape of an HTTP error of the API: no decision was made."""

from typing import Any

from django.db import OperationalError
from django.http import Http404, HttpResponse, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

CODES = {
    400: "bad_request", 401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    409: "conflict", 413: "too_large", 415: "unsupported_media_type", 429: "rate_limited", 503: "unavailable",
}  # fmt: skip


class ApiError(exceptions.APIException):
    """An HTTP error with a code of the contract, and where it helps the seconds after which to try again."""

    def __init__(
        self, status: int, code: str, message: str, *, retry_after: int | None = None, **extra: Any
    ) -> None:
        super().__init__(detail=message, code=code)
        self.status_code = status
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.extra = extra


def refused(errors: dict[str, str]) -> ApiError:
    """A 400 that names each field and says what is wrong with it, as the contract's reasons do."""
    reasons = [{"field": name, "message": message} for name, message in errors.items()]
    said = "; ".join(f"{name}: {message}" for name, message in errors.items())
    return ApiError(400, "bad_request", said, reasons=reasons)


def error_body(code: str, message: str, **extra: Any) -> dict[str, Any]:
    """The body: status, code, message, and `extra` (such as a submission_id)."""
    return {"status": "error", "code": code, "message": message, **extra}


def error_response(
    status: int, code: str, message: str, *, retry_after: int | None = None, **extra: Any
) -> HttpResponse:
    """A complete answer for callers outside DRF (middleware, error pages)."""
    response = JsonResponse(error_body(code, message, **extra), status=status)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def handle(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every refusal of the API in the one shape. None lets the middleware deal with it."""
    if isinstance(exc, OperationalError):
        exc = ApiError(503, "unavailable", "We cannot decide now; send it again.", retry_after=5)
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    if not isinstance(exc, exceptions.APIException):
        return None
    headers: dict[str, str] = {}
    if getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = exc.auth_header  # type: ignore[attr-defined]
    if isinstance(exc, ApiError):
        body = error_body(exc.code, exc.message, **exc.extra)
        if exc.retry_after is not None:
            headers["Retry-After"] = str(exc.retry_after)
    else:
        code = CODES.get(exc.status_code, "error")
        body = error_body(code, _MESSAGES.get(exc.status_code, "The request was refused."))
    return Response(body, status=exc.status_code, headers=headers)


_MESSAGES = {
    400: "The request cannot be read.",
    401: "Give a valid API key.",
    403: "This key may not do that.",
    404: "There is nothing at this address for this key.",
    405: "This address does not take that method.",
}
