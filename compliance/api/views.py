"""Requests to stop from other systems: a texting provider's STOP, a mail program's unsubscribe."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import structlog
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import FormParser, JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance.api.auth import OptOutKeyAuthentication
from compliance.api.serializers import OptOutSerializer, RecordedSerializer
from compliance.models import Revocation, RevocationChannel, RevocationOrigin, RevocationScope
from compliance.revocation import RevocationRefused, revoke
from compliance.stopwords import read_stop_words
from intake.api.renderers import AnyAccept
from leadcrm.lib.api_errors import refused

log = structlog.get_logger(__name__)

# Where the request itself says which way it came, the record's origin says so too.
_ORIGINS: Final = {
    RevocationChannel.TEXT: RevocationOrigin.TEXT, RevocationChannel.EMAIL: RevocationOrigin.EMAIL,
}  # fmt: skip
_NO_REQUEST: Final = "No words in it that ask to stop; nothing was recorded."


class DeepJSONParser(JSONParser):
    """As DRF's; a body nested too deep to be read is one that cannot be read."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """The parsed body. Raises ParseError."""
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError from None


class ByContentType(AnyAccept):
    """Never 406 either; the body is read as its content type says, 415 for one that is not read."""

    def select_parser(self, request: Request, parsers: Iterable[Any]) -> Any:
        """The parser of the content type, None for none."""
        return DefaultContentNegotiation().select_parser(request, parsers)


class OptOutView(APIView):
    """Record a request to stop: in force when the answer is sent."""

    authentication_classes = (OptOutKeyAuthentication,)
    content_negotiation_class = ByContentType
    parser_classes = (DeepJSONParser, FormParser)
    renderer_classes = (JSONRenderer,)

    @extend_schema(
        summary="Record a request to stop",
        description="With an opt-out key. In force before the answer is sent; a repeat changes nothing.",
        request=OptOutSerializer,
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)],
        responses={
            201: RecordedSerializer,
            200: OpenApiResponse(RecordedSerializer, "Recorded before, or a message that asks for nothing."),
            400: OpenApiResponse(description="What is wrong, by field. Nothing was recorded."),
            401: OpenApiResponse(description="No key, or an unknown one."),
            403: OpenApiResponse(description="The key was revoked or has expired."),
            415: OpenApiResponse(description="Neither JSON nor a form."),
            503: OpenApiResponse(description="Send it again."),
        },
    )
    def post(self, request: Request) -> Response:
        """201 when recorded now; 200 when it was before, or when a `message` does not ask to stop."""
        asked = OptOutSerializer(data=request.data)
        if not asked.is_valid():
            raise refused({name: str(errors[0]) for name, errors in asked.errors.items()})
        values = asked.validated_data
        message = values.get("message")
        if message is not None and not read_stop_words(message):
            return Response({"status": "no_request", "message": _NO_REQUEST})
        now = timezone.now()
        recorded = _record(values, request, now)
        new = recorded.applied_at == now
        log.info("opt_out_recorded", revocation=recorded.pk, repeated=not new)
        return Response(RecordedSerializer(recorded).data, status=201 if new else 200)


def _record(values: dict[str, Any], request: Request, now: datetime) -> Revocation:
    key: Any = request.auth
    channel = RevocationChannel(values["channel"])
    external_id = values.get("external_id") or request.headers.get("Idempotency-Key", "").strip()[:128]
    try:
        return revoke(
            phone=values.get("phone", ""), email=values.get("email", ""), scope=RevocationScope(values["scope"]),
            channel=channel, words=values.get("words", values.get("message", "")),
            received_at=values.get("received_at", now), by=None, lead=None,
            origin=_ORIGINS.get(channel, RevocationOrigin.API), origin_key=key.prefix,
            external_id=external_id, now=now,
        )  # fmt: skip
    except RevocationRefused as refusal:
        raise refused({refusal.field: str(refusal)}) from None
