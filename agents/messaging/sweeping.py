"""The sweep: what is due, what a dead worker held, what was kept long enough."""

import time
from datetime import datetime, timedelta
from typing import Final

from agents.messaging.bridging import place
from agents.messaging.carrying import carry, give_up_lost
from agents.models import BridgedCall, Delivery, InboundText
from leadcrm.lib.alone import alone

# Seconds in which another one is begun; each may take as long again as its provider's limits.
_BEGIN_WITHIN: Final = 20
_LOCK: Final = 0x6D657373  # "mess"
# As long as raw posts of refused leads: nobody has found out whose they are.
KEPT: Final = timedelta(days=90)


def sweep(*, now: datetime) -> int:
    """Send what is due, one after the other; how many.

    One sweep at a time: where a provider is slow, waiting for it must not take every worker there is.
    """
    give_up_lost(Delivery, now=now)
    give_up_lost(BridgedCall, now=now)
    with alone(_LOCK) as mine:
        return _send_due(now) if mine else 0


def _send_due(now: datetime) -> int:
    started, sent = time.monotonic(), 0
    while (passed := time.monotonic() - started) < _BEGIN_WITHIN:
        at = now + timedelta(seconds=passed)
        if not (place(now=at) or carry(now=at)):
            break
        sent += 1
    return sent


def forget_unmatched(*, now: datetime) -> int:
    """Blank texts of people we do not know that came in more than 90 days ago; how many. The request to stop stays."""
    old = InboundText.objects.filter(lead__isnull=True, received_at__lt=now - KEPT).exclude(phone="")
    return old.update(phone="", to="", body="")
