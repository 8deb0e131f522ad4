"""Reading the environment: a value that cannot be meant stops the start with its name."""

import os
import re
from base64 import b64decode
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ImproperlyConfigured

# Redis and Valkey; RabbitMQ. Each also over TLS.
BROKERS: Final = ("redis", "rediss", "amqp", "amqps")


def positive_int(name: str, default: int, *, most: int | None = None) -> int:
    """The environment variable `name` as an integer above zero, else `default`; ImproperlyConfigured if odd.

    `most` is the largest that can be meant.
    """
    number = whole_number(name, default, most=most)
    if number < 1:
        raise ImproperlyConfigured(f"{name} must be a whole number above 0, not 0")
    return number


def whole_number(name: str, default: int, *, most: int | None = None) -> int:
    """The environment variable `name` as an integer, zero or above, `most` at most; ImproperlyConfigured if odd."""
    raw = os.environ.get(name, "")
    if not raw:
        return default
    if not (raw.isascii() and raw.isdecimal()):
        raise ImproperlyConfigured(f"{name} must be a whole number, not {raw!r}")
    if most is not None and int(raw) > most:
        raise ImproperlyConfigured(f"{name} must be {most} at most, not {raw}")
    return int(raw)


def broker_url(name: str, default: str) -> str:
    """The environment variable `name` as the address of a broker we know; ImproperlyConfigured, without showing it."""
    raw = (os.environ.get(name) or default).strip()
    if urlsplit(raw).scheme not in BROKERS:
        raise ImproperlyConfigured(f"{name} must begin with one of {', '.join(f'{s}://' for s in BROKERS)}")
    return raw


def one_of(name: str, choices: tuple[str, ...]) -> str:
    """The environment variable `name` if it is one of `choices`, the first of them by default; ImproperlyConfigured."""
    raw = (os.environ.get(name) or choices[0]).strip().lower()
    if raw not in choices:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}, not {raw!r}")
    return raw


def service_url(name: str, default: str) -> str:
    """The environment variable `name` as the address of a service without a final slash, else `default`.

    It must be https; http is for a server on this machine. Raises ImproperlyConfigured.
    """
    raw = (os.environ.get(name) or default).rstrip("/")
    parts = urlsplit(raw)
    here = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if not (parts.scheme == "https" or (parts.scheme == "http" and here)) or not parts.hostname:
        raise ImproperlyConfigured(f"{name} must be an https address")
    if parts.username or parts.query or parts.fragment:
        raise ImproperlyConfigured(f"{name} must be a plain address: no user, query or fragment")
    return raw


def time_zone(name: str) -> str:
    """`name` if it is an IANA time zone of the United States' kind (a known key), else ImproperlyConfigured."""
    if name not in available_timezones():
        raise ImproperlyConfigured(f"AGENCY_TIME_ZONE: {name!r} is no IANA time zone")
    ZoneInfo(name)
    return name


def one_key(name: str, raw: str) -> bytes:
    """The key in `raw`, 32 bytes in base64; empty for none; ImproperlyConfigured if odd, without showing it."""
    if not raw.strip():
        return b""
    try:
        key = b64decode(raw.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise ImproperlyConfigured(f"{name} must be 32 bytes in base64")
    return key


def named_keys(name: str, raw: str) -> tuple[tuple[str, bytes], ...]:
    """The keys in `raw`, "id:key,id:key" with each key as 32 bytes in base64, in order; ImproperlyConfigured if odd.

    `name` is the variable's, for the message, which never shows a key.
    """
    found: dict[str, bytes] = {}
    for number, pair in enumerate(filter(None, map(str.strip, raw.split(","))), start=1):
        key_id, _, text = pair.partition(":")
        try:
            key = b64decode(text, validate=True)
        except ValueError:
            key = b""
        if len(key) != 32 or not re.fullmatch(r"[A-Za-z0-9_-]{1,16}", key_id) or key_id in found:
            raise ImproperlyConfigured(
                f"{name}: key {number} must be an id of its own (up to 16 letters, digits, - and _), a colon "
                "and 32 bytes in base64"
            )
        found[key_id] = key
    return tuple(found.items())
