"""API keys: made once, shown once, kept as a hash."""

import hashlib
import hmac
import re
import secrets
from datetime import datetime
from typing import Final

from intake.models import ApiKey, Key, KeyScope, Source
from leadcrm.models import User

# `lk_` marks a leadcrm key for people and secret scanners; eight hex digits name it; 40 hex digits are 160 bits.
KEY_PATTERN: Final = re.compile(r"lk_([0-9a-f]{8})_([0-9a-f]{40})")


def issue_key(
    *,
    source: Source,
    label: str = "",
    scope: KeyScope = KeyScope.POST,
    expires_at: datetime | None = None,
    created_by: User | None = None,
) -> tuple[ApiKey, str]:
    """A new saved key of `source` and its text, which is kept nowhere and cannot be shown again."""
    prefix, text = new_key_text()
    key = ApiKey.objects.create(
        source=source, label=label, scope=scope, prefix=prefix, sha256=hash_key(text),
        expires_at=expires_at, created_by=created_by,
    )  # fmt: skip
    return key, text


def new_key_text() -> tuple[str, str]:
    """The prefix and the whole text of a key that nobody has yet."""
    prefix = secrets.token_hex(4)
    return prefix, f"lk_{prefix}_{secrets.token_hex(20)}"


def hash_key(text: str) -> str:
    """SHA-256 in hex. A key holds 160 random bits, so a slow hash would protect nothing more."""
    return hashlib.sha256(text.encode()).hexdigest()


def prefix_of(text: str) -> str | None:
    """The public prefix of a well-formed key, else None."""
    match = KEY_PATTERN.fullmatch(text)
    return match[1] if match else None


def matches(key: Key, text: str) -> bool:
    """True when `text` is `key`, compared in constant time."""
    return hmac.compare_digest(key.sha256, hash_key(text))
