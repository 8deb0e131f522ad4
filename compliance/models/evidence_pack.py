"""Evidence packs that were made: for whom, why, and the sum of the file that left the house."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

SHA256 = r"^[0-9a-f]{64}$"
REASON_LENGTH = 200


class EvidencePack(models.Model):
    """One evidence pack, written when it is handed out. Evidence itself: append-only, and sealed.

    The number is not kept here; the leads say whose it is, as long as anything does.
    """

    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )  # fmt: skip
    made_by_name = models.CharField(
        max_length=150, help_text="The person, as the command or the page knew them."
    )
    reason = models.CharField(max_length=REASON_LENGTH, help_text="What it is for: the letter, the request.")
    leads = ArrayField(models.BigIntegerField(), default=list, help_text="The leads in it.")
    name = models.CharField(max_length=80, help_text="The file's name as it was given.")
    sha256 = models.CharField(max_length=64, help_text="Of the ZIP file.")
    evidence_sha256 = models.CharField(
        max_length=64, help_text="Of evidence.json, as the cover of the report says."
    )
    head = models.CharField(max_length=64, blank=True, help_text="The newest batch of the chain then.")
    size = models.BigIntegerField(help_text="Bytes of the ZIP file.")

    class Meta:
        ordering: ClassVar = ["-pk"]
        verbose_name = "evidence pack"
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(reason=""), name="evidence_pack_says_why"),
            models.CheckConstraint(condition=~Q(made_by_name=""), name="evidence_pack_made_by_somebody"),
            models.CheckConstraint(
                condition=Q(sha256__regex=SHA256, evidence_sha256__regex=SHA256),
                name="evidence_pack_has_sums",
            ),
        ]

    def __str__(self) -> str:
        return f"Pack of {self.made_at:%Y-%m-%d %H:%M} UTC"
