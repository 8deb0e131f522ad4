"""What is erased, when and for whom; what must not be erased; and what of a person is kept sealed until it may be."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

DIGEST = 64  # hex digits of leadcrm.lib.lookup.keyed


class LegalHold(models.Model):
    """While it stands, nothing about a number is erased: a claim is made or expected. Append-only but for its end."""

    phone = models.CharField(max_length=16, help_text="E.164.")
    reason = models.CharField(max_length=200, help_text="The claim, letter or case, so that others find it.")
    placed_at = models.DateTimeField()
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        db_index=False,
    )  # fmt: skip
    lifted_why = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["phone"], name="held_once", condition=Q(lifted_at__isnull=True)),
            # Nobody once it was lifted and the person erased.
            models.CheckConstraint(
                condition=Q(phone__regex=r"^\+1[2-9][0-9]{9}$") | Q(phone="", lifted_at__isnull=False),
                name="hold_phone_e164",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="hold_says_why"),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True, lifted_why="")
                | (Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lifted_why="")),
                name="hold_lifted_by_somebody_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"Legal hold {self.pk}"


class ErasureKind(models.TextChoices):
    """Why something was erased."""

    REQUEST = "request", "The person asked"
    EXPIRY = "expiry", "Its time of keeping was over"


class Erasure(models.Model):
    """The receipt of one erasure: what was erased, what is kept sealed and until when. Names nobody. Append-only."""

    kind = models.CharField(max_length=7, choices=ErasureKind)
    phone_hash = models.CharField(
        max_length=DIGEST, blank=True, help_text="Keyed digest of the number, if asked."
    )
    asked_at = models.DateTimeField(null=True, blank=True)
    channel = models.CharField(max_length=6, blank=True, help_text="How the person asked.")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        db_index=False, help_text="Empty: the product itself.",
    )  # fmt: skip
    at = models.DateTimeField()
    what = models.JSONField(default=dict, help_text="Counts of rows, and the numbers of the leads.")
    keep_until = models.DateTimeField(
        null=True, blank=True, help_text="Until then the evidence is kept sealed."
    )

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["phone_hash"], name="erasure_phone_hash", condition=~Q(phone_hash="")),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=ErasureKind.values), name="erasure_kind_known"),
            models.CheckConstraint(
                condition=~Q(kind=ErasureKind.REQUEST) | (Q(asked_at__isnull=False) & ~Q(phone_hash="")),
                name="erasure_asked_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"Receipt {self.pk}"


class EvidenceVault(models.Model):
    """What a row of evidence said of an erased person, sealed, until it expires. The row itself is blank meanwhile."""

    kind = models.CharField(max_length=40)
    row_id = models.CharField(max_length=40, help_text="The row's primary key, as text.")
    sealed = models.BinaryField(help_text="The personal columns as JSON, sealed under EVIDENCE_KEYS.")
    erasure = models.ForeignKey(Erasure, on_delete=models.PROTECT, related_name="kept")
    phone_hashes = ArrayField(models.CharField(max_length=DIGEST), help_text="Of the numbers: holds find it.")
    expires_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = "sealed evidence"
        verbose_name_plural = "sealed evidence"
        default_permissions = ()
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="vault_expires")]
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "row_id"], name="vault_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}"


class RetentionRun(models.Model):
    """One run of the retention job. `posts_until`: refused posts received before are done with."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    posts = models.PositiveIntegerField(default=0)
    leads = models.PositiveIntegerField(default=0)
    sealed = models.PositiveIntegerField(
        default=0, help_text="Rows of evidence whose sealed half was destroyed."
    )
    held = models.PositiveIntegerField(default=0, help_text="Due, and kept by a legal hold.")
    posts_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"Run of {self.started_at:%Y-%m-%d %H:%M} UTC"
