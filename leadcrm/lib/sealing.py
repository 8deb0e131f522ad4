"""Encryption at rest of what is kept as evidence only, by keys that are not in the database.

A sealed value is MARK, one byte with the length of the key's id, the id, a nonce of 12 bytes, and AES-256-GCM's
ciphertext with its tag. The place a value belongs to (table, row, column) is authenticated with it, so that a value
moved to another row does not open. A value without MARK was stored before there were keys and is read as it is.
"""

import os
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

# No body that can be understood begins with a zero byte; and whatever is posted is sealed before it is stored.
MARK: Final = b"\x00sealed1\x00"
TEXT_MARK: Final = "sealed1:"
NONCE_BYTES: Final = 12


class CannotOpen(Exception):
    """A sealed value cannot be read; the message says why, names the key's id, and never the value."""


def seal(value: bytes, *, place: str) -> bytes:
    """`value` sealed under the first of EVIDENCE_KEYS for `place` ("table.column:row"); as it is without keys.

    An installation without keys does not pass its system checks, but a vendor's post is never lost for it.
    """
    keys: Sequence[tuple[str, bytes]] = settings.EVIDENCE_KEYS
    if not keys:
        return value
    key_id, key = keys[0]
    nonce = os.urandom(NONCE_BYTES)
    return prefix_of(key_id) + nonce + _cipher(key).encrypt(nonce, value, place.encode())


def unseal(value: bytes, *, place: str) -> bytes:
    """The value that `seal` was given for `place`. Raises CannotOpen: key unknown, or value changed or moved."""
    if not value.startswith(MARK):
        return value
    key_id, rest = _taken_apart(value)
    key = dict(settings.EVIDENCE_KEYS).get(key_id)
    if key is None:
        raise CannotOpen(f"Sealed under the key {key_id!r}, which EVIDENCE_KEYS does not have")
    try:
        return _cipher(key).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], place.encode())
    except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce and a tag
        raise CannotOpen(
            f"Does not open with the key {key_id!r}: the value was changed or belongs to another row, "
            "or EVIDENCE_KEYS has another key under this id"
        ) from None


def seal_text(value: str, *, place: str) -> str:
    """`seal` for a text column. An empty text stays empty."""
    if not value or not settings.EVIDENCE_KEYS:
        return value
    return TEXT_MARK + b64encode(seal(value.encode(), place=place)).decode()


def unseal_text(value: str, *, place: str) -> str:
    """`unseal` for a text column. Raises CannotOpen."""
    if not value.startswith(TEXT_MARK):
        return value
    try:
        sealed = b64decode(value[len(TEXT_MARK) :], validate=True)
    except NotBase64:
        raise CannotOpen("The sealed text is damaged") from None
    return unseal(sealed, place=place).decode()


def prefix_of(key_id: str) -> bytes:
    """What every value sealed under the key `key_id` begins with."""
    return MARK + bytes([len(key_id)]) + key_id.encode()


def sealed_under(key_id: str) -> str:
    """What every text sealed under the key `key_id` begins with, as far as whole groups of base64 tell."""
    prefix = prefix_of(key_id)
    return TEXT_MARK + b64encode(prefix[: len(prefix) // 3 * 3]).decode()


def _taken_apart(value: bytes) -> tuple[str, bytes]:
    start = len(MARK) + 1
    end = start + (value[len(MARK)] if len(value) > len(MARK) else 0)
    return value[start:end].decode("ascii", "replace"), value[end:]


@lru_cache(maxsize=16)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)
