"""Returns at the front door: the buyer's side asks (session or a key of its own), the vendor reads its returns."""

from typing import Any, Final
from uuid import UUID, uuid5

from django.http import Http404
from django.utils import timezone
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import ListAPIView, get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from intake.api import schema
from intake.api.auth import Caller, SourceKeyAuthentication, key_in_headers
from intake.api.body import read_body
from intake.api.parsers import parse_body
from intake.api.return_answers import (
    AskReturnSerializer,
    ReturnSerializer,
    asked_answer,
    refused_answer,
)
from intake.api.views import MAX_IDEMPOTENCY_KEY, NewestFirst, caller_of
from intake.filters import ReturnFilter
from intake.flatten import BodyRefused
from intake.models import ApiKey, KeyScope, Lead, Return, ReturnReason
from intake.queries import returns_of
from intake.returns.asking import AlreadyAsked, CannotReturn, RequestIdTaken, ask_return
from leadcrm.lib import pipeline
from leadcrm.lib.api_errors import ApiError
from leadcrm.models import User

ASK: Final = "intake.add_return"
# Idempotency keys of two callers never meet.
_REPLAYS: Final = UUID("6f1d9c1e-6a0b-4a55-9d4e-2f0f6a3b7c11")


class ReturnKeyAuthentication(SourceKeyAuthentication):
    """A source's key with the scope `return`, in a header. Without one, whoever is logged in is asked about."""

    scope = KeyScope.RETURN

    def authenticate(self, request: Request) -> tuple[Caller, ApiKey] | None:  # type: ignore[override]
        """The caller, or None without a key."""
        return super().authenticate(request) if key_in_headers(request._request) else None


class PersonAuthentication(SessionAuthentication):
    """Somebody logged in who may ask for returns; what is posted carries the token of our own pages."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """The person. 403 for one who may not, and for what comes from another site."""
        try:
            found = super().authenticate(request)
        except PermissionDenied:
            raise ApiError(403, "forbidden", "Send the CSRF token of our own pages.") from None
        if found is None:
            return None
        if not found[0].has_perm(ASK):
            raise ApiError(403, "forbidden", "You may not ask for returns.")
        return found


@schema.ask_return
class AskReturnView(APIView):
    """Ask the vendor of a lead to take it back."""

    authentication_classes = (ReturnKeyAuthentication, PersonAuthentication)

    def post(self, request: Request, lead_id: str) -> Response:
        """201 asked, 200 asked before, 422 it cannot go back, 409 another return is open, 404 not yours."""
        lead = get_object_or_404(leads_of(request.user), pk=int(lead_id.removeprefix("A-")))
        given, key, by = asked_for(request), request.auth, request.user
        try:
            asked = ask_return(
                lead=lead, reason=ReturnReason(given["reason"]), note=given["note"],
                by=by if isinstance(by, User) else None, key=key if isinstance(key, ApiKey) else None,
                request_id=request_id_of(request), now=timezone.now(),
            )  # fmt: skip
        except CannotReturn as refused:
            return refused_answer(refused, lead)
        except AlreadyAsked:
            raise ApiError(409, "conflict", "A return for another reason waits for the vendor.") from None
        except RequestIdTaken:
            raise ApiError(409, "conflict", "This Idempotency-Key was used for another return.") from None
        return asked_answer(asked, lead)


class NewestReturnsFirst(NewestFirst):
    """Pages of returns by cursor."""

    ordering = ("-asked_at", "-id")


@schema.return_list
class ReturnListView(ListAPIView[Return]):
    """The returns of the caller's source."""

    queryset = Return.objects.none()  # for the description; get_queryset knows the caller
    serializer_class = ReturnSerializer
    pagination_class = NewestReturnsFirst
    filterset_class = ReturnFilter

    def get_queryset(self) -> Any:
        """The caller's own, newest first."""
        return returns_of(caller_of(self.request).source.id)


@schema.return_readback
class ReturnView(APIView):
    """One of the source's own returns, by its id."""

    def get(self, request: Request, name: str) -> Response:
        """404 for anything that is not the caller's."""
        found = returns_of(caller_of(request).source.id).filter(pk=UUID(name)).first()
        if found is None:
            raise Http404
        return Response(ReturnSerializer(found).data)


def leads_of(user: Any) -> Any:
    """The leads a caller may ask about: those of the key's source, or those the person may see."""
    if isinstance(user, Caller):
        return Lead.objects.filter(source=user.source.id)
    return pipeline.step("visible_leads")(user)


def asked_for(request: Request) -> dict[str, Any]:
    """The reason and the note, in any of the formats a post may have. Raises ApiError for what cannot be meant."""
    called = request._request
    try:
        flat = parse_body(read_body(called), called.META.get("CONTENT_TYPE", ""), "").flat
    except BodyRefused as refused:
        raise ApiError(refused.status, refused.code, f"The body {refused.message.lower()}") from None
    given = AskReturnSerializer(data=dict(flat.values))
    if not given.is_valid():
        odd = "; ".join(f"{name}: {' '.join(errors)}" for name, errors in given.errors.items())
        raise ApiError(400, "bad_request", odd)
    said: dict[str, Any] = given.validated_data
    return said


def request_id_of(request: Request) -> UUID | None:
    """The Idempotency-Key as a request id of this caller alone; None without one. Raises ApiError for a long one."""
    text = request.headers.get("Idempotency-Key", "").strip()
    if len(text) > MAX_IDEMPOTENCY_KEY:
        raise ApiError(
            400, "bad_request", f"Idempotency-Key is longer than {MAX_IDEMPOTENCY_KEY} characters."
        )
    who = "source" if isinstance(request.user, Caller) else "user"
    return uuid5(_REPLAYS, f"{who}:{request.user.pk}:{text}") if text else None
