"""The sweep: retries, certificates that no message told of, alarms, and services that were switched on."""

import time
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db.models import Q

from compliance.certificates import retaining
from compliance.certificates.findings import mark_reused
from compliance.certificates.services import is_on
from compliance.models import Certificate, CertificateState, Provider
from leadcrm.lib.alone import alone

log = structlog.get_logger(__name__)

# Hours after acceptance at which somebody should know that the evidence is still not ours.
ALARMS: Final = (48, 24, 1)
# A certificate that came while its service was off is taken up as long as it may still stand there.
_REVIVED: Final = timedelta(days=90)
_TAKEN_UP: Final = 500  # a sweep
_LOOKED_BACK: Final = timedelta(minutes=5)
_NAMED: Final = 20
_LOCK: Final = 0x63657274  # "cert"
# Seconds in which rounds are begun; the last one may take as long again and more (settings.CELERY_TASK_TIME_LIMIT).
_BEGIN_ROUNDS: Final = 15


def sweep(*, now: datetime) -> int:
    """Ask for the due certificates, raise alarms, look after those whose service is off; how many were asked.

    One sweep at a time: where a service is slow, waiting for it must not take every worker there is. Another one
    that comes meanwhile does nothing.
    """
    take_up(now=now)
    try:
        with alone(_LOCK) as mine:
            return _rounds(now) if mine else 0
    finally:
        raise_alarms(now=now)  # what was just retained is no alarm


def _rounds(now: datetime) -> int:
    unasked = Certificate.objects.filter(
        state=CertificateState.OFF, provider__in=Provider.values, accepted_at__gt=now - _LOOKED_BACK
    )
    mark_reused(list(unasked.order_by("-accepted_at").only("pk")[:500]))
    started, asked = time.monotonic(), 0
    while (passed := time.monotonic() - started) < _BEGIN_ROUNDS:
        at = now + timedelta(seconds=passed)
        claimed = retaining.claim(due=Q(due_at__lte=at), now=at)
        if not claimed:
            break
        retaining.retain(claimed, now=at)
        asked += len(claimed)
    return asked


def raise_alarms(*, now: datetime) -> int:
    """Log, once for each of 1, 24 and 48 hours, the leads whose certificate is not retained; how many.

    A row that passed two limits at once (nobody swept meanwhile) raises the later one only.
    """
    raised = 0
    for hours in ALARMS:
        late = Certificate.objects.filter(
            state=CertificateState.WAITING,
            alarm_hours__lt=hours,
            accepted_at__lte=now - timedelta(hours=hours),
        )
        leads = list(late.order_by("accepted_at").values_list("lead_id", flat=True)[:_NAMED])
        if not leads:
            continue
        count = late.update(alarm_hours=hours)
        raised += count
        log.warning("certificate.at_risk", hours=hours, count=count, lead_ids=list(dict.fromkeys(leads)))
    return raised


def take_up(*, now: datetime) -> int:
    """Let certificates wait whose service has been switched on since, the newest first; how many."""
    on = [provider for provider in Provider if is_on(provider)]
    if not on:
        return 0
    asleep = Certificate.objects.filter(
        state=CertificateState.OFF, provider__in=on, accepted_at__gt=now - _REVIVED
    )
    newest = list(asleep.order_by("-accepted_at").values_list("pk", flat=True)[:_TAKEN_UP])
    if not newest:
        return 0
    return Certificate.objects.filter(pk__in=newest, state=CertificateState.OFF).update(
        state=CertificateState.WAITING, due_at=now
    )


def try_again(*, certificate: Certificate, now: datetime) -> bool:
    """Have a certificate asked for at once, also one that was given up; False when it is retained already.

    The caller rings (compliance.tasks.retain_certificates) after the transaction.
    """
    again = Certificate.objects.filter(pk=certificate.pk).exclude(state=CertificateState.RETAINED)
    return bool(again.update(state=CertificateState.WAITING, due_at=now))
