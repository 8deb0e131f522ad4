"""What would the trial have done last week? Recorded posts decided again in bounded batches, oldest first.

The row is the work: its cursor is written with the verdicts of each batch, so a worker that dies loses one batch.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from compliance.evidence.past_post import CannotReplay, Recall
from compliance.models import Decision, LookBackState, Trial, TrialLookBack, WouldBe
from compliance.policy import POLICIES, SetTrial, tried_caps
from compliance.trials.past import PastTrial, ask_past
from compliance.trials.usage import add_bought, used_before
from compliance.trials.would import Would, settled
from compliance.trials.writing import Tried, note_verdicts
from intake.models import Source, Submission
from intake.post import Post
from leadcrm.lib.batch import Batch
from leadcrm.lib.config import current_version
from leadcrm.models import User

log = structlog.get_logger(__name__)

USUAL_DAYS: Final = 7
MOST_DAYS: Final = 31
BATCH: Final = 25
# Seconds in which batches are begun: with the last one less than settings.CELERY_TASK_TIME_LIMIT.
_BEGIN_BATCHES: Final = 20
_LEASE: Final = timedelta(minutes=2)
_FIRST_RETRY: Final = timedelta(seconds=30)
MAX_ATTEMPTS: Final = 5

_CLAIM: Final = """
    UPDATE compliance_triallookback SET due_at = %s, attempts = attempts + 1 WHERE id = (
        SELECT id FROM compliance_triallookback WHERE due_at <= %s ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
    ) RETURNING id
"""


class CannotLookBack(ValueError):
    """The past cannot be asked now; the message says why, for people."""


def ask_look_back(*, trial_id: int, days: int, by: User, now: datetime) -> TrialLookBack:
    """Have the trial asked of the posts of the `days` before it began, by a worker. The newest one is shown.

    Raises CannotLookBack for a closed trial, while another one runs, and beyond MOST_DAYS.
    """
    if not 1 <= days <= MOST_DAYS:
        raise CannotLookBack(f"One looks back 1 to {MOST_DAYS} days.")
    try:
        with transaction.atomic():
            trial = Trial.objects.select_for_update().get(pk=trial_id)
            if not trial.is_running:
                raise CannotLookBack("This trial is closed.")
            return begin_look_back(trial, days=days, by=by, now=now)
    except IntegrityError:
        raise CannotLookBack("The past is being asked already. Wait until it is through.") from None


def begin_look_back(trial: Trial, *, days: int, by: User, now: datetime) -> TrialLookBack:
    """The row of the work, in the caller's transaction. Raises IntegrityError while another one waits."""
    since = trial.started_at - timedelta(days=days)
    row = TrialLookBack(
        trial=trial, since=since, until=trial.started_at, asked_at=now, asked_by=by, due_at=now,
    )  # fmt: skip
    if trial.caps is not None and trial.source_id is not None:
        row.used = used_before(trial.source_id, tried_caps(trial), since.astimezone(settings.AGENCY_ZONE))
    row.save(force_insert=True)
    return row


def look_back(*, now: datetime) -> bool:
    """Go on with the look back that is due longest, for some seconds; True when there is more to do at once.

    At most one worker goes on with a row: it is claimed for a lease, and locked for each batch.
    """
    row_id = _claim(now)
    if row_id is None:
        return False
    started = time.monotonic()
    try:
        work = _Work(row_id)
        while work.batch(now=now + timedelta(seconds=(passed := time.monotonic() - started))):
            if passed > _BEGIN_BATCHES:
                _release(row_id, now + timedelta(seconds=passed))
                return True
    except Exception as error:
        log.error("trial.look_back_broke", look_back=row_id, exc_info=error)
        _put_off(row_id, error, now)
    return False


def _claim(now: datetime) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [now + _LEASE, now])
        found = cursor.fetchone()
    return int(found[0]) if found else None


def _release(row_id: int, now: datetime) -> None:
    TrialLookBack.objects.filter(pk=row_id, state=LookBackState.WAITING).update(due_at=now)


