"""Who posts: the source a key belongs to, and whether it may post now and from here (wire-contract section 2)."""

import base64
import binascii
from dataclasses import dataclass
from typing import ClassVar, Final

from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from intake import rates
from intake.api.body import read_body
from intake.api.parsers import parse_body
from intake.flatten import BodyRefused
from intake.keys import matches, prefix_of
from intake.mapping import api_key_of
from intake.models import ApiKey, KeyScope
from intake.rates import Counted
from intake.sightings import note_use
from intake.sources import KEY_OWNERS, SOURCES, SourceConfig
from leadcrm.lib.api_errors import ApiError
from leadcrm.lib.client import client_ip
from leadcrm.lib.config import STAMP
from leadcrm.lib.db import fetch_together

REALM: Final = 'Bearer realm="leadcrm"'


@dataclass(frozen=True, slots=True)
class Caller:
    """The source that calls, by which key, under which configuration. Stands where DRF expects a user."""

    source: SourceConfig
    key: ApiKey
    config_version: int
    is_authenticated: bool = True

    @property
    def pk(self) -> int:
        """The source's key."""
        return self.source.id


class SourceKeyAuthentication(BaseAuthentication):
    """Bearer, X-API-Key, HTTP Basic user name; a field `api_key` where the source allows it."""

    scope = KeyScope.POST
    counted: ClassVar[Counted] = rates.POSTS

    def authenticate(self, request: Request) -> tuple[Caller, ApiKey]:
        """The caller. 401 without a known key; 403 for one that may not be used; 429 above the source's rate."""
        text = key_in_headers(request._request)
        in_body = not text
        text = text or key_in_body(request._request)
        caller = find_caller(text, counts=self.counted if request.method == "POST" else None)
        if caller is None or (in_body and not caller.source.source.key_in_body):
            raise AuthenticationFailed
        if not caller.key.is_usable(timezone.now()):
            raise ApiError(403, "forbidden", "This key was revoked or has expired.")
        if not caller.source.admits(client_ip(request._request)):
            raise ApiError(403, "forbidden", "Posts of this source may not come from this address.")
        if caller.key.scope != self.scope:
            raise ApiError(403, "forbidden", "This key may not do that.")
        note_use(caller.key, timezone.now())
        return caller, caller.key

    def authenticate_header(self, request: Request) -> str:
        """The WWW-Authenticate header of a 401."""
        return REALM


class PingKeyAuthentication(SourceKeyAuthentication):
    """The same, counted as a ping."""

    counted = rates.PINGS


def key_in_headers(request: HttpRequest) -> str:
    """The key in the headers, or an empty text."""
    scheme, _, value = request.headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if from_header := request.headers.get("X-API-Key", "").strip():
        return from_header
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value.strip(), validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def key_in_body(request: HttpRequest) -> str:
    """A field `api_key` of the query or the body, or an empty text when there is none that can be read."""
    body = read_body(request) if request.method == "POST" else b""
    query = request.META.get("QUERY_STRING", "")
    for raw, content_type in ((body, request.META.get("CONTENT_TYPE", "")), (b"", "")):
        try:
            return api_key_of(parse_body(raw, content_type, query).flat)
        except BodyRefused:
            continue  # a body that cannot be read may still come with a key in the query
    return ""


def find_caller(text: str, *, counts: Counted | None) -> Caller | None:
    """The caller of a key, None for none. One round trip while the configuration has not changed.

    With `counts` the call counts against the source's rate; above it, ApiError 429 is raised. Only who has the whole
    key is counted: its prefix is no secret.
    """
    prefix = prefix_of(text)
    if prefix is None:
        return None
    now = timezone.now()
    before = _kept_source(prefix, text) if counts else None
    limited = counts and before and counts.limit_of(before.source) is not None
    stamp, *counted = fetch_together(
        STAMP, *([counts.count(before.id, now)] if counts and before and limited else [])
    )
    version = int(stamp[0][0])
    source_id = KEY_OWNERS.get(None, version).get(prefix)
    if source_id is None:
        return None
    source = SOURCES.get(source_id, version)
    if not _has_key(source, prefix, text):
        return None
    limit = counts.limit_of(source.source) if counts else None
    if counts and limit is not None:
        used = counted or fetch_together(counts.count(source_id, now))
        if used[0][0][0] > limit:
            raise ApiError(
                429,
                "rate_limited",
                f"More than {limit} {counts.words} in a minute.",
                retry_after=rates.seconds_left(now),
            )
    return Caller(source, source.keys[prefix], version)


def _kept_source(prefix: str, text: str) -> SourceConfig | None:
    """The key's source as last seen, so that its post is counted in the round trip that asks for the stamp."""
    source_id = (KEY_OWNERS.last_known(None) or {}).get(prefix)
    source = SOURCES.last_known(source_id) if source_id is not None else None
    return source if source is not None and _has_key(source, prefix, text) else None


def _has_key(source: SourceConfig, prefix: str, text: str) -> bool:
    key = source.keys.get(prefix)
    return key is not None and matches(key, text)
