"""What was kept long enough is erased: refused posts, old leads and their evidence, what the vault held for a while.

In batches, each a transaction with a receipt of its own, so that a run may be stopped at any moment and goes on with
the next. The commitments stay: that there was evidence, and that nobody changed it, can still be proved.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from compliance.erasure import give_up_certificates
from compliance.evidence.forgetting import forget
from compliance.evidence.kinds import KINDS
from compliance.holds import held_phones
from compliance.keeping import REFUSED_DAYS, YEARS, keep_until, years_after
from compliance.models import (
    CertificateAnswer,
    ContactAttempt,
    ContactDecision,
    Erasure,
    ErasureKind,
    EvidenceVault,
    ListedLead,
    RetentionRun,
    Review,
    ScrubAnswer,
    ZoneConfirmation,
)
from intake.forgetting import erase_posts, erase_profiles
from intake.imports.forgetting import forget_files
from intake.models import ConsentRecord, Lead, Submission, SubmissionState
from intake.originals import names_one_of
from leadcrm.lib.alone import alone
from leadcrm.lib.lookup import all_keyed
from leadcrm.lib.pipeline import step
from leadcrm.lib.sealing import CannotOpen

log = structlog.get_logger(__name__)
BATCH: Final = 200
# A run ends after so many batches of each sort; the next day's goes on.
MOST_BATCHES: Final = 500
_LOCK: Final = 0x5245_5445_4E54_494F  # "RETENTIO"
_REFUSED: Final = (SubmissionState.REJECTED, SubmissionState.UNREADABLE)
_REASON: Final = "Erased: kept as long as it had to be"
_BY_LEAD: Final[tuple[type[Model], ...]] = (ContactDecision, ContactAttempt, ZoneConfirmation, ListedLead)
_BY_BOTH: Final[tuple[type[Model], ...]] = (CertificateAnswer, ScrubAnswer)


def expire(*, now: datetime, batch: int = BATCH, most: int = MOST_BATCHES) -> RetentionRun | None:
    """Erase what is due at `now` (aware), at most `most` batches of each sort; the record of the run.

    What a legal hold is about stays, and comes due when it is lifted. None where another process is at it. How long
    things are kept: compliance.keeping.
    """
    with alone(_LOCK) as mine:
        if not mine:
            return None
        run = _Run(now, batch, most)
        run.posts()
        run.leads()
        run.vault()
        run.files()
        return run.record()


class _Run:
    """One run: what it may touch, and what it came to."""

    def __init__(self, now: datetime, batch: int, most: int) -> None:
        self.now, self.batch, self.most = now, batch, most
        self.phones = held_phones()
        self.row = RetentionRun(started_at=now)

    def posts(self) -> None:
        """Refused posts: as they came, and what services said of them."""
        last = RetentionRun.objects.exclude(posts_until=None).first()
        done = last.posts_until if last else None
        cutoff = self.now - timedelta(days=REFUSED_DAYS)
        kept: list[datetime] = []
        after: tuple[Any, ...] | None = None
        for _ in range(self.most):
            due = Submission.objects.filter(state__in=_REFUSED, received_at__lt=cutoff)
            due = due.filter(received_at__gte=done) if done else due
            if after:
                due = due.filter(Q(received_at__gt=after[0]) | Q(received_at=after[0], pk__gt=after[1]))
            rows = list(due.order_by("received_at", "pk")[: self.batch])
            if not rows:
                break
            after = (rows[-1].received_at, rows[-1].pk)
            held = {row.pk for row in rows if self._names_held(row)}
            kept += [row.received_at for row in rows if row.pk in held]
            self._erase_posts([row for row in rows if row.pk not in held and row.body])
        else:
            cutoff = after[0] if after else cutoff  # not through: the next run goes on here
        self.row.held += len(kept)
        self.row.posts_until = min([*kept, cutoff])

    def _names_held(self, post: Submission) -> bool:
        """Whether a number under a hold stands in the post, in any notation. What cannot be read is kept."""
        if not self.phones or not post.body:
            return False
        try:
            return names_one_of(post, self.phones)
        except CannotOpen:
            return True

    def _erase_posts(self, posts: Sequence[Submission]) -> None:
        if not posts:
            return
        keys = [post.pk for post in posts]
        with transaction.atomic():
            receipt = self._receipt({"refused posts": len(keys)})
            forget(rows=_evidence(posts=keys), erasure=str(receipt.pk), now=self.now)
            erase_posts(keys)
        self.row.posts += len(keys)

    def leads(self) -> None:
        """Leads whose last consent and contact lie far enough back: profile, conversations, evidence, post."""
        erased_ones = Erasure.objects.filter(phone_hash__in=all_keyed(self.phones)).values_list(
            "what", flat=True
        )
        held_leads = {int(name.removeprefix("A-")) for what in erased_ones for name in what.get("leads", ())}
        after = 0
        for _ in range(self.most):
            old = Lead.objects.filter(received_at__lt=years_after(self.now, -YEARS), expired_at__isnull=True)
            rows = list(old.filter(pk__gt=after).order_by("pk")[: self.batch])
            if not rows:
                break
            after = rows[-1].pk
            until = keep_until(rows)
            due = [lead for lead in rows if until[lead.pk] <= self.now]
            held = [
                lead for lead in due if lead.pk in held_leads or {lead.phone, lead.phone_2} & {*self.phones}
            ]
            self.row.held += len(held)
            self._expire_leads([lead for lead in due if lead not in held])

    def _expire_leads(self, leads: Sequence[Lead]) -> None:
        if not leads:
            return
        keys, posts = [lead.pk for lead in leads], [lead.submission_id for lead in leads]
        with transaction.atomic():
            receipt = self._receipt({"leads": [f"A-{pk}" for pk in keys]})
            forget(rows=_evidence(leads=keys, posts=posts), erasure=str(receipt.pk), now=self.now)
            give_up_certificates(keys)
            step("erase_conversations")(leads=keys, now=self.now)
            erase_profiles(leads=keys, reason=_REASON, by=None, now=self.now)
            erase_posts(posts)
            Lead.objects.filter(pk__in=keys).update(expired_at=self.now)
        self.row.leads += len(keys)

    def vault(self) -> None:
        """What was kept sealed of erased people."""
        due = EvidenceVault.objects.filter(expires_at__lte=self.now)
        held = due.filter(phone_hashes__overlap=all_keyed(self.phones))
        self.row.held += held.count()
        for _ in range(self.most):
            rows = list(due.exclude(pk__in=held.values("pk")).order_by("pk")[: self.batch])
            if not rows:
                break
            by_kind: dict[str, list[str]] = {}
            for row in rows:
                by_kind.setdefault(row.kind, []).append(row.row_id)
            with transaction.atomic():
                receipt = self._receipt(
                    {"sealed evidence": {kind: len(keys) for kind, keys in by_kind.items()}}
                )
                forget(rows=by_kind, erasure=str(receipt.pk), now=self.now)
            self.row.sealed += len(rows)

    def files(self) -> None:
        """Files of leads that were imported, and what came of their lines. The posts that they became are posts."""
        before = self.now - timedelta(days=settings.IMPORT_DAYS)
        _, held = forget_files(before=before, held=self.phones, now=self.now)
        self.row.held += held

    def record(self) -> RetentionRun:
        """The run as it is kept."""
        self.row.finished_at = max(timezone.now(), self.now)
        self.row.save()
        log.info(
            "retention",
            posts=self.row.posts,
            leads=self.row.leads,
            sealed=self.row.sealed,
            held=self.row.held,
        )
        return self.row

    def _receipt(self, what: dict[str, Any]) -> Erasure:
        return Erasure.objects.create(kind=ErasureKind.EXPIRY, at=self.now, what=what)


def _evidence(*, leads: Iterable[int] = (), posts: Iterable[UUID] = ()) -> dict[str, list[Any]]:
    """Primary keys of the evidence about `leads` and `posts` that tells of a person, by kind."""
    leads, posts = list(leads), list(posts)
    keys: dict[type[Model], list[Any]] = {
        ConsentRecord: leads,
        Review: _keys(Review.objects.filter(submission__in=posts)),
        **{model: _keys(model._default_manager.filter(lead__in=leads)) for model in _BY_LEAD},
        **{
            model: _keys(model._default_manager.filter(Q(submission__in=posts) | Q(lead__in=leads)))
            for model in _BY_BOTH
        },
    }
    return {kind.name: keys[kind.model] for kind in KINDS.values() if kind.blanks and keys.get(kind.model)}


def _keys(rows: QuerySet[Any]) -> list[Any]:
    return list(rows.values_list("pk", flat=True))