def _put_off(row_id: int, error: Exception, now: datetime) -> None:
    with transaction.atomic():
        row = TrialLookBack.objects.select_for_update().get(pk=row_id)
        if row.state != LookBackState.WAITING:
            return
        row.error = type(error).__name__[:80]
        if row.attempts >= MAX_ATTEMPTS:
            row.state, row.due_at, row.finished_at = LookBackState.FAILED, None, now
        else:
            row.due_at = now + _FIRST_RETRY * 2 ** (row.attempts - 1)
        row.save()


@dataclass(slots=True)
class _Work:
    """One worker's way through a look back, with what it has read of past configurations."""

    row_id: int
    recall: Recall = field(default_factory=Recall)
    version: int = field(default_factory=current_version)
    covered: dict[int, SetTrial] = field(default_factory=dict)

    def batch(self, *, now: datetime) -> bool:
        """Ask the next posts and write what came of it; False when nothing is left to do."""
        with transaction.atomic():
            row = (
                TrialLookBack.objects.select_for_update(of=("self",))
                .select_related("trial")
                .get(pk=self.row_id)
            )
            if row.state != LookBackState.WAITING:
                return False
            self.covered = self.covered or _covered(row.trial, self.version)
            posts = _next_posts(row, list(self.covered))
            self._ask(row, posts)
            if posts:
                row.cursor_at, row.cursor_id = posts[-1].received_at, posts[-1].pk
            if len(posts) < BATCH:
                row.state, row.due_at, row.finished_at = LookBackState.DONE, None, now
            else:
                row.due_at = now + _LEASE
            row.attempts, row.error = 0, ""
            row.save()
            return len(posts) == BATCH

    def _ask(self, row: TrialLookBack, posts: Sequence[Submission]) -> None:
        decisions, batch = _first_decisions(posts), Batch()
        for submission in posts:
            decision = decisions.get(submission.pk)
            if decision is None:
                continue  # it waits, or could not be read
            asking = PastTrial(self.covered[submission.source_id], row.used)
            try:
                post, would = ask_past(asking, decision, self.recall)
            except CannotReplay:
                row.not_kept += 1
                continue
            row.seen += 1
            _count(row, asking.trial, post, settled(would, decision.outcome, decision.reason))
            note_verdicts(
                batch, [Tried(row.trial_id, would)], post, outcome=decision.outcome, code=decision.reason,
                look_back_id=row.pk,
            )  # fmt: skip
        batch.flush()


def _count(row: TrialLookBack, trial: SetTrial, post: Post, would: Would) -> None:
    """Tried caps fill up with what they would have bought, post after post."""
    if trial.caps is not None and would.outcome == WouldBe.ACCEPTED:
        add_bought(row.used, trial.caps, post.price, post.now.astimezone(settings.AGENCY_ZONE))


def _covered(trial: Trial, version: int) -> dict[int, SetTrial]:
    """The trial as it stands for each source that it covers."""
    sources = Source.objects.filter(pk=trial.source_id) if trial.source_id else Source.objects.all()
    found = {}
    for source_id in sources.order_by("pk").values_list("pk", flat=True):
        for each in POLICIES.get(source_id, version).trials:
            if each.trial_id == trial.pk:
                found[source_id] = each
    return found


def _next_posts(row: TrialLookBack, source_ids: Sequence[int]) -> list[Submission]:
    """The posts after the cursor, in the order of their arrival."""
    posts = Submission.objects.filter(
        source__in=source_ids, received_at__gte=row.cursor_at or row.since, received_at__lt=row.until,
        test=False,
    )  # fmt: skip
    if row.cursor_at is not None:
        posts = posts.filter(~Q(received_at=row.cursor_at, pk__lte=row.cursor_id))
    return list(posts.defer("answer", "headers").order_by("received_at", "pk")[:BATCH])


def _first_decisions(posts: Sequence[Submission]) -> dict[Any, Decision]:
    """The first decision on each post: what came later, a person had a hand in."""
    by_key = {post.pk: post for post in posts}
    found: dict[Any, Decision] = {}
    for decision in Decision.objects.filter(submission__in=list(by_key)).order_by("pk"):
        decision.submission = by_key[decision.submission_id]
        found.setdefault(decision.submission_id, decision)
    return found
