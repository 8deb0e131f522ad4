"""Background decisions: the same function that decides in the web process."""

from celery import shared_task
from django.utils import timezone

from compliance import held_places, retention
from compliance.certificates import retaining, sweeping
from compliance.evidence import checking, sealing
from compliance.rescrub import rescrub
from compliance.trials import closing, looking_back, usage
from intake.models import Submission
from intake.redecide import CannotRedecide, redecide
from leadcrm.lib.doorbell import ring_after_commit


@shared_task
def decide_submission(*, submission_id: str, **_: object) -> None:
    """Decide one stored post. Safe to run twice: the second finds it decided."""
    try:
        redecide(submission=Submission(pk=submission_id), actor=None, now=timezone.now())
    except CannotRedecide:
        return


@shared_task
def expire_pings(**_: object) -> None:
    """End pings whose time is over, and give their places under the caps back. Periodic."""
    held_places.expire_pings(now=timezone.now())


# A million leads take longer than a task usually may; another one that starts meanwhile leaves at once.
@shared_task(time_limit=1800)
def rescrub_open_leads(**_: object) -> None:
    """Ask newer versions of the do-not-call lists about the open leads. Periodic; mostly there is nothing to ask."""
    rescrub(now=timezone.now())


@shared_task
def retain_certificates(*, lead_id: int, **_: object) -> None:
    """Have the certificates of one lead retained. Safe to run twice: the second finds them claimed."""
    now = timezone.now()
    retaining.retain(retaining.claim_of_lead(lead_id=lead_id, now=now), now=now)


@shared_task
def sweep_certificates(**_: object) -> None:
    """Retries, what no message told of, alarms. Periodic; where one runs still, the next leaves it to that one."""
    sweeping.sweep(now=timezone.now())


# A year's refused posts may be due at the first run.
@shared_task(time_limit=3600)
def expire_evidence(**_: object) -> int | None:
    """Erase what was kept long enough; how much. Every night, agency time; a second one leaves at once."""
    run = retention.expire(now=timezone.now())
    return run.posts + run.leads + run.sealed if run else None


@shared_task
def seal_evidence(**_: object) -> None:
    """Chain the evidence that was noted since the last time. Periodic; two at once: one leaves it to the other."""
    sealing.seal_pending(now=timezone.now())


# Some 23,000 rows a second: years of evidence take minutes.
@shared_task(time_limit=4 * 3600)
def check_evidence(**_: object) -> None:
    """Verify all evidence. Every night, agency time; a second one leaves at once."""
    checking.check_evidence(now=timezone.now())


@shared_task
def end_trials(**_: object) -> None:
    """Close the trials whose time is over, and count what tried caps have bought. Periodic."""
    now = timezone.now()
    closing.end_due_trials(now=now)
    usage.count_bought(now=now)


@shared_task(time_limit=3600)
def forget_trial_posts(**_: object) -> int:
    """Delete the single posts of trials that were closed long ago; how many. Every night, agency time."""
    return closing.forget_posts(now=timezone.now())


@shared_task
def look_back(**_: object) -> None:
    """Ask trials of recorded posts. Periodic; while there is more to do it rings for itself."""
    if looking_back.look_back(now=timezone.now()):
        ring_after_commit(look_back, {})
