"""The agency's own list: people who asked not to be called, and people not to be bought."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from compliance.models.revocation import Revocation, RevocationScope
from intake.models import Lead


class SuppressionKind(models.TextChoices):
    """Why a number or address is on the list."""

    INTERNAL = "internal", "Asked not to be contacted"
    LITIGATOR = "litigator", "Known litigator"


class Suppression(models.Model):
    """One phone number or e-mail address that must not be bought or contacted. Never expires; released by hand."""

    kind = models.CharField(max_length=10, choices=SuppressionKind, default=SuppressionKind.INTERNAL)
    scope = models.CharField(
        max_length=5, choices=RevocationScope, default=RevocationScope.ALL, help_text="What must not be done."
    )
    phone = models.CharField(max_length=16, blank=True, help_text="E.164.")
    email = models.EmailField("e-mail", blank=True)
    phone_hash = models.CharField(
        max_length=64,
        blank=True,
        help_text="In place of the phone of a person who was erased: a keyed digest.",
    )
    email_hash = models.CharField(max_length=64, blank=True)
    hash_codes = ArrayField(
        models.IntegerField(), default=list, db_default=[], blank=True, editable=False,
        help_text="What a ping's hash finds this row by (leadcrm.lib.hashed).",
    )  # fmt: skip
    hash_digests = ArrayField(
        models.CharField(max_length=64), default=list, db_default=[], blank=True, editable=False,
        help_text="The same of a person who was erased: keyed digests of the hashes.",
    )  # fmt: skip
    reason = models.CharField(max_length=200, blank=True)
    channel = models.CharField(max_length=20, blank=True, help_text="How the request came in.")
    revocation = models.ForeignKey(
        Revocation, on_delete=models.PROTECT, null=True, blank=True, related_name="entries",
        help_text="The request it follows from.",
    )  # fmt: skip
    reopened_by = models.ForeignKey(
        Lead, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        help_text="The lead whose later consent released it.",
    )  # fmt: skip
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    added_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["-added_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(phone="", email="", phone_hash="", email_hash=""), name="suppression_names_someone"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=SuppressionKind.values), name="suppression_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True, released_by__isnull=True, reopened_by__isnull=True)
                | (Q(released_at__isnull=False) & Q(Q(released_by__isnull=False) | Q(reopened_by__isnull=False))),
                name="suppression_released_by_somebody_at_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(scope__in=RevocationScope.values), name="suppression_scope_known"
            ),
            models.UniqueConstraint(
                fields=["kind", "phone", "scope"], name="suppressed_phone_once",
                condition=Q(released_at__isnull=True) & ~Q(phone=""),
            ),
            models.UniqueConstraint(
                fields=["kind", "email", "scope"], name="suppressed_email_once",
                condition=Q(released_at__isnull=True) & ~Q(email=""),
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(
                fields=["phone"],
                name="suppressed_phone",
                condition=Q(released_at__isnull=True) & ~Q(phone=""),
            ),
            models.Index(
                fields=["email"],
                name="suppressed_email",
                condition=Q(released_at__isnull=True) & ~Q(email=""),
            ),
            # Few rows: people who were erased.
            models.Index(
                fields=["phone_hash"],
                name="suppressed_phone_hash",
                condition=Q(released_at__isnull=True) & ~Q(phone_hash=""),
            ),
            models.Index(
                fields=["email_hash"],
                name="suppressed_email_hash",
                condition=Q(released_at__isnull=True) & ~Q(email_hash=""),
            ),
            # Pings, which tell hashes only.
            GinIndex(
                fields=["hash_codes"],
                name="suppressed_hash_codes",
                fastupdate=False,
                condition=Q(released_at__isnull=True),
            ),
            GinIndex(
                fields=["hash_digests"],
                name="suppressed_hash_digests",
                fastupdate=False,
                condition=Q(released_at__isnull=True),
            ),
            # To find out who was released, and when: few rows.
            models.Index(
                fields=["phone"], name="released_phone", condition=Q(released_at__isnull=False) & ~Q(phone="")
            ),
            models.Index(
                fields=["email"], name="released_email", condition=Q(released_at__isnull=False) & ~Q(email="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} since {self.added_at:%Y-%m-%d}"
