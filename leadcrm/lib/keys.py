"""Keys of rows as an address, a form or a search names them: whatever is written there, these answer."""

import re
from typing import Final
from uuid import UUID

# What PostgreSQL's bigint holds, and so the largest key there can be.
LARGEST_KEY: Final = 2**63 - 1
# Not \d: the digits of all scripts would be read. A longer text is refused before it is made a number.
_DIGITS: Final = re.compile(r"[0-9]{1,19}")


def key_from(text: str) -> int:
    """17 of “17”. 0, which no row has, for all else: words, nothing, a sign, a number that bigint does not hold."""
    key = int(text) if _DIGITS.fullmatch(text) else 0
    return key if key <= LARGEST_KEY else 0


def uuid_from(text: str) -> UUID | None:
    """The UUID that `text` is, in any of its notations, blanks around it left out; else None."""
    try:
        return UUID(text.strip())
    except ValueError:
        return None
