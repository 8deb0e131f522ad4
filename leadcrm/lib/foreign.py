"""Reading what other people's servers say: whatever shape it has, the outcome is a plain value or None."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

MOST_LEVELS: Final = 40
SHORTEST_SECRET: Final = 8
_YES: Final = frozenset({"true", "1", "yes", "y"})
_NO: Final = frozenset({"false", "0", "no", "n"})


class NotStorable(ValueError):
    """JSON that is nested too deeply to be kept."""


def storable(value: Any, levels: int = MOST_LEVELS) -> Any:
    """JSON as PostgreSQL takes it: no NUL, no half characters, no endless numbers. Raises NotStorable."""
    if levels < 0:
        raise NotStorable
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {storable(str(key)): storable(each, levels - 1) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [storable(each, levels - 1) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def without(body: bytes, *secrets: str) -> bytes:
    """`body` with every occurrence of a secret blotted out; a server may send back what it was sent.

    A short word is no secret, and may well be one of the answer's own.
    """
    for secret in secrets:
        if len(secret) >= SHORTEST_SECRET:
            body = body.replace(secret.encode(), b"[key]")
    return body


def branch(value: Any, *path: str) -> dict[str, Any]:
    """The object at the end of `path`, or an empty one."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def flag(value: Any) -> bool | None:
    """A yes or no, also as text or 0 and 1; None for anything else."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | str):
        word = str(value).strip().lower()
        return True if word in _YES else False if word in _NO else None
    return None


def whole(value: Any, least: int, most: int) -> int | None:
    """A whole number between `least` and `most`, also as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = int(float(value)) if not isinstance(value, int) else value
    except (ValueError, OverflowError):
        return None
    return number if least <= number <= most else None


def moment(value: Any) -> datetime | None:
    """An ISO 8601 moment, aware, in UTC; without a zone it is UTC. None for anything else."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        found = datetime.fromisoformat(value.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def words(value: Any) -> list[str]:
    """The texts of a list, or of a text with commas."""
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    return [part.strip() for part in parts if isinstance(part, str) and part.strip()]
