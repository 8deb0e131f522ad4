"""The words of the OpenAPI description."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view

from intake.api.return_answers import AskReturnSerializer, ReturnSerializer
from intake.api.serializers import SubmissionSerializer
from intake.reasons import HTTP_ERRORS
from intake.serializers import PingedLead, PostedLead

DECISION = {
    "type": "object",
    "required": ["status", "submission_id"],
    "properties": {
        "status": {"type": "string", "enum": ["accepted", "rejected", "pending"]},
        "lead_id": {"type": "string", "example": "A-48291"},
        "submission_id": {"type": "string", "example": "0192f3a4c1d27bd08a51c2e9d4b7f601"},
        "vendor_lead_id": {"type": "string"},
        "reason": {"type": "string", "example": "duplicate"},
        "message": {"type": "string"},
        "reasons": {"type": "array", "items": {"type": "object"}},
        "warnings": {"type": "array", "items": {"type": "object"}},
        "price": {"type": "string", "example": "22.00"},
        "currency": {"type": "string", "example": "USD"},
        "retry": {"type": "boolean"},
        "retry_after": {"type": "integer"},
        "test": {"type": "boolean"},
        "processed_ms": {"type": "integer"},
    },
}
BID = {
    "type": "object",
    "required": ["status", "ping_id", "price"],
    "properties": {
        "status": {"type": "string", "enum": ["accepted", "rejected"]},
        "ping_id": {"type": "string", "example": "0192f3a4d7027bd08a51c2e9d4b7f601"},
        "vendor_lead_id": {"type": "string"},
        "reason": {"type": "string", "example": "filter_mismatch"},
        "message": {"type": "string"},
        "reasons": {"type": "array", "items": {"type": "object"}},
        "warnings": {"type": "array", "items": {"type": "object"}},
        "price": {"type": "string", "example": "22.00"},
        "currency": {"type": "string", "example": "USD"},
        "expires_in": {"type": "integer", "description": "Seconds from the first answer on."},
        "expires_at": {"type": "string", "format": "date-time"},
        "retry": {"type": "boolean"},
        "retry_after": {"type": "integer"},
        "test": {"type": "boolean"},
        "processed_ms": {"type": "integer"},
    },
}
LEADCONDUIT = {
    "type": "object",
    "required": ["outcome"],
    "properties": {"outcome": {"type": "string", "enum": ["success", "failure", "pending"]}},
}
ANSWER = {"oneOf": [DECISION, LEADCONDUIT]}
ERROR = {
    "type": "object",
    "required": ["status", "code", "message"],
    "properties": {
        "status": {"type": "string", "enum": ["error"]},
        "code": {"type": "string"},
        "message": {"type": "string"},
        "submission_id": {"type": "string"},
    },
}
ERRORS: dict[int, str] = {}
for _error in HTTP_ERRORS:
    _told = f"{_error.code}: {_error.when}".replace("`", "")
    ERRORS[_error.status] = f"{ERRORS[_error.status]}. {_told}" if _error.status in ERRORS else _told


def _responses(
    description: str, *decisions: int, errors: tuple[int, ...], answer: Any = ANSWER
) -> dict[int, OpenApiResponse]:
    told = {code: OpenApiResponse(answer, description) for code in decisions}
    return {**told, **{code: OpenApiResponse(ERROR, ERRORS[code]) for code in errors}}


TYPES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml")
BODY: Any = dict.fromkeys(TYPES, PostedLead)
PING: Any = dict.fromkeys(TYPES, PingedLead)
lead_intake = extend_schema_view(
    post=extend_schema(
        summary="Post a lead",
        request=BODY,
        parameters=[
            OpenApiParameter(
                "Idempotency-Key", str, OpenApiParameter.HEADER, description="Recognises a retry."
            ),
            OpenApiParameter(
                "X-Test-Post",
                bool,
                OpenApiParameter.HEADER,
                description="Makes this a test post, whatever the body says.",
            ),
        ],
        responses=_responses(
            "The decision.", 200, 201, 202, 422, errors=(400, 401, 403, 409, 413, 415, 429, 503)
        ),
    ),
    get=extend_schema(
        summary="List your posts",
        responses={
            200: SubmissionSerializer(many=True),
            **_responses("", errors=(400, 401, 403, 503)),
        },
    ),
)
lead_ping = extend_schema(
    summary="Ask for interest and price, without contact data",
    request=PING,
    parameters=[
        OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, description="Recognises a retry.")
    ],
    responses=_responses(
        "The bid.", 200, 201, 422, errors=(400, 401, 403, 413, 415, 429, 503),
        answer={"oneOf": [BID, LEADCONDUIT]},
    ),
)  # fmt: skip
lead_readback = extend_schema(
    summary="Read back one post",
    responses={
        200: SubmissionSerializer,
        **_responses("", errors=(401, 403, 503)),
        404: OpenApiResponse(ERROR, ERRORS[404]),
    },
)


RETURN_ASKED = {
    "type": "object",
    "required": ["status", "return_id", "lead_id", "reason"],
    "properties": {
        "status": {"type": "string", "enum": ["asked", "taken", "refused", "withdrawn"]},
        "return_id": {"type": "string"},
        "lead_id": {"type": "string", "example": "A-48291"},
        "vendor_lead_id": {"type": "string"},
        "reason": {"type": "string", "example": "wrong_number"},
        "asked_at": {"type": "string", "format": "date-time"},
        "window_ends_at": {"type": "string", "format": "date-time"},
        "price": {"type": "string", "example": "22.00"},
        "currency": {"type": "string", "example": "USD"},
    },
}
RETURN_REFUSED = {
    "type": "object",
    "required": ["status", "reason", "message"],
    "properties": {
        "status": {"type": "string", "enum": ["rejected"]},
        "reason": {
            "type": "string",
            "enum": [
                "sold", "returned_before", "returns_off", "reason_not_in_contract", "window_closed",
                "too_few_tries",
            ],
        },
        "message": {"type": "string"},
        "lead_id": {"type": "string"},
    },
}  # fmt: skip
ask_return = extend_schema(
    summary="Ask for a return (the buyer's side)",
    description="For the agency's own systems: a key of scope `return`, or the session of a person who may ask.",
    request={
        "application/json": AskReturnSerializer, "application/x-www-form-urlencoded": AskReturnSerializer,
    },
    parameters=[
        OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, description="Recognises a retry.")
    ],
    responses={
        200: OpenApiResponse(RETURN_ASKED, "Asked before."),
        201: OpenApiResponse(RETURN_ASKED, "Asked."),
        422: OpenApiResponse(RETURN_REFUSED, "The lead cannot go back."),
        **_responses("", errors=(400, 401, 403, 409, 415, 429, 503)),
        404: OpenApiResponse(ERROR, "Not yours."),
    },
)  # fmt: skip
return_list = extend_schema(
    summary="List the returns of your leads",
    responses={200: ReturnSerializer(many=True), **_responses("", errors=(400, 401, 403, 503))},
)
return_readback = extend_schema(
    summary="Read one return",
    responses={
        200: ReturnSerializer, **_responses("", errors=(401, 403, 503)),
        404: OpenApiResponse(ERROR, "Not yours."),
    },
)  # fmt: skip


class CleanFieldSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """A posted field says its own type."""

    target_class = "intake.fields.CleanField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        """The field's OpenAPI type."""
        schema: dict[str, Any] = self.target.openapi
        return schema


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How a key is sent."""

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """A bearer token; X-API-Key and Basic work too."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "Or X-API-Key, or HTTP Basic with the key as user.",
        }


class SourceKeyScheme(KeyScheme):  # type: ignore[no-untyped-call]
    """A source's key."""

    target_class = "intake.api.auth.SourceKeyAuthentication"
    name = "SourceKey"


class PingKeyScheme(SourceKeyScheme):  # type: ignore[no-untyped-call]
    """The same key, whose limit of pings is another one; a scheme of its own, for names must be unique."""

    target_class = "intake.api.auth.PingKeyAuthentication"
    name = "PingKey"


class ReturnKeyScheme(KeyScheme):  # type: ignore[no-untyped-call]
    """A source's key for returns."""

    target_class = "intake.api.returns.ReturnKeyAuthentication"
    name = "ReturnKey"


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Somebody who is logged in to the pages."""

    target_class = "intake.api.returns.PersonAuthentication"
    name = "Session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """The session's cookie; what is posted carries X-CSRFToken."""
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


def without_trailing_slash(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Show each address as vendors write it; the slash at its end is optional."""
    return {**result, "paths": {path.rstrip("/"): methods for path, methods in result["paths"].items()}}
