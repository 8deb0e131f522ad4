"""Contacts asked for: which were allowed and why not, and those that count towards a limit."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from intake.models import Lead


class ContactChannel(models.TextChoices):
    """How a person would be reached. E-mail is no matter of calling rules."""

    CALL = "call", "Call"
    TEXT = "text", "Text"


class ContactAct(models.TextChoices):
    """What was asked: to dial, to send a text, or to record a call that took place."""

    DIAL = "dial", "Dial"
    LOG = "log", "Record a call"
    TEXT = "text", "Send a text"


class ZoneConfirmation(models.Model):
    """A person found out by which clock a lead lives. The newest of a lead counts alone. Append-only."""

    lead = models.ForeignKey(
        Lead, on_delete=models.PROTECT, related_name="zone_confirmations", db_index=False
    )
    zone = models.CharField(
        max_length=40, help_text="IANA key; empty takes the confirmation back.", blank=True
    )
    reason = models.CharField(max_length=200, help_text="How it is known.")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [models.Index(fields=["lead", "-id"], name="zone_of_lead")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(reason=""), name="zone_confirmation_says_why"),
        ]

    def __str__(self) -> str:
        return f"A-{self.lead_id}: {self.zone or 'none'}"


class ContactAttempt(models.Model):
    """One call or text to a number, whatever lead or campaign it was for: what limits in 24 hours count."""

    phone = models.CharField(max_length=16, help_text="E.164.")
    channel = models.CharField(max_length=4, choices=ContactChannel)
    at = models.DateTimeField()
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="contact_attempts", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["phone", "-at"], name="attempt_of_phone"),
            # The calls of a person, week by week.
            models.Index(
                fields=["user", "-at"],
                name="call_of_user",
                include=["lead"],
                condition=Q(channel=ContactChannel.CALL),
            ),
            # When a lead was first called.
            models.Index(
                fields=["lead", "at"], name="call_of_lead", condition=Q(channel=ContactChannel.CALL)
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(channel__in=ContactChannel.values), name="contact_attempt_channel_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} for A-{self.lead_id}"


class ContactDecision(models.Model):
    """“May I contact this person now?”, asked by an act, and the answer with all it stands on. Append-only."""

    request_id = models.UUIDField(unique=True, help_text="Made with the form: a double click asks once.")
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="contact_decisions", db_index=False)
    phone = models.CharField(max_length=16, help_text="E.164.")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    channel = models.CharField(max_length=4, choices=ContactChannel)
    act = models.CharField(max_length=4, choices=ContactAct)
    at = models.DateTimeField()
    allowed = models.BooleanField()
    reasons = models.JSONField(default=list, help_text="Why not: code, words, when it opens, rules.")
    warnings = models.JSONField(default=list)
    opens_at = models.DateTimeField(
        null=True, help_text="When it will be allowed, where time alone stands against it."
    )
    closes_at = models.DateTimeField(null=True, help_text="Until when it is allowed.")
    zone = models.CharField(max_length=40, blank=True)
    zones = ArrayField(models.CharField(max_length=40), default=list)
    states = ArrayField(models.CharField(max_length=2), default=list)
    rules = models.JSONField(default=list, help_text="Rows used: id and version.")
    lists = models.JSONField(default=list, help_text="What each do-not-call list said, and its version.")
    given = models.JSONField(default=dict, help_text="What else it stands on.")
    attempt = models.ForeignKey(
        ContactAttempt, on_delete=models.PROTECT, null=True, related_name="decisions",
        help_text="The attempt that it made, or that it recorded.",
    )  # fmt: skip
    ms = models.FloatField()

    class Meta:
        ordering: ClassVar = ["-pk"]
        indexes: ClassVar = [
            models.Index(fields=["lead", "-id"], name="contact_decision_of_lead"),
            models.Index(fields=["phone", "-id"], name="contact_decision_of_phone"),
            models.Index(fields=["at", "allowed"], name="contact_decision_when"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(channel__in=ContactChannel.values), name="contact_decision_channel_known"
            ),
            models.CheckConstraint(condition=Q(act__in=ContactAct.values), name="contact_decision_act_known"),
            models.CheckConstraint(
                condition=Q(allowed=True, reasons=[]) | (Q(allowed=False) & ~Q(reasons=[])),
                name="contact_decision_refusal_has_reasons",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_act_display()} for A-{self.lead_id}: {'yes' if self.allowed else 'no'}"
