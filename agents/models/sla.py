"""What happens to a lead that its owner leaves untouched: steps of a pool, the running clock, what was done."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from agents.models.people import Agent
from agents.models.pools import Pool
from intake.models import Lead

WEEK = 7 * 24 * 60


class SlaAct(models.TextChoices):
    """What a step does."""

    NUDGE = "nudge", "Remind the owner"
    HAND_ON = "hand_on", "Hand on to the next agent"
    CLAIM_POOL = "claim_pool", "Open it in the claim pool"
    MANAGER = "manager", "Tell the manager"


class SlaStep(models.Model):
    """One step of a pool's chain, taken once a lead has stayed untouched for so many working minutes."""

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="sla_steps")
    after_minutes = models.PositiveSmallIntegerField(
        "after (minutes)", validators=[MinValueValidator(1), MaxValueValidator(WEEK)],
        help_text="Working minutes since the lead was assigned.",
    )  # fmt: skip
    act = models.CharField(max_length=10, choices=SlaAct)

    class Meta:
        ordering: ClassVar = ["pool", "after_minutes"]
        verbose_name = "SLA step"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pool", "after_minutes"], name="one_sla_step_at_a_time"),
            models.CheckConstraint(condition=Q(act__in=SlaAct.values), name="sla_act_known"),
            models.CheckConstraint(
                condition=Q(after_minutes__gte=1, after_minutes__lte=WEEK), name="sla_step_within_a_week"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_act_display()} after {self.after_minutes} min"


class SlaClock(models.Model):
    """The chain a lead is in, while it is untouched. Gone when it is touched, or the chain is at its end."""

    lead = models.OneToOneField(Lead, on_delete=models.CASCADE, primary_key=True, related_name="sla_clock")
    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="+", db_index=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False,
        help_text="Whose turn it is; empty: open to be claimed.",
    )  # fmt: skip
    by_hand = models.BooleanField(
        default=False, help_text="A person chose the owner, so no step takes it away."
    )
    chain_at = models.DateTimeField(help_text="When the chain began.")
    since = models.DateTimeField(help_text="When the present owner got the lead.")
    base_minutes = models.PositiveSmallIntegerField(default=0, help_text="Minutes of the chain before that.")
    passed_minutes = models.PositiveSmallIntegerField(default=0, help_text="The last step taken.")
    nudged_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True, help_text="When the next step is due, as far as is known.")
    look_at = models.DateTimeField(help_text="When it is looked at next.")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["look_at"], name="sla_clock_to_look_at")]

    def __str__(self) -> str:
        return f"A-{self.lead_id} since {self.since}"


class SlaEventKind(models.TextChoices):
    """What was done."""

    NUDGE = SlaAct.NUDGE.value, "Reminded the owner"
    HAND_ON = SlaAct.HAND_ON.value, "Handed on"
    CLAIM_POOL = SlaAct.CLAIM_POOL.value, "Opened in the claim pool"
    MANAGER = SlaAct.MANAGER.value, "Told the manager"
    PAUSE = "pause", "Paused the agent"


class MailState(models.TextChoices):
    """Where the mail of an event stands. One that may have gone out is never sent again."""

    NONE = "none", "No mail"
    WAITING = "waiting", "Waits to be sent"
    SENDING = "sending", "Is being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Given up: the mail server refuses"
    UNKNOWN = "unknown", "Perhaps sent: the connection broke"


class SlaEvent(models.Model):
    """One step that a lead passed, once in its chain. Append-only but for the state of its mail."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="sla_events", db_index=False)
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="+", db_index=False)
    agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, related_name="sla_events", db_index=False,
        help_text="Who had the lead then.",
    )  # fmt: skip
    kind = models.CharField(max_length=10, choices=SlaEventKind)
    after_minutes = models.PositiveSmallIntegerField()
    chain_at = models.DateTimeField()
    at = models.DateTimeField()
    lapsed = models.BooleanField(default=False, help_text="The agent lost the lead by it.")
    what = models.CharField(max_length=200, help_text="In words.")
    mail_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    mail_state = models.CharField(max_length=8, choices=MailState, default=MailState.NONE)
    mail_attempts = models.PositiveSmallIntegerField(default=0)
    mail_due_at = models.DateTimeField(null=True)
    mail_error = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = "SLA event"
        indexes: ClassVar = [
            models.Index(fields=["agent", "-at"], name="sla_lapse_of_agent", condition=Q(lapsed=True)),
            models.Index(
                fields=["mail_due_at"],
                name="sla_mail_due",
                condition=Q(mail_state__in=("waiting", "sending")),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["lead", "chain_at", "after_minutes", "kind"], name="sla_step_once_in_a_chain"
            ),
            models.CheckConstraint(condition=Q(kind__in=SlaEventKind.values), name="sla_event_kind_known"),
            models.CheckConstraint(condition=Q(mail_state__in=MailState.values), name="sla_mail_state_known"),
            models.CheckConstraint(
                condition=Q(mail_state="none") | Q(mail_to__isnull=False, mail_due_at__isnull=False),
                name="sla_mail_has_a_reader",
            ),
        ]

    def __str__(self) -> str:
        return f"A-{self.lead_id}: {self.what}"
