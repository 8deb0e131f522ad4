"""The people who sell: teams, agents, when they work, where they are licensed."""

from datetime import date, timedelta
from typing import ClassVar, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from intake.models import Line, Vertical
from leadcrm.lib.places import STATE_CHOICES, STATES
from leadcrm.lib.weekdays import WEEKDAYS


class Team(models.Model):
    """Agents who work under one lead."""

    name = models.CharField(max_length=80, unique=True)
    leader = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="teams_led"
    )

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Agent(models.Model):
    """A licensed person who works leads. Receives new ones while `active` and `receiving`."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="agent")
    team = models.ForeignKey(Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="agents")
    phone = models.CharField(max_length=16, blank=True, help_text="The agent's own line, E.164.")
    npn = models.CharField("NPN", max_length=10, blank=True, help_text="National Producer Number.")
    time_zone = models.CharField(max_length=40, blank=True, help_text="Empty: the agency's.")
    languages = ArrayField(models.CharField(max_length=5), default=list, blank=True, help_text="e.g. en, es")
    active = models.BooleanField(default=True, help_text="Off when the agent has left.")
    receiving = models.BooleanField(default=True, help_text="Off while the agent takes no new leads.")
    # Why, since when and how long not; the database empties all three when `receiving` is switched on again.
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    pause_reason = models.CharField(max_length=200, blank=True, editable=False)
    back_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Receives leads again by itself then."
    )
    daily_cap = models.PositiveIntegerField(
        null=True, blank=True, help_text="New leads per day; empty: no limit."
    )
    hourly_cap = models.PositiveIntegerField(null=True, blank=True, help_text="New leads per hour.")
    untouched_limit = models.PositiveIntegerField(
        null=True, blank=True, help_text="No new lead while this many wait for a first touch."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["user__last_name", "user__first_name", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(receiving=False)
                | Q(paused_at__isnull=True, back_at__isnull=True, pause_reason=""),
                name="agent_pause_only_while_paused",
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)

    def clean(self) -> None:
        """Refuse new leads for somebody whose book is being handed over."""
        if self.pk and self.receiving and self.hand_overs.filter(finished_at=None).exists():
            raise ValidationError(
                {"receiving": "The book is being handed over: no new leads until that is done."}
            )

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the agent's clock: the agent's own, else (or where it does not exist) the agency's."""
        try:
            return ZoneInfo(self.time_zone or settings.AGENCY_TIME_ZONE)
        except (ZoneInfoNotFoundError, ValueError):
            return settings.AGENCY_ZONE


class AgentHours(models.Model):
    """One stretch of an agent's week, in the agent's time zone. An agent without any always receives."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField(choices=list(enumerate(WEEKDAYS)))
    starts_at = models.TimeField()
    ends_at = models.TimeField()

    class Meta:
        ordering: ClassVar = ["weekday", "starts_at"]
        verbose_name_plural = "agent hours"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="agent_hours_weekday"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="agent_hours_end_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.starts_at:%H:%M}-{self.ends_at:%H:%M}"


class LicenseQuerySet(models.QuerySet["License"]):
    """Licenses by how long they still hold."""

    def ending(self, *, first: date, last: date, today: date) -> Self:
        """Those whose last day is from `first` through `last`, unless a renewal of the same state and line follows.

        A renewal is another row of the agent that holds longer and begins by the day after, or has begun by `today`.
        """
        renewal = License.objects.filter(
            Q(expires_on__isnull=True) | Q(expires_on__gt=OuterRef("expires_on")),
            Q(effective_on__lte=OuterRef("expires_on") + timedelta(days=1)) | Q(effective_on__lte=today),
            agent=OuterRef("agent"), state=OuterRef("state"), line=OuterRef("line"),
        )  # fmt: skip
        return self.filter(~Exists(renewal), expires_on__gte=first, expires_on__lte=last)

    def of_people_at_work(self) -> Self:
        """Those of agents who have not left and may log in."""
        return self.filter(agent__active=True, agent__user__is_active=True)


class License(models.Model):
    """A state's license to sell a line of insurance. Effective on its first day, through its last."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="licenses")
    state = models.CharField(max_length=2, choices=STATE_CHOICES)
    line = models.CharField(
        max_length=40,
        help_text="A line of authority (life, health, property, casualty) or one product's code.",
    )
    number = models.CharField(max_length=40, blank=True)
    effective_on = models.DateField()
    expires_on = models.DateField(null=True, blank=True, help_text="The last day it is valid.")

    objects: ClassVar[LicenseQuerySet] = LicenseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["state", "line"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agent", "state", "line", "effective_on"], name="license_once_per_start"
            ),
            models.CheckConstraint(condition=Q(state__in=STATES), name="license_state_known"),
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True) | Q(expires_on__gte=F("effective_on")),
                name="license_expires_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.line}"

    def clean(self) -> None:
        """Refuse a line that is neither a line of authority nor a product the agency buys leads for."""
        if self.line in Line.values or Vertical.objects.filter(code=self.line).exists():
            return
        known = ", ".join([*Line.values, *Vertical.objects.values_list("code", flat=True)])
        raise ValidationError({"line": f"“{self.line}” is unknown; known are {known}"})
