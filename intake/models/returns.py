"""Leads that go back to their vendor: what a contract allows, what might go back, and what was asked and answered."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from intake.models.leads import Lead
from intake.models.vendors import ApiKey, Source
from leadcrm.lib.ids import uuid7


class ReturnReason(models.TextChoices):
    """Why a vendor takes a lead back, in the words usual in the trade."""

    WRONG_NUMBER = "wrong_number", "Wrong number"
    DISCONNECTED = "disconnected", "Number disconnected"
    DUPLICATE = "duplicate", "Duplicate"
    FRAUD = "fraud", "Made up or fraudulent"
    OUT_OF_FOOTPRINT = "out_of_footprint", "Outside the states or products bought"
    NEVER_ASKED = "never_asked", "Says they never asked"
    DNC_LISTED = "dnc_listed", "On a do-not-call list"
    LITIGATOR = "litigator", "Known litigator"


class ReturnTerm(models.Model):
    """One ground on which a source's vendor takes leads back, and for how long. A source without any takes none."""

    source = models.ForeignKey(
        Source, on_delete=models.CASCADE, related_name="return_terms", db_index=False
    )  # the constraint begins with it
    reason = models.CharField(max_length=20, choices=ReturnReason)
    days = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text="From the moment the lead arrived, in whole days of 24 hours.",
    )
    attempts = models.PositiveSmallIntegerField(
        "tries needed", default=0, validators=[MaxValueValidator(20)],
        help_text="How often the person must have been tried before. 0: not at all.",
    )  # fmt: skip

    class Meta:
        ordering: ClassVar = ["reason"]
        verbose_name = "ground for a return"
        verbose_name_plural = "grounds for a return"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source", "reason"], name="return_term_once_per_reason",
                violation_error_message="This reason stands there already.",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=ReturnReason.values), name="return_term_reason_known"
            ),
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=365), name="return_term_days_1_to_365"),
            models.CheckConstraint(condition=Q(attempts__lte=20), name="return_term_attempts_to_20"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_reason_display()}, {self.days} days"


class ReturnState(models.TextChoices):
    """Where a return stands. Only `asked` waits for somebody."""

    ASKED = "asked", "Asked"
    TAKEN = "taken", "Taken back"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Return(models.Model):
    """One request that a vendor take a lead back for credit, and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="returns")
    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, related_name="returns", db_index=False
    )  # return_of_source serves it
    reason = models.CharField(max_length=20, choices=ReturnReason)
    note = models.TextField(blank=True, help_text="For the vendor to read.")
    # Facts of ours, as they were when it was asked: tries, lists, duplicates, certificates. Never another's data.
    evidence = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=ReturnState, default=ReturnState.ASKED)
    asked_at = models.DateTimeField()
    # Neither a person nor a key: the product itself.
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    asked_key = models.ForeignKey(
        ApiKey, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False, db_constraint=False
    )
    window_ends_at = models.DateTimeField(help_text="Until when it could be asked.")
    price = models.DecimalField(max_digits=9, decimal_places=2, help_text="What the lead cost.")
    credit = models.DecimalField(
        max_digits=9, decimal_places=2, null=True, help_text="What the vendor gave back; empty until then."
    )
    currency = models.CharField(max_length=3, default="USD")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    words = models.TextField(blank=True, help_text="What the vendor said; of a withdrawal, why.")
    request_id = models.UUIDField(
        null=True, unique=True, help_text="Made with the form, or of the caller's key."
    )

    class Meta:
        ordering: ClassVar = ["-asked_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["source", "-asked_at", "-id"], name="return_of_source"),
            models.Index(fields=["-asked_at"], name="return_newest"),
            models.Index(fields=["asked_at"], name="return_open", condition=Q(state=ReturnState.ASKED)),
            # Credits of a span, by source.
            models.Index(
                fields=["decided_at", "source"], name="return_taken", condition=Q(state=ReturnState.TAKEN)
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["lead"], name="one_open_return_of_lead", condition=Q(state=ReturnState.ASKED)
            ),
            # A lead is given back once: so is its price, and the agent's turn.
            models.UniqueConstraint(
                fields=["lead"], name="one_taken_return_of_lead", condition=Q(state=ReturnState.TAKEN)
            ),
            models.CheckConstraint(condition=Q(state__in=ReturnState.values), name="return_state_known"),
            models.CheckConstraint(condition=Q(reason__in=ReturnReason.values), name="return_reason_known"),
            models.CheckConstraint(
                condition=Q(state=ReturnState.ASKED, decided_at__isnull=True)
                | (~Q(state=ReturnState.ASKED) & Q(decided_at__isnull=False)),
                name="return_decided_with_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(state=ReturnState.TAKEN, credit__isnull=False)
                | (~Q(state=ReturnState.TAKEN) & Q(credit__isnull=True)),
                name="return_taken_has_a_credit",
            ),
            models.CheckConstraint(
                condition=Q(credit__isnull=True) | Q(credit__gte=0, credit__lte=models.F("price")),
                name="return_credit_up_to_the_price",
            ),
            models.CheckConstraint(
                condition=Q(asked_by__isnull=True) | Q(asked_key__isnull=True), name="return_asked_by_one"
            ),
        ]

    def __str__(self) -> str:
        return f"Return of A-{self.lead_id}"


class CandidateGround(models.TextChoices):
    """What made a lead one that might go back."""

    OUTCOME = "outcome", "Outcome of a call"
    LIST = "list", "On a list since it was bought"
    DUPLICATE = "duplicate", "Another lead of the same person"
    AGENT = "agent", "Proposed by a person"


class CandidateState(models.TextChoices):
    """What became of a candidate."""

    OPEN = "open", "Open"
    ASKED = "asked", "Asked"
    DISMISSED = "dismissed", "Not to be returned"


class ReturnCandidate(models.Model):
    """A lead that might go back, by one reason and ground. Found once: dismissed, it does not come again by itself."""

    lead = models.ForeignKey(
        Lead, on_delete=models.PROTECT, related_name="return_candidates", db_index=False
    )  # the constraint begins with it
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=20, choices=ReturnReason)
    ground = models.CharField(max_length=9, choices=CandidateGround)
    found_at = models.DateTimeField()
    until_at = models.DateTimeField(help_text="When the window of its reason closes.")
    note = models.TextField(blank=True, help_text="Of who proposed it; stays in the agency.")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    state = models.CharField(max_length=9, choices=CandidateState, default=CandidateState.OPEN)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    settled_why = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["until_at"]
        verbose_name = "return candidate"
        indexes: ClassVar = [
            models.Index(fields=["state", "until_at", "id"], name="return_candidate_by_window"),
            models.Index(
                fields=["source", "until_at"], name="return_candidate_of_source",
                condition=Q(state=CandidateState.OPEN),
            ),
            models.Index(fields=["-found_at"], name="return_candidate_newest"),
        ]  # fmt: skip
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lead", "reason", "ground"], name="return_candidate_once"),
            models.CheckConstraint(
                condition=Q(state__in=CandidateState.values), name="return_candidate_state_known"
            ),
            models.CheckConstraint(
                condition=Q(ground__in=CandidateGround.values), name="return_candidate_ground_known"
            ),
            models.CheckConstraint(
                condition=Q(reason__in=ReturnReason.values), name="return_candidate_reason_known"
            ),
            models.CheckConstraint(
                condition=Q(state=CandidateState.OPEN, settled_at__isnull=True)
                | (~Q(state=CandidateState.OPEN) & Q(settled_at__isnull=False)),
                name="return_candidate_settled_with_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"A-{self.lead_id}: {self.get_reason_display()}"
