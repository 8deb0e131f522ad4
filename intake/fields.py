"""DRF fields over the normalisers: a field's clean value with its note, or the error the contract names."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.utils import timezone
from django.utils.functional import cached_property
from rest_framework import serializers

from leadcrm.lib import normalize
from leadcrm.lib.normalize import Clean, Unreadable

Normalizer = Callable[[Any], Clean[Any]]
# The fields are made once and shared by all threads, so the moment of a reading cannot be one of their attributes.
_READ_AT: Final[ContextVar[datetime | None]] = ContextVar("read_at", default=None)


@contextmanager
def read_as_of(now: datetime) -> Iterator[None]:
    """Fields are read meanwhile as they were, or would have been, at `now` (aware)."""
    token = _READ_AT.set(now)
    try:
        yield
    finally:
        _READ_AT.reset(token)


def reading_moment() -> datetime:
    """The moment as of which fields are read. Aware."""
    return _READ_AT.get() or timezone.now()


class CleanField(serializers.Field):  # type: ignore[type-arg]
    """A field whose value `read` understands; an unreadable one is an error with the normaliser's code."""

    def __init__(self, read: Normalizer, *, openapi: dict[str, Any] | None = None, **kwargs: Any) -> None:
        self.read = read
        self.openapi = openapi or {"type": "string"}
        super().__init__(required=False, **kwargs)

    def to_internal_value(self, data: Any) -> Clean[Any]:
        """The clean value with its note."""
        try:
            return self.read(data)
        except Unreadable as error:
            raise serializers.ValidationError(error.message, code=error.code) from None

    def to_representation(self, value: Any) -> Any:
        """As it is."""
        return value


class LiveField(CleanField):
    """A field that takes fictional values (555-01xx numbers, magic ZIPs) in test posts only."""

    def __init__(self, read: Callable[..., Clean[Any]], **kwargs: Any) -> None:
        super().__init__(lambda raw: read(raw, live=self._live), **kwargs)

    @cached_property
    def _live(self) -> bool:
        return bool(self.context.get("live", True))


def text(limit: int) -> Normalizer:
    """Text of at most `limit` characters, trimmed."""
    return lambda raw: normalize.text(raw, max_length=limit)


def verbatim(raw: Any) -> Clean[Any]:
    """Text kept byte for byte."""
    return normalize.verbatim(raw)


def birth_date(raw: Any) -> Clean[Any]:
    """A date of birth, not in the future, not more than 120 years ago."""
    return normalize.birth_date(raw, today=timezone.localdate(reading_moment()))


def moment(raw: Any) -> Clean[Any]:
    """A moment; without a zone it is the agency's."""
    return normalize.moment(raw, zone=settings.AGENCY_ZONE)
