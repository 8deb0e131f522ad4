"""Hashes of phone numbers and addresses, as a ping sends them in place of these: recognising whose they are.

Vendors send SHA-256, SHA-1 or MD5 of the ten digits, or of the address in lower case (wire-contract section 8). A
plain hash of a number is undone in seconds, there being so few numbers; so none is kept. Kept beside a number are
*codes*, the first 32 bits of each hash: enough to find its row by an index, too little to be the hash.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.conf import settings

_BY_LENGTH: Final = {64: "sha256", 40: "sha1", 32: "md5"}
ALGORITHMS: Final = tuple(_BY_LENGTH.values())


@dataclass(frozen=True, slots=True)
class Hashed:
    """One posted hash: its algorithm and its hex digits in lower case."""

    algorithm: str
    digest: str

    @property
    def code(self) -> int:
        """The first 32 bits, signed as PostgreSQL's integer is."""
        return _code(bytes.fromhex(self.digest))

    def is_of(self, text: str) -> bool:
        """True when `text` (as `hashable` gives it) has this hash."""
        return bool(text) and _hash(self.algorithm, text).hex() == self.digest

    def keyed(self) -> str:
        """A digest under a key of ours, from which nobody comes back to the hash: it may be kept."""
        return keyed_hash(self.algorithm, self.digest)


def read_hash(text: str) -> Hashed | None:
    """The hash that `text` is, told by its length; None for anything else."""
    digest = text.strip().lower()
    algorithm = _BY_LENGTH.get(len(digest))
    if algorithm is None or not all(letter in "0123456789abcdef" for letter in digest):
        return None
    return Hashed(algorithm, digest)


def hashable(phone: str = "", *, email: str = "") -> str:
    """What vendors hash: the ten digits of a number in E.164, or the address in lower case without blanks."""
    return phone.removeprefix("+1") if phone else email.strip().lower()


def codes_of(phones: Iterable[str], email: str = "") -> list[int]:
    """The codes of `phones` (E.164) and `email`, under all algorithms, each once and in order; empty ones have none."""
    texts = [hashable(phone) for phone in phones if phone] + ([hashable(email=email)] if email else [])
    return sorted({_code(_hash(algorithm, text)) for text in texts for algorithm in ALGORITHMS})


def keyed_hashes(phone: str = "", email: str = "") -> list[str]:
    """The keyed digests of all hashes of a number (E.164) and an address, for when these are not kept any more."""
    texts = [
        text for text in (hashable(phone) if phone else "", hashable(email=email) if email else "") if text
    ]
    return [keyed_of(algorithm, text) for text in texts for algorithm in ALGORITHMS]


def keyed_of(algorithm: str, text: str) -> str:
    """The keyed digest of the hash of `text` (as `hashable` gives it)."""
    return keyed_hash(algorithm, _hash(algorithm, text).hex())


def keyed_hash(algorithm: str, digest: str) -> str:
    """HMAC-SHA-256 (RFC 2104) of one hash, in hex, under LOOKUP_KEY; in development without one under SECRET_KEY."""
    key = settings.LOOKUP_KEY or settings.SECRET_KEY.encode()
    return hmac.new(key, f"{algorithm}:{digest}".encode(), hashlib.sha256).hexdigest()


def _hash(algorithm: str, text: str) -> bytes:
    # Not for safety: MD5 and SHA-1 are what vendors send.
    return hashlib.new(algorithm, text.encode(), usedforsecurity=False).digest()


def _code(digest: bytes) -> int:
    return int.from_bytes(digest[:4], "big", signed=True)
