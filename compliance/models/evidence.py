"""The chain over the evidence: what waits to be sealed, the batches, and one leaf for each sealed row."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length, Now
from django.db.models.lookups import Exact

DIGEST_BYTES = 32
SALT_BYTES = 16


def _whole(name: str, **lengths: int) -> list[models.BaseConstraint]:
    """Constraints that the named binary columns are of these lengths; `name` begins theirs."""
    return [
        models.CheckConstraint(condition=Exact(Length(column), length), name=f"{name}_{column}_whole")
        for column, length in lengths.items()
    ]


class EvidencePending(models.Model):
    """A row of evidence that is in no batch yet. Written by triggers, in the transaction that adds the row."""

    kind = models.CharField(max_length=40)
    row_id = models.CharField(max_length=40, help_text="The row's primary key, as text.")
    noted_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = "evidence to be sealed"
        verbose_name_plural = "evidence to be sealed"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}"


class EvidenceBatch(models.Model):
    """A link of the chain: the Merkle root of some rows, and the hash of the batch before. Never changed."""

    number = models.BigIntegerField(primary_key=True, help_text="Counts from 1 without gaps.")
    previous = models.BinaryField(help_text="Hash of the batch before; zeros for the first.")
    root = models.BinaryField(help_text="Merkle root of the leaves' commitments.")
    leaves = models.PositiveIntegerField()
    sealed_at = models.DateTimeField()
    hash = models.BinaryField(help_text="Over number, previous, root, leaves and sealed_at.")

    class Meta:
        ordering: ClassVar = ["number"]
        verbose_name = "batch of evidence"
        verbose_name_plural = "batches of evidence"
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(number__gt=0), name="evidence_batch_counts_from_one"),
            models.CheckConstraint(condition=Q(leaves__gt=0), name="evidence_batch_not_empty"),
            *_whole("evidence_batch", previous=DIGEST_BYTES, root=DIGEST_BYTES, hash=DIGEST_BYTES),
        ]

    def __str__(self) -> str:
        return f"Batch {self.number}"


class EvidenceLeaf(models.Model):
    """One sealed row: the salts that open its commitment, and where it stands. See compliance.evidence.leaves.

    Never changed, but for an erasure: that destroys `personal_salt`, so that nobody can try out which person the
    remaining `personal_digest` may have been about.
    """

    batch = models.ForeignKey(
        EvidenceBatch, on_delete=models.PROTECT, related_name="+", db_index=False
    )  # evidence_leaf_position begins with it
    position = models.PositiveIntegerField(help_text="Within the batch, from 0.")
    kind = models.CharField(max_length=40)
    row_id = models.CharField(max_length=40, help_text="The row's primary key, as text.")
    public_salt = models.BinaryField()
    personal_salt = models.BinaryField(null=True, help_text="Gone once the personal half is erased.")
    personal_digest = models.BinaryField()
    commitment = models.BinaryField()
    erased_at = models.DateTimeField(null=True)
    erasure = models.CharField(max_length=40, null=True, help_text="The receipt of the erasure.")

    class Meta:
        ordering: ClassVar = ["batch", "position"]
        verbose_name = "sealed row"
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["batch", "position"], name="evidence_leaf_position"),
            models.UniqueConstraint(fields=["kind", "row_id"], name="evidence_leaf_once"),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True, erasure__isnull=True, personal_salt__isnull=False)
                | Q(erased_at__isnull=False, erasure__isnull=False, personal_salt__isnull=True),
                name="evidence_leaf_erased_whole",
            ),
            *_whole(
                "evidence_leaf", public_salt=SALT_BYTES, personal_digest=DIGEST_BYTES, commitment=DIGEST_BYTES
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id}"


class EvidenceCheck(models.Model):
    """One verification of the whole chain. Written once, at its end. `findings` names rows by kind and key alone."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    batches = models.PositiveIntegerField(default=0, help_text="Batches gone through.")
    rows = models.PositiveBigIntegerField(default=0, help_text="Sealed rows compared.")
    found = models.PositiveIntegerField(default=0, help_text="How much does not agree.")
    findings = models.JSONField(default=list, help_text="The first of it, in words.")
    head_number = models.BigIntegerField(default=0, help_text="The newest batch when it began.")
    head_hash = models.CharField(max_length=64, blank=True, help_text="Its hash, in hex.")
    error = models.CharField(max_length=80, blank=True, help_text="What broke, if it could not be finished.")

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = "verification of evidence"
        verbose_name_plural = "verifications of evidence"
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"Verification of {self.started_at:%Y-%m-%d %H:%M} UTC"
