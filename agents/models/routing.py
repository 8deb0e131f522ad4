"""Replays: the leads of past days, given out again in memory under rules that somebody thinks of."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class ReplayState(models.TextChoices):
    """Where a replay stands."""

    WAITING = "waiting", "Under way"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    STOPPED = "stopped", "Stopped"


class RoutingReplay(models.Model):
    """One replay. The row is the work: a worker that dies leaves it due, and another begins it again.

    `changes` are the rules that are tried (agents.routing.changes), `result` what came of it (agents.routing.outcome):
    figures, keys of agents and numbers of leads, nothing of a consumer.
    """

    request_id = models.UUIDField(unique=True, editable=False)
    first = models.DateField(help_text="By the agency's calendar.")
    last = models.DateField()
    changes = models.JSONField(default=list)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    state = models.CharField(max_length=8, choices=ReplayState, default=ReplayState.WAITING)
    due_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    total = models.PositiveIntegerField(default=0, help_text="Leads of these days.")
    seen = models.PositiveIntegerField(default=0, help_text="Leads given out again so far.")
    result = models.JSONField(null=True)
    error = models.CharField(max_length=200, blank=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = "replay of routing"
        verbose_name_plural = "replays of routing"
        default_permissions: ClassVar = ("view",)
        permissions: ClassVar = [
            ("try_routing", "Can ask who would get a lead, and replay leads under changed rules")
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="routing_replay_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["asked_at"], name="routing_replay_asked"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=ReplayState.values), name="routing_replay_state_known"
            ),
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="routing_replay_days_in_order"),
            models.CheckConstraint(
                condition=Q(state="waiting", due_at__isnull=False)
                | (~Q(state="waiting") & Q(due_at__isnull=True)),
                name="routing_replay_due_while_waiting",
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(result__isnull=False), name="routing_replay_done_has_a_result"
            ),
            # One worker's work is one person's question at a time: whoever asks twice waits for the first answer.
            models.UniqueConstraint(
                fields=["asked_by"], name="routing_replay_one_at_a_time", condition=Q(state="waiting")
            ),
        ]

    def __str__(self) -> str:
        return f"Replay of {self.first} to {self.last}"
