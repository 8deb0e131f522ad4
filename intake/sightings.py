"""What is noted of a source's calls beside its posts: which key was used last, that a test was sent again."""

from datetime import datetime, timedelta
from typing import Final

from intake.models import Key, RetrySeen
from leadcrm.lib.db import Query, fetch_together

# A key is stamped once in this time by each process: what a manager wants to know is the day.
STAMPED_EVERY: Final = timedelta(minutes=10)
_STAMP: Final = """
INSERT INTO intake_keyuse AS held (key_id, last_at) SELECT id, %s FROM intake_apikey WHERE id = %s
ON CONFLICT (key_id) DO UPDATE SET last_at = EXCLUDED.last_at WHERE held.last_at < EXCLUDED.last_at
"""
_stamped: dict[str, datetime] = {}  # by prefix; of known keys only, so it stays small


def note_use(key: Key, now: datetime) -> None:
    """Note that `key` was used at `now` (aware). Costs nothing but for the first call in ten minutes."""
    last = _stamped.get(key.prefix)
    if last is not None and abs(now - last) < STAMPED_EVERY:
        return
    _stamped[key.prefix] = now
    fetch_together(Query(_STAMP, (now, key.pk)))


def note_retry(*, source_id: int, now: datetime) -> None:
    """Note that a test post of the source came again and was answered as before."""
    RetrySeen.objects.update_or_create(source_id=source_id, defaults={"last_at": now})
