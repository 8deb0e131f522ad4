"""The rate limit of a source: exact over all processes, and lost without harm."""

from datetime import datetime

from leadcrm.lib.db import Query

_COUNT = """
INSERT INTO intake_ratewindow AS held (source_id, minute, used) VALUES (%s, %s, 1)
ON CONFLICT (source_id) DO UPDATE SET
    used = CASE WHEN held.minute = EXCLUDED.minute THEN held.used + 1 ELSE 1 END,
    minute = EXCLUDED.minute
RETURNING used
"""


def count_post(source_id: int, now: datetime) -> Query:
    """The statement that counts one post of a source and returns how many it made in this minute."""
    return Query(_COUNT, (source_id, int(now.timestamp()) // 60))


def seconds_left(now: datetime) -> int:
    """Seconds until the next minute begins, at least 1."""
    return max(1, 60 - now.second)
