"""Consent certificates of bought leads: whether the evidence is kept, and every word said about it to the services."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from intake.models import Lead, Submission
from leadcrm.lib.sealed_json import SealedJSONField


class Provider(models.TextChoices):
    """Who issues certificates."""

    TRUSTEDFORM = "trustedform", "TrustedForm"
    JORNAYA = "jornaya", "Jornaya LeadiD"


class CertificateState(models.TextChoices):
    """Whether the evidence is in our hands."""

    WAITING = "waiting", "Not retained yet"
    RETAINED = "retained", "Retained"
    LOST = "lost", "Lost"
    OFF = "off", "Not asked for: no key is set"


class CertificateFlag(models.TextChoices):
    """What is odd about a certificate; none of these says that it is worthless."""

    REUSED = "reused", "Used for another phone number too"
    CLAIMED_OFTEN = "claimed_often", "Claimed too often: the lead may have been resold"
    WORDING_DIFFERS = "wording_differs", "Shows another consent wording than was posted"
    PHONE_MISMATCH = "phone_mismatch", "Holds another phone number"
    BOT = "bot_detected", "Filled in by a program, says the service"
    MASKED = "masked", "Masked: the page is hidden from us"
    TOO_OLD = "too_old", "Older than the source allows"
    OPTED_OUT = "opted_out", "The consumer opted out at the service"


class Certificate(models.Model):
    """The certificate a bought lead came with. Written with the lead; its state is what retention made of it.

    `due_at` is when it is to be asked for next: the row is the queue. `vanishes_at` is when the service deletes
    what nobody has retained; `expires_at` how long the service keeps what is retained. `attempts` counts claims by
    workers and tells a late answer from that of the running one.
    """

    lead = models.ForeignKey(
        Lead, on_delete=models.PROTECT, related_name="certificates", db_index=False
    )  # certificate_once begins with it
    provider = models.CharField(max_length=12, choices=Provider)
    token = models.CharField(max_length=255, help_text="The certificate's id or LeadiD, never an address.")
    state = models.CharField(max_length=8, choices=CertificateState, default=CertificateState.WAITING)
    accepted_at = models.DateTimeField(help_text="When the lead was bought; alarms count from here.")
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    vanishes_at = models.DateTimeField(null=True, blank=True)
    retained_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    alarm_hours = models.PositiveSmallIntegerField(
        default=0, help_text="The highest alarm raised: 1, 24, 48."
    )
    phone_match = models.BooleanField(null=True, blank=True)
    email_match = models.BooleanField(null=True, blank=True)
    age_seconds = models.BigIntegerField(null=True, blank=True, help_text="When the service was asked.")
    wording = models.TextField(blank=True, help_text="The consent wording the service found on the page.")
    wording_agrees = models.BooleanField(null=True, blank=True)
    flags = ArrayField(models.CharField(max_length=20, choices=CertificateFlag), default=list, blank=True)
    error = models.CharField(
        max_length=40, blank=True, help_text="Why it is not retained: the newest reason."
    )

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["token"], name="certificate_token"),
            models.Index(fields=["due_at"], name="certificate_due", condition=Q(due_at__isnull=False)),
            models.Index(
                fields=["accepted_at"], name="certificate_unretained", condition=Q(state=CertificateState.WAITING)
            ),
            models.Index(
                fields=["provider", "accepted_at"], name="certificate_off", condition=Q(state=CertificateState.OFF)
            ),
            models.Index(fields=["-id"], name="certificate_lost", condition=Q(state=CertificateState.LOST)),
            models.Index(fields=["-id"], name="certificate_flagged", condition=~Q(flags=[])),
        ]  # fmt: skip
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lead", "provider"], name="certificate_once"),
            models.CheckConstraint(
                condition=Q(provider__in=Provider.values), name="certificate_provider_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=CertificateState.values), name="certificate_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=CertificateState.RETAINED) | Q(retained_at__isnull=False),
                name="certificate_retained_at_known",
            ),
            models.CheckConstraint(
                condition=~Q(state=CertificateState.WAITING) | Q(due_at__isnull=False),
                name="certificate_waiting_is_due",
            ),
            models.CheckConstraint(
                condition=~Q(state=CertificateState.LOST) | ~Q(error=""), name="certificate_lost_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_provider_display()} of A-{self.lead_id}"

    def time_left(self, now: datetime) -> timedelta | None:
        """How long the evidence still stands unretained, not below zero; None when that is no question.

        No question: it is retained or lost, or the service names no such limit.
        """
        if self.state not in (CertificateState.WAITING, CertificateState.OFF) or self.vanishes_at is None:
            return None
        return max(self.vanishes_at - now, timedelta(0))

    @property
    def provider_of(self) -> Provider:
        """Who issued it."""
        return Provider(self.provider)


class Purpose(models.TextChoices):
    """What a service was asked for."""

    MATCH = "match", "Does it fit the post? (before acceptance)"
    RETAIN = "retain", "Keep it for us"


class AnswerOutcome(models.TextChoices):
    """What an answer means for us."""

    OK = "ok", "Answered"
    GONE = "gone", "Refused for good"
    ACCOUNT = "account", "Our account is the trouble"
    UNKNOWN = "unknown", "No usable answer"


class CertificateAnswer(models.Model):
    """One exchange with a service about one certificate. Evidence: rows are added, never changed."""

    provider = models.CharField(max_length=12, choices=Provider)
    token = models.CharField(max_length=255)
    purpose = models.CharField(max_length=8, choices=Purpose)
    phone = models.CharField(max_length=16, help_text="Whose consent was asked for. E.164.")
    asked = SealedJSONField(default=dict, help_text="What was sent, never a key.")
    asked_at = models.DateTimeField()
    ms = models.FloatField()
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    outcome = models.CharField(max_length=8, choices=AnswerOutcome)
    reason = models.CharField(max_length=40, blank=True, help_text="Why it is no plain answer.")
    raw = SealedJSONField(default=dict, help_text="What the service said, never a key.")
    lead = models.ForeignKey(
        Lead, on_delete=models.PROTECT, null=True, blank=True, related_name="certificate_answers", db_index=False
    )  # fmt: skip
    # Written before the post it is about, which may never be stored.
    submission = models.ForeignKey(
        Submission, on_delete=models.DO_NOTHING, null=True, blank=True, related_name="+",
        db_constraint=False, db_index=False,
    )  # fmt: skip

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = "answer about a certificate"
        verbose_name_plural = "answers about certificates"
        indexes: ClassVar = [models.Index(fields=["token", "-asked_at"], name="certificate_answer_newest")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(provider__in=Provider.values), name="certificate_answer_provider_known"
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=Purpose.values), name="certificate_answer_purpose_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=AnswerOutcome.values), name="certificate_answer_outcome_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome=AnswerOutcome.OK) | ~Q(reason=""), name="certificate_answer_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_provider_display()}: {self.outcome}"
