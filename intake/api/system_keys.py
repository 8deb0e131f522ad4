"""Who calls with a key that belongs to no source, and opens one thing alone."""

from dataclasses import dataclass
from typing import ClassVar

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from intake.api.auth import REALM, key_in_headers
from intake.keys import matches, prefix_of
from intake.models import Key
from leadcrm.lib.api_errors import ApiError


@dataclass(frozen=True, slots=True)
class System:
    """The system that calls. Stands where DRF expects a user."""

    key: Key
    is_authenticated: bool = True


class SystemKeyAuthentication(BaseAuthentication):
    """Bearer, X-API-Key, or the user name of HTTP Basic, looked up among `keys`."""

    keys: ClassVar[type[Key]]

    def authenticate(self, request: Request) -> tuple[System, Key]:
        """The system. 401 without a known key; 403 for one that was revoked or has expired. One query."""
        text = key_in_headers(request._request)
        key = self.keys._default_manager.filter(prefix=prefix_of(text) or "").first()
        if key is None or not matches(key, text):
            raise AuthenticationFailed
        if not key.is_usable(timezone.now()):
            raise ApiError(403, "forbidden", "This key was revoked or has expired.")
        return System(key), key

    def authenticate_header(self, request: Request) -> str:
        """The WWW-Authenticate header of a 401."""
        return REALM
