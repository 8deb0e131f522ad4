"""When people may be called, as rows with a source and a date: hours and bans by state, and the agency's policy.

A row is never edited. A change is the next version, which retires the one before; so what was in force at any moment
can be read off the rows. Nothing here is legal advice.
"""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from leadcrm.lib.places import STATE_CHOICES, STATES

FEDERAL = "US"
JURISDICTIONS = (FEDERAL, *STATES)


class Confidence(models.TextChoices):
    """How sure whoever wrote a row was of it."""

    HIGH = "high", "High: read in the statute"
    MEDIUM = "medium", "Medium: two summaries agree"
    LOW = "low", "Low: to be read up"


class LegalRow(models.Model):
    """What every rule shares: the time it holds, where it stands, how sure it is, who confirmed it."""

    version = models.PositiveIntegerField(help_text="Counts the rows of one rule.")
    effective_from = models.DateField(null=True, blank=True, help_text="First day; empty: always.")
    effective_to = models.DateField(null=True, blank=True, help_text="Last day; empty: until further.")
    citation = models.CharField(max_length=200, help_text="Statute or regulation.")
    source = models.CharField(max_length=300, blank=True, help_text="Where it was read: address or name.")
    as_of = models.DateField(help_text="When it was read.")
    confidence = models.CharField(max_length=6, choices=Confidence)
    note = models.CharField(max_length=300, blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        db_index=False, help_text="Empty: shipped with the product.",
    )  # fmt: skip
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        db_index=False,
    )  # fmt: skip
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        db_index=False,
    )  # fmt: skip

    class Meta:
        abstract = True


def legal_constraints(name: str) -> list[models.BaseConstraint]:
    """The constraints of every LegalRow; `name` begins theirs."""
    return [
        models.CheckConstraint(
            condition=Q(confidence__in=Confidence.values), name=f"{name}_confidence_known"
        ),
        models.CheckConstraint(
            condition=Q(effective_to__isnull=True)
            | Q(effective_from__isnull=True)
            | Q(effective_to__gte=F("effective_from")),
            name=f"{name}_ends_after_start",
        ),
        models.CheckConstraint(
            condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
            | Q(confirmed_at__isnull=False, confirmed_by__isnull=False),
            name=f"{name}_confirmed_by_somebody",
        ),
        models.CheckConstraint(
            condition=Q(retired_by__isnull=True) | Q(retired_at__isnull=False),
            name=f"{name}_retired_at_a_moment",
        ),
    ]


def _window(what: str) -> tuple[models.TimeField, models.TimeField]:  # type: ignore[type-arg]
    starts = models.TimeField(null=True, blank=True, help_text=f"{what}; empty: no calls.")
    return starts, models.TimeField(null=True, blank=True, help_text="The first moment that is too late.")


class CallingRule(LegalRow):
    """One jurisdiction's hours and limits for calls and texts, on the called party's clock."""

    state = models.CharField(max_length=2, choices=[(FEDERAL, "United States"), *STATE_CHOICES])
    weekday_from, weekday_to = _window("Monday to Friday")
    saturday_from, saturday_to = _window("Saturday")
    sunday_from, sunday_to = _window("Sunday")
    holidays = models.BooleanField(default=True, help_text="Calls are allowed on the state's legal holidays.")
    attempts = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Calls and texts to one person in any 24 hours; empty: no limit."
    )
    emergency_ban = models.BooleanField(
        default=False, help_text="No calls while an emergency is declared for the state."
    )

    class Meta:
        ordering: ClassVar = ["state", "-version"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=JURISDICTIONS), name="calling_rule_state_known"),
            models.UniqueConstraint(fields=["state", "version"], name="calling_rule_version_once"),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{day}_from__isnull": True, f"{day}_to__isnull": True})
                    | Q(**{f"{day}_to__gt": F(f"{day}_from")}),
                    name=f"calling_rule_{day}_ends_after_start",
                )
                for day in ("weekday", "saturday", "sunday")
            ),
            *legal_constraints("calling_rule"),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()}, version {self.version}"


class ChecklistRule(LegalRow):
    """What else must be seen to before people are called about a kind of insurance. Shown; blocks nothing."""

    code = models.SlugField(max_length=40)
    medicare = models.BooleanField(default=True, help_text="Of leads of the Medicare verticals only.")
    says = models.CharField(max_length=300, help_text="One sentence for the agent.")

    class Meta:
        ordering: ClassVar = ["code", "-version"]
        verbose_name = "checklist rule"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "version"], name="checklist_rule_version_once"),
            *legal_constraints("checklist_rule"),
        ]

    def __str__(self) -> str:
        return f"{self.code}, version {self.version}"


class EmergencyBan(models.Model):
    """A declared emergency: no calls into `states` whose rule says so, until it is ended."""

    states = ArrayField(models.CharField(max_length=2))
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text="Empty: until it is ended here.")
    reason = models.CharField(max_length=200, help_text="The emergency, for people.")
    source = models.CharField(max_length=300, help_text="The declaration: number or address.")
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    declared_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Ended by hand at.")
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        db_index=False,
    )  # fmt: skip

    class Meta:
        ordering: ClassVar = ["-starts_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(states=[]), name="emergency_ban_names_states"),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="emergency_ban_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="emergency_ban_ended_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{', '.join(self.states)}: {self.reason}"


class UnknownZone(models.TextChoices):
    """What happens when a number is of no place: toll-free, unknown."""

    BLOCK = "block", "Do not call until a zone is confirmed"
    EASTERN = "eastern", "Call from 2 PM to 8 PM Eastern only"


class CallingPolicy(models.Model):
    """The agency's own choices for calls. A change is the next row; the newest holds, without one the defaults."""

    unknown_zone = models.CharField(max_length=8, choices=UnknownZone, default=UnknownZone.BLOCK)
    written_consent_exempts = models.BooleanField(
        default=False,
        help_text="A lead's written consent permits calls to a number on the national or a state list.",
    )
    stale_list_blocks = models.BooleanField(
        default=True, help_text="No calls on the word of an outdated list, or into an area code it lacks."
    )
    consent_max_age_days = models.PositiveSmallIntegerField(
        null=True, blank=True, default=90, help_text="No calls on an older consent. Empty: no limit."
    )
    license_required = models.BooleanField(
        default=True, help_text="Agents call only where they hold a license for the line."
    )
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        ordering: ClassVar = ["-pk"]
        verbose_name = "calling policy"
        verbose_name_plural = "calling policy"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(unknown_zone__in=UnknownZone.values), name="calling_policy_unknown_zone_known"
            ),
        ]

    def __str__(self) -> str:
        # Before anybody has chosen, an unsaved row stands for the defaults.
        return f"Policy of {self.made_at:%Y-%m-%d %H:%M} UTC" if self.pk else "The policy as shipped"
