"""Files of leads and posts that somebody took out of the product."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class ExportKind(models.TextChoices):
    """What the rows of the file are."""

    LEADS = "leads", "Leads"
    POSTS = "posts", "Intake log"


class ExportState(models.TextChoices):
    """How far it came."""

    RUNNING = "running", "Under way"
    FINISHED = "finished", "Finished"
    BROKEN_OFF = "broken_off", "Broken off"


class Export(models.Model):
    """Who took how many rows of what out of the product, and whether the file was finished. Written by the product.

    `columns` are also what the person is offered the next time.
    """

    kind = models.CharField(max_length=5, choices=ExportKind)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )  # export_of_person begins with it
    what = models.CharField(
        max_length=300, help_text="The list it was taken from, in words. Names no consumer."
    )
    columns = ArrayField(models.CharField(max_length=30))
    state = models.CharField(max_length=10, choices=ExportState, default=ExportState.RUNNING)
    rows = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="When the last rows were written.")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        default_permissions = ("view",)
        permissions: ClassVar = [
            ("export_lead", "Can export leads"),
            ("export_post", "Can export the intake log"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["made_by", "kind", "-id"], name="export_of_person"),
            models.Index(fields=["seen_at"], name="export_running", condition=Q(state=ExportState.RUNNING)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=ExportKind.values), name="export_kind_known"),
            models.CheckConstraint(condition=Q(state__in=ExportState.values), name="export_state_known"),
            models.CheckConstraint(condition=~Q(columns=[]) & ~Q(what=""), name="export_says_what"),
            models.CheckConstraint(
                condition=Q(state=ExportState.RUNNING, ended_at__isnull=True)
                | (~Q(state=ExportState.RUNNING) & Q(ended_at__gte=F("started_at"))),
                name="export_ends_once",
            ),
        ]

    def __str__(self) -> str:
        return f"Export {self.pk}"
