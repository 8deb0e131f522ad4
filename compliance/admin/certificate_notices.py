"""What the managers' first page tells of certificates."""

from datetime import timedelta
from typing import Any, Final

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from compliance.models import Certificate, CertificateState
from leadcrm.lib.admin.site import Notice, waits_for_a_person
from leadcrm.lib.counts import count_words

LATE: Final = timedelta(hours=1)
MANY: Final = 100


@waits_for_a_person
def at_risk(request: HttpRequest) -> list[Notice]:
    """Certificates that nobody gets hold of, those lost lately, and a service without a key that leads came with."""
    user: Any = request.user
    if not user.has_perm("compliance.view_certificate"):
        return []
    now, address = timezone.now(), reverse("admin:compliance_certificate_changelist")
    late = Certificate.objects.filter(state=CertificateState.WAITING, accepted_at__lte=now - LATE)
    account = Q(error__in=("key_refused", "no_funds", "not_contracted"))
    lost = Certificate.objects.filter(state=CertificateState.LOST, accepted_at__gt=now - timedelta(days=7))
    off = Certificate.objects.filter(state=CertificateState.OFF, accepted_at__gt=now - timedelta(days=3))
    asked = (
        (late.filter(account), "not retained: the service refuses our account", "need=late", "bad"),
        (late.exclude(account), "at risk: not retained an hour after the purchase", "need=late", "bad"),
        (lost, "lost in the last 7 days", "state__exact=lost", "warn"),
        (off, "of the last 3 days not retained: a service is off", "state__exact=off", "warn"),
    )
    return [
        Notice(count, f"certificate{'' if count == '1' else 's'} {what}", f"{address}?{query}", level)
        for rows, what, query, level in asked
        if (count := count_words(rows, MANY, none=""))
    ]
