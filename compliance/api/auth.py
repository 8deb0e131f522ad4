"""Who may send requests to stop: the holder of an opt-out key, which opens nothing else."""

from dataclasses import dataclass

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from compliance.models import OptOutKey
from intake.api.auth import REALM, key_in_headers
from intake.api.schema import KeyScheme
from intake.keys import matches, prefix_of
from leadcrm.lib.api_errors import ApiError


@dataclass(frozen=True, slots=True)
class Sender:
    """The system that calls. Stands where DRF expects a user."""

    key: OptOutKey
    is_authenticated: bool = True


class OptOutKeyAuthentication(BaseAuthentication):
    """Bearer, X-API-Key, or the user name of HTTP Basic."""

    def authenticate(self, request: Request) -> tuple[Sender, OptOutKey]:
        """The sender. 401 without a known key; 403 for one that was revoked or has expired. One query."""
        text = key_in_headers(request._request)
        key = OptOutKey.objects.filter(prefix=prefix_of(text) or "").first()
        if key is None or not matches(key, text):
            raise AuthenticationFailed
        if not key.is_usable(timezone.now()):
            raise ApiError(403, "forbidden", "This key was revoked or has expired.")
        return Sender(key), key

    def authenticate_header(self, request: Request) -> str:
        """The WWW-Authenticate header of a 401."""
        return REALM


class OptOutKeyScheme(KeyScheme):  # type: ignore[no-untyped-call]
    """The key in the description of the API."""

    target_class = OptOutKeyAuthentication
    name = "OptOutKey"
