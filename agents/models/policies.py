"""What was sold: carriers, policies, and every change of a policy."""

from typing import ClassVar, Final, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Upper

from intake.models import Lead


class Carrier(models.Model):
    """An insurance company that the agency sells for."""

    name = models.CharField(max_length=80)
    active = models.BooleanField(default=True, help_text="Off: no new policies; those sold stay.")
    renewal_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="How many days before a renewal the agent is told. Empty: as usual."
    )

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("name"), name="carrier_name_once", violation_error_message="This carrier stands there."
            ),
            models.CheckConstraint(condition=~Q(name=""), name="carrier_has_a_name"),
            models.CheckConstraint(
                condition=Q(renewal_days__isnull=True) | Q(renewal_days__lte=365),
                name="carrier_tells_within_a_year",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PolicyStatus(models.TextChoices):
    """Where a policy stands."""

    APPLIED = "applied", "Applied for"
    ISSUED = "issued", "Issued"
    IN_FORCE = "in_force", "In force"
    LAPSED = "lapsed", "Lapsed"
    CANCELLED = "cancelled", "Cancelled"
    DECLINED = "declined", "Declined"


# Those that will renew.
RENEWING = (PolicyStatus.ISSUED, PolicyStatus.IN_FORCE)
# Those that came to nothing: they count nowhere. Plain texts, for SQL.
FALLEN: Final = [PolicyStatus.DECLINED.value, PolicyStatus.CANCELLED.value]
STANDS: Final = ~Q(status__in=FALLEN)


class PremiumMode(models.TextChoices):
    """How often the premium is paid."""

    MONTHLY = "monthly", "a month"
    QUARTERLY = "quarterly", "a quarter"
    ANNUAL = "annual", "a year"


class PolicyQuerySet(models.QuerySet["Policy"]):
    """Reads of policies."""

    def standing(self) -> Self:
        """Those that count: not declined, not cancelled."""
        return self.filter(STANDS)


class Policy(models.Model):
    """A policy sold to the person of a lead. Names are on the lead: of an erased person only the contract stays."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="policies", db_index=False)
    carrier = models.ForeignKey(Carrier, on_delete=models.PROTECT, related_name="policies", db_index=False)
    number = models.CharField(max_length=40, blank=True, help_text="Empty until the carrier gives one.")
    product = models.CharField(max_length=40, help_text="Code of the vertical.")
    premium = models.DecimalField(max_digits=9, decimal_places=2)
    currency = models.CharField(max_length=3, default="USD")
    mode = models.CharField("paid", max_length=9, choices=PremiumMode, default=PremiumMode.MONTHLY)
    status = models.CharField(max_length=9, choices=PolicyStatus, default=PolicyStatus.APPLIED)
    effective_on = models.DateField("effective", null=True, blank=True)
    renewal_on = models.DateField("renews", null=True, blank=True)
    sold_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="policies_sold", db_index=False
    )
    sold_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1, help_text="Grows with every change.")
    request_id = models.UUIDField(unique=True, help_text="Made with the form: a double click sells once.")
    renewal_told_on = models.DateField(null=True, help_text="The renewal that a follow-up was planned for.")

    objects: ClassVar[PolicyQuerySet] = PolicyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-sold_at", "-pk"]
        verbose_name_plural = "policies"
        indexes: ClassVar = [
            models.Index(fields=["lead", "-sold_at"], name="policy_of_lead"),
            models.Index(fields=["sold_by", "-sold_at"], name="policy_of_seller"),
            models.Index(fields=["-sold_at"], name="policy_newest"),
            models.Index(fields=["carrier", "-sold_at"], name="policy_of_carrier"),
            models.Index(Upper("number"), name="policy_number"),
            models.Index(
                fields=["renewal_on"], name="policy_renewing", condition=Q(renewal_on__isnull=False)
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                "carrier", Upper("number"), name="policy_number_once",
                condition=~Q(number="") & ~Q(status=PolicyStatus.CANCELLED),
            ),
            models.CheckConstraint(
                condition=Q(status__in=PolicyStatus.values), name="policy_status_known"
            ),
            models.CheckConstraint(condition=Q(mode__in=PremiumMode.values), name="policy_mode_known"),
            models.CheckConstraint(condition=Q(premium__gte=0), name="policy_premium_not_negative"),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="policy_currency_code"
            ),
            models.CheckConstraint(
                condition=Q(effective_on__isnull=True) | Q(renewal_on__isnull=True)
                | Q(renewal_on__gt=F("effective_on")),
                name="policy_renews_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(status=PolicyStatus.APPLIED) | Q(status=PolicyStatus.DECLINED) | ~Q(number=""),
                name="policy_issued_with_a_number",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.carrier} {self.number}".strip()


class PolicyChange(models.Model):
    """One field of a policy that was changed, with what it said before. Append-only."""

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="changes", db_index=False)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    field = models.CharField(max_length=20, help_text="“sold” for the first line.")
    old = models.CharField(max_length=120, blank=True)
    new = models.CharField(max_length=120, blank=True)
    request_id = models.UUIDField()

    class Meta:
        ordering: ClassVar = ["-at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["policy", "-at"], name="change_of_policy")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request_id", "field"], name="policy_change_once"),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id} {self.field}"
