"""/metrics: what Prometheus is told, and who may ask."""

import hmac
from datetime import datetime
from ipaddress import ip_address
from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from agents import gauges as of_agents
from compliance import gauges as of_compliance
from intake import gauges as of_intake
from leadcrm import jobs
from leadcrm.lib import metrics
from leadcrm.lib.gauges import Gauges, Sample, ask_queues

QUEUES: Final = (*of_intake.QUEUES, *of_compliance.QUEUES, *of_agents.QUEUES)
COUNTS: Final = (*of_intake.COUNTS, *of_compliance.COUNTS, *of_agents.COUNTS)
TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
# Whoever sets one of these stands before us; what it passes on did not come from this machine.
_OF_PROXIES: Final = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_X_FORWARDED_PROTO")


def read(now: datetime) -> list[Sample]:
    """What waits in the database at `now`, and how the periodic jobs go."""
    return [*ask_queues(QUEUES, COUNTS, now=now), *_of_jobs(now)]


def _of_jobs(now: datetime) -> list[Sample]:
    samples = []
    for job in jobs.known_jobs():
        labels = (("name", job.name),)  # “job” is Prometheus' own word for what it asks
        bad = jobs.standing(job, now=now).is_bad
        samples += [
            Sample(
                "leadcrm_job_in_trouble", "1 for a job that is late, failed last or broke off.", bad, labels
            ),
            Sample("leadcrm_job_runs", "Runs that ended.", job.runs, labels, "counter"),
            Sample("leadcrm_job_failures", "Runs that failed.", job.failures, labels, "counter"),
            Sample("leadcrm_job_seconds", "How long all runs took.", job.seconds_in_all, labels, "counter"),
        ]
        if job.seconds is not None:
            samples.append(
                Sample("leadcrm_job_last_seconds", "How long the last run took.", job.seconds, labels)
            )
        if job.done_at is not None:
            done = job.done_at.timestamp()
            samples.append(Sample("leadcrm_job_last_success", "When a run last went well.", done, labels))
    return samples


GAUGES: Final = Gauges(read)


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The metrics for whom METRICS lets ask; 404 for everybody else, 401 for a wrong token."""
    if settings.METRICS == "token":
        if not _has_token(request):
            return HttpResponse(status=401, headers={"WWW-Authenticate": 'Bearer realm="metrics"'})
    elif not (settings.METRICS == "loopback" and _is_from_here(request)):
        raise Http404
    return HttpResponse(metrics.written([GAUGES]), content_type=TEXT)


def _has_token(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    known = settings.METRICS_TOKEN
    return (
        bool(known)
        and scheme.lower() == "bearer"
        and hmac.compare_digest(token.strip().encode(), known.encode())
    )


def _is_from_here(request: HttpRequest) -> bool:
    """True for a caller on this machine that no proxy passed on."""
    if any(name in request.META for name in _OF_PROXIES):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
