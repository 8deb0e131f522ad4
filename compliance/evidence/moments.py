"""Before, after, and at that very moment: what the times of rows tell about a decision's moment."""

from datetime import datetime, timedelta
from typing import Final

# Longer than a post takes, questions to outside services and the wait for the person's lock included.
UNSETTLED: Final = timedelta(seconds=60)


def was(moment: datetime, *, since: datetime, until: datetime | None) -> bool | None:
    """Whether what held from `since` until `until` (None: still) held at `moment`. None: it cannot be told."""
    if since > moment + UNSETTLED or (until is not None and until <= moment - UNSETTLED):
        return False
    begun = since <= moment - UNSETTLED
    return True if begun and (until is None or until > moment + UNSETTLED) else None
