"""Changes of rules that are tried beside the live ones, and what they would have said of each post."""

from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from compliance.models.caps import CapPeriod
from compliance.models.decision import Outcome
from compliance.models.policy import CheckMode, OnUnknown
from intake.models import Source, Submission


class TrialState(models.TextChoices):
    """Where a trial stands. Only a running one is asked."""

    RUNNING = "running", "Running"
    ADOPTED = "adopted", "Adopted"
    DROPPED = "dropped", "Dropped"
    ENDED = "ended", "Ended by itself"


class Trial(models.Model):
    """One change of one check (of a source, or of the agency), or of a source's caps, that is tried.

    `mode`, `on_unknown` and `params` are what the setting's row would hold; with `caps` the limits a source would have
    and the setting as it is. `before` is the live setting when the trial began, to be compared when it is adopted.
    """

    source = models.ForeignKey(
        Source, on_delete=models.CASCADE, null=True, blank=True, related_name="trials",
        help_text="Empty: the agency's setting.",
    )  # fmt: skip
    check_name = models.SlugField("check", max_length=40)
    mode = models.CharField(max_length=10, choices=CheckMode, blank=True)
    on_unknown = models.CharField(max_length=6, choices=OnUnknown, blank=True)
    params = models.JSONField(default=dict, blank=True)
    caps = models.JSONField(null=True, blank=True, help_text="Each with period, unit and limit.")
    before = models.JSONField()
    used = models.JSONField(default=dict, help_text="What a cap's running period had taken when it began.")
    state = models.CharField(max_length=8, choices=TrialState, default=TrialState.RUNNING)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ends_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        help_text="Empty: the product itself.",
    )  # fmt: skip
    summary = models.JSONField(null=True, blank=True, help_text="Its figures, kept when it is closed.")

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = "trial of a rule"
        verbose_name_plural = "trials of rules"
        default_permissions: ClassVar = ("view",)
        indexes: ClassVar = [
            models.Index(fields=["ends_at"], name="trial_running", condition=Q(state="running")),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source", "check_name"], name="trial_runs_once", nulls_distinct=False,
                condition=Q(state="running"),
            ),
            models.CheckConstraint(condition=Q(state__in=TrialState.values), name="trial_state_known"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("started_at")), name="trial_ends_after_start"),
            models.CheckConstraint(
                condition=Q(caps__isnull=True, mode__in=CheckMode.values, on_unknown__in=OnUnknown.values)
                | Q(caps__isnull=False, source__isnull=False, check_name="caps", mode="", on_unknown=""),
                name="trial_of_a_check_or_of_caps",
            ),
            models.CheckConstraint(
                condition=Q(state="running", closed_at__isnull=True)
                | (~Q(state="running") & Q(closed_at__isnull=False)),
                name="trial_closed_says_when",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"Trial {self.pk} of {self.check_name} for {self.source or 'the agency'}"

    @property
    def is_running(self) -> bool:
        """Not closed; it may be over by its time already."""
        return self.state == TrialState.RUNNING


class TrialUse(models.Model):
    """What a trial of caps has bought in a running period until a moment, so that posts need count the rest only.

    Derived from the verdicts, and counted anew every minute.
    """

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="uses", db_index=False)
    period = models.CharField(max_length=6, choices=CapPeriod)
    start = models.DateTimeField()
    until = models.DateTimeField()
    leads = models.PositiveIntegerField()
    spend = models.DecimalField(max_digits=13, decimal_places=2)

    class Meta:
        ordering: ClassVar = ["trial_id", "period"]
        default_permissions: ClassVar = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["trial", "period"], name="trial_use_once_per_period"),
            models.CheckConstraint(condition=Q(period__in=CapPeriod.values), name="trial_use_period_known"),
            models.CheckConstraint(condition=Q(until__gte=F("start")), name="trial_use_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.leads} since {self.start}"


class LookBackState(models.TextChoices):
    """Where the replay of a trial over recorded posts stands."""

    WAITING = "waiting", "Waiting for a worker"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    STOPPED = "stopped", "Stopped"


class TrialLookBack(models.Model):
    """One trial asked of the posts of a past period. The row is the work: a worker goes on from its cursor."""

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="look_backs")
    since = models.DateTimeField()
    until = models.DateTimeField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=LookBackState, default=LookBackState.WAITING)
    due_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Since it last got on.")
    cursor_at = models.DateTimeField(null=True, help_text="Arrival of the last post it was asked of.")
    cursor_id = models.UUIDField(null=True)
    seen = models.PositiveIntegerField(default=0, help_text="Posts it was asked of.")
    not_kept = models.PositiveIntegerField(default=0, help_text="Posts that cannot be decided again.")
    used = models.JSONField(default=dict, help_text="What each period of tried caps has taken so far.")
    error = models.CharField(max_length=80, blank=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        default_permissions: ClassVar = ()
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="look_back_due", condition=Q(due_at__isnull=False)),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["trial"], name="look_back_one_at_a_time", condition=Q(state="waiting")
            ),
            models.CheckConstraint(condition=Q(state__in=LookBackState.values), name="look_back_state_known"),
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="look_back_period_in_order"),
            models.CheckConstraint(
                condition=Q(state="waiting", due_at__isnull=False)
                | (~Q(state="waiting") & Q(due_at__isnull=True)),
                name="look_back_due_while_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"Look back from {self.since:%Y-%m-%d} to {self.until:%Y-%m-%d}"


class Effect(models.TextChoices):
    """What a trial would have changed about one post."""

    SAME = "same", "Nothing"
    REFUSES = "refuses", "Would have refused it"
    BUYS = "buys", "Would have bought it"
    HOLDS = "holds", "Would have held it"
    OPEN = "open", "Cannot be told"
    BROKE = "broke", "The trial broke"


class WouldBe(models.TextChoices):
    """How a post would have been decided; `open` where it cannot be told, `broke` where the trial broke."""

    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected"
    HELD = "held", "Held for review"
    OPEN = "open", "Cannot be told"
    BROKE = "broke", "The trial broke"


LIVE: Final = Q(look_back__isnull=True)
PAST: Final = Q(look_back__isnull=False)


class TrialVerdict(models.Model):
    """What one trial would have said of one post, beside what the live rules said. Written by the product only.

    No personal data: codes, names of fields, a state, a price. `look_back` is set for posts of the past.
    """

    # Written with every post while a trial runs: constraints would lock the same two rows each time.
    trial = models.ForeignKey(
        Trial, on_delete=models.CASCADE, related_name="verdicts", db_index=False, db_constraint=False
    )
    source = models.ForeignKey(
        Source, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    submission = models.ForeignKey(
        Submission, on_delete=models.CASCADE, related_name="trial_verdicts", db_index=False
    )
    look_back = models.ForeignKey(
        TrialLookBack, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    at = models.DateTimeField(help_text="When the post was decided.")
    state = models.CharField(max_length=2, blank=True, help_text="Of the lead.")
    price = models.DecimalField(
        max_digits=9, decimal_places=2, help_text="What the post costs if it is bought."
    )
    live_outcome = models.CharField(max_length=10, choices=Outcome)
    live_code = models.CharField(max_length=24, blank=True)
    would_outcome = models.CharField(max_length=10, choices=WouldBe)
    code = models.CharField(max_length=24, blank=True, help_text="First reason of the trial.")
    field = models.CharField(max_length=40, blank=True, help_text="What that reason is about.")
    reasons = models.JSONField(default=list, help_text="Every reason: code and field.")
    effect = models.CharField(max_length=8, choices=Effect)
    why = models.CharField(max_length=200, blank=True, help_text="Why it cannot be told, or what broke.")

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        default_permissions: ClassVar = ()
        indexes: ClassVar = [
            # The figures, and the changed posts newest first: since it began, and of one past. IS NULL orders no index.
            models.Index(fields=["trial", "effect", "live_outcome"], name="trial_live", condition=LIVE),
            models.Index(fields=["look_back", "effect", "live_outcome"], name="trial_past", condition=PAST),
            models.Index(
                fields=["trial", "-at", "-id"], name="trial_live_changes", condition=LIVE & ~Q(effect="same")
            ),
            models.Index(
                fields=["look_back", "-at", "-id"], name="trial_past_changes", condition=PAST & ~Q(effect="same")
            ),
            # What a trial of caps has bought so far.
            models.Index(
                fields=["trial", "at"], name="trial_live_bought", include=["price"],
                condition=LIVE & Q(would_outcome="accepted"),
            ),
        ]  # fmt: skip
        constraints: ClassVar = [
            # By post first: that is how a post's page and an erasure look.
            models.UniqueConstraint(
                fields=["submission", "trial", "look_back"], name="trial_verdict_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(live_outcome__in=Outcome.values), name="trial_live_outcome_known"
            ),
            models.CheckConstraint(
                condition=Q(would_outcome__in=WouldBe.values), name="trial_would_outcome_known"
            ),
            models.CheckConstraint(condition=Q(effect__in=Effect.values), name="trial_effect_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_effect_display()}: {self.live_outcome}, {self.would_outcome}"
