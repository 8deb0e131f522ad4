"""Words that senders search answers for, and keeping them out of the wrong answer (wire-contract section 5)."""

from collections.abc import Mapping
from typing import Any, Final

# No accepted body contains one of the first, no rejected body one of the second, in any case.
NEVER_WHEN_ACCEPTED: Final = ("reject", "error", "fail", "dup", "invalid", "denied")
NEVER_WHEN_REJECTED: Final = ("accept", "success")
NEVER: Final = NEVER_WHEN_ACCEPTED + NEVER_WHEN_REJECTED


def is_safe(text: str, words: tuple[str, ...] = NEVER) -> bool:
    """True when `text` contains none of `words`, in whatever case it is written or searched.

    Some letters become ASCII ones only when they are raised (a dotless i) or folded (a long s).
    """
    folded = f"{text.casefold()} {text.upper().lower()}"
    return not any(word in folded for word in words)


def safe_values(values: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The entries of `values` that may be shown in any answer, and the names of those that may not."""
    shown = {name: value for name, value in values.items() if is_safe(f"{name} {value!r}")}
    return shown, [name for name in values if name not in shown and is_safe(name)]
