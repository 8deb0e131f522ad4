"""The rate limit of a source: exact over all processes, and lost without harm."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from intake.models import Source
from leadcrm.lib.db import Query

_COUNT = """
INSERT INTO intake_ratewindow AS held (source_id, minute, used) VALUES (%s, %s, 1)
ON CONFLICT (source_id) DO UPDATE SET
    used = CASE WHEN held.minute = EXCLUDED.minute THEN held.used + 1 ELSE 1 END,
    minute = EXCLUDED.minute
RETURNING used
"""


_COUNT_PING = """
INSERT INTO intake_ratewindow AS held (source_id, ping_minute, ping_used) VALUES (%s, %s, 1)
ON CONFLICT (source_id) DO UPDATE SET
    ping_used = CASE WHEN held.ping_minute = EXCLUDED.ping_minute THEN held.ping_used + 1 ELSE 1 END,
    ping_minute = EXCLUDED.ping_minute
RETURNING ping_used
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted by the minute: calls of one kind, each with a limit of its own."""

    words: str
    statement: str
    limit: str  # the column of the source

    def limit_of(self, source: Source) -> int | None:
        """How many a minute, None for any number."""
        found: int | None = getattr(source, self.limit)
        return found

    def count(self, source_id: int, now: datetime) -> Query:
        """The statement that counts one call of a source and returns how many it made in this minute."""
        return Query(self.statement, (source_id, int(now.timestamp()) // 60))


POSTS: Final = Counted("posts", _COUNT, "rate_limit")
PINGS: Final = Counted("pings", _COUNT_PING, "ping_rate_limit")


def seconds_left(now: datetime) -> int:
    """Seconds until the next minute begins, at least 1."""
    return max(1, 60 - now.second)
