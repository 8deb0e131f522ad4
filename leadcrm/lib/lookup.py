"""Recognising what is no longer kept: a keyed digest of a number or an address in place of it.

A plain hash of a phone number is undone in seconds, there being so few of them; with a key that is not in the database
(HMAC, RFC 2104) whoever has the database alone learns nothing.
"""

import hashlib
import hmac

from django.conf import settings


def keyed(value: str) -> str:
    """HMAC-SHA-256 of `value` (an E.164 number, an address in lower case) under LOOKUP_KEY, in hex.

    Empty for an empty value, and without a key: nothing was erased then, and nothing can be found by it.
    """
    if not value or not settings.LOOKUP_KEY:
        return ""
    return hmac.new(settings.LOOKUP_KEY, value.encode(), hashlib.sha256).hexdigest()


def all_keyed(values: list[str]) -> list[str]:
    """Those of `values` that have a digest."""
    return [digest for digest in map(keyed, values) if digest]
