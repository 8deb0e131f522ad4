"""How long ago leads came, in the steps by which people judge speed: for the list's filter and the live floor."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q


@dataclass(frozen=True, slots=True)
class Age:
    """One step: `words` for a filter, `short` for a column; from `least` to below `most` (None: however old)."""

    words: str
    short: str
    least: timedelta
    most: timedelta | None

    def of(self, now: datetime) -> Q:
        """Leads that are so old at `now` (aware): a range of an index by arrival."""
        young_enough = Q(received_at__gt=now - self.most) if self.most else Q()
        # What a clock ahead of ours stamped counts as just come.
        return young_enough & Q(received_at__lte=now - self.least) if self.least else young_enough


_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
AGES: Final = {
    "minute": Age("In the last minute", "Under 1 min", timedelta(0), _MINUTE),
    "five": Age("1 to 5 minutes ago", "1\N{EN DASH}5 min", _MINUTE, 5 * _MINUTE),
    "hour": Age("5 to 60 minutes ago", "5\N{EN DASH}60 min", 5 * _MINUTE, _HOUR),
    "day": Age("1 to 24 hours ago", "1\N{EN DASH}24 hours", _HOUR, _DAY),
    "older": Age("More than a day ago", "Over a day", _DAY, None),
}
