"""The front door's addresses."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from intake import queries
from intake.api import schema
from intake.api.answers import Answer
from intake.api.auth import Caller, PingKeyAuthentication
from intake.api.body import kept_headers, query_without_keys, read_body, without_keys
from intake.api.renderers import prefers_xml
from intake.api.serializers import SubmissionSerializer
from intake.canonical import is_secret
from intake.filters import SubmissionFilter
from intake.models import Submission
from intake.pings.receiving import receive_ping
from intake.receive import Envelope, receive_lead
from leadcrm.lib import normalize
from leadcrm.lib.api_errors import ApiError
from leadcrm.lib.client import client_ip
from leadcrm.lib.normalize import Unreadable

MAX_IDEMPOTENCY_KEY = 255
# Makes any post a test post, whatever its body says: the console of the posting instructions sends it.
TEST_HEADER = "X-Test-Post"


class NewestFirst(CursorPagination):
    """Pages by cursor, so that a list of any length costs the same."""

    ordering = ("-received_at", "-id")
    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        """One page. The links to its neighbours do not repeat a key that came in the query."""
        page: list[Any] | None = super().paginate_queryset(queryset, request, view)
        address = urlsplit(str(self.base_url))
        kept = [pair for pair in parse_qsl(address.query, keep_blank_values=True) if not is_secret(pair[0])]
        self.base_url = address._replace(query=urlencode(kept)).geturl()
        return page

    def decode_cursor(self, request: Request) -> Any:
        """The place to go on from. Raises ApiError 400 for a cursor that was not given out here."""
        odd = ApiError(400, "bad_request", "Give a cursor as it was answered.")
        try:
            cursor: Any = super().decode_cursor(request)
            at = parse_datetime(cursor.position) if cursor and cursor.position else None
        except (NotFound, ValueError):
            raise odd from None
        if cursor and cursor.position and not (at and at.utcoffset() == timedelta(0) and at.year >= 1970):
            raise odd
        return cursor


@schema.lead_intake
class LeadIntakeView(ListAPIView[Submission]):
    """Post a lead (POST), list the source's own posts (GET)."""

    queryset = Submission.objects.none()  # for the description; get_queryset knows the caller
    serializer_class = SubmissionSerializer
    pagination_class = NewestFirst
    filterset_class = SubmissionFilter

    def get_queryset(self) -> Any:
        """The caller's own posts."""
        return queries.submissions_of(caller_of(self.request).source.id)

    def post(self, request: Request) -> HttpResponse:
        """One lead in, the decision out."""
        caller = caller_of(request)
        received = receive_lead(
            source=caller.source,
            envelope=envelope_of(request, caller),
            config_version=caller.config_version,
            now=timezone.now(),
        )
        return answer_response(received.answer)


@schema.lead_ping
class PingView(APIView):
    """Ask for interest and price without contact data (POST)."""

    authentication_classes = (PingKeyAuthentication,)

    def post(self, request: Request) -> HttpResponse:
        """A bid, or the reasons why there is none."""
        caller = caller_of(request)
        bid = receive_ping(
            source=caller.source,
            envelope=envelope_of(request, caller),
            config_version=caller.config_version,
            now=timezone.now(),
        )
        return answer_response(bid.answer)


@schema.lead_readback
class SubmissionView(APIView):
    """One of the source's own posts, by our lead id, our submission id or the vendor's lead id."""

    def get(self, request: Request, name: str) -> Response:
        """404 for anything that is not the caller's."""
        found = queries.find_submission(caller_of(request).source.id, name)
        if found is None:
            raise Http404
        return Response(SubmissionSerializer(found).data)


def caller_of(request: Request) -> Caller:
    """The authenticated caller."""
    caller: Any = request.user
    assert isinstance(caller, Caller)
    return caller


def envelope_of(request: Request, caller: Caller) -> Envelope:
    """What is kept of the call. Raises ApiError for a body above the limit or an Idempotency-Key that is none."""
    idempotency_key = request.headers.get("Idempotency-Key", "").strip()
    if len(idempotency_key) > MAX_IDEMPOTENCY_KEY:
        raise ApiError(
            400, "bad_request", f"Idempotency-Key is longer than {MAX_IDEMPOTENCY_KEY} characters."
        )
    return Envelope(
        body=without_keys(read_body(request._request)),
        content_type=request.META.get("CONTENT_TYPE", ""),
        query=query_without_keys(request.META.get("QUERY_STRING", "")),
        headers=kept_headers(request._request),
        remote_ip=client_ip(request._request),
        api_key_id=caller.key.pk,
        idempotency_key=idempotency_key,
        xml=prefers_xml(request._request),
        test=says_test(request.headers.get(TEST_HEADER, "")),
    )


def says_test(text: str) -> bool:
    """Whether the header TEST_HEADER asks for a test post. What cannot be read does: nothing is bought by mistake."""
    try:
        return bool(text.strip()) and normalize.boolean(text).value
    except Unreadable:
        return True


def answer_response(answer: Answer) -> HttpResponse:
    """The answer as an HTTP response, byte for byte what is stored."""
    response = HttpResponse(
        answer.body, status=answer.status, content_type=f"{answer.content_type}; charset=utf-8"
    )
    for name, value in answer.headers.items():
        response[name] = value
    return response
