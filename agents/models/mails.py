"""What every mail to one of our own people has: a row first, sent once, never again where it may have gone out."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class PersonMailState(models.TextChoices):
    """Where a mail stands. One that may have gone out is never sent again."""

    WAITING = "waiting", "Waits to be sent"
    SENDING = "sending", "Is being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Given up: the mail server refuses"
    UNKNOWN = "unknown", "Perhaps sent: the connection broke"
    DROPPED = "dropped", "No longer needed"


class PersonMail(models.Model):
    """The state of one thing to be told by mail; agents.mail_queue moves it."""

    state = models.CharField(max_length=8, choices=PersonMailState, default=PersonMailState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=80, blank=True, help_text="What went wrong last, by its kind.")
    created_at = models.DateTimeField()

    class Meta:
        abstract = True
        ordering: ClassVar = ["-id"]


def mail_constraints(name: str) -> list[models.BaseConstraint]:
    """What holds for the state of each; `name` begins the constraints' names."""
    return [
        models.CheckConstraint(condition=Q(state__in=PersonMailState.values), name=f"{name}_state_known"),
        models.CheckConstraint(
            condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at__isnull=True)),
            name=f"{name}_sent_has_moment",
        ),
    ]


def mail_indexes(name: str) -> list[models.Index]:
    """What the queue looks for: those due, and those claimed; `name` begins the indexes' names."""
    return [
        models.Index(fields=["due_at"], condition=Q(state="waiting"), name=f"{name}_due"),
        models.Index(fields=["claimed_at"], condition=Q(state="sending"), name=f"{name}_claimed"),
    ]
