"""Pools of agents, their running balances, and the record of every assignment."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from agents.models.people import Agent
from intake.models import Lead, Source, Vendor, Vertical


class LastLink(models.TextChoices):
    """What happens to a lead that nobody in the chain may take."""

    PERSON = "person", "A named person owns it"
    REFUSE = "refuse", "The post is refused: no_agent"
    WAIT = "wait", "It waits without an owner where managers see it"
    CLAIM = "claim", "It is open to be claimed by the pool's members"


class Pool(models.Model):
    """A group of agents that share the leads of some sources by weight."""

    name = models.CharField(max_length=80, unique=True)
    active = models.BooleanField(default=True)
    rank = models.PositiveSmallIntegerField(
        default=100, help_text="Of several pools that fit a lead, the lowest rank gets it."
    )
    # A pool fits a lead when each filled criterion matches; an empty one matches every lead.
    sources = models.ManyToManyField(Source, blank=True, related_name="pools")
    vendors = models.ManyToManyField(Vendor, blank=True, related_name="pools")
    verticals = models.ManyToManyField(Vertical, blank=True, related_name="pools")
    languages = ArrayField(models.CharField(max_length=5), default=list, blank=True)
    overflow = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="overflows_from",
        help_text="Asked when nobody here may take a lead.",
    )  # fmt: skip
    last_link = models.CharField(max_length=8, choices=LastLink, default=LastLink.REFUSE)
    last_person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    hide_until_claimed = models.BooleanField(
        default=True,
        help_text="In the claim pool, name and vendor are shown to whoever claimed the lead only.",
    )

    pause_after = models.PositiveSmallIntegerField(
        null=True, blank=True, default=3,
        help_text="An agent who loses so many leads in a row, untouched, is paused; empty: never.",
    )  # fmt: skip
    sla_person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name="manager to tell",
        help_text="Gets a mail at the step “Tell the manager” and when an agent is paused.",
    )  # fmt: skip

    class Meta:
        ordering: ClassVar = ["rank", "name"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(last_link__in=LastLink.values), name="pool_last_link_known"),
            models.CheckConstraint(
                condition=~Q(last_link=LastLink.PERSON) | Q(last_person__isnull=False),
                name="pool_last_link_names_a_person",
            ),
            models.CheckConstraint(
                condition=Q(pause_after__isnull=True) | Q(pause_after__gte=1),
                name="pool_pause_after_one_or_more",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """An agent's place in a pool."""

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="memberships")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="memberships")
    weight = models.PositiveSmallIntegerField(default=1, help_text="Share of the pool's leads; 0 takes none.")

    class Meta:
        ordering: ClassVar = ["pool", "agent"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pool", "agent"], name="member_once_per_pool"),
        ]

    def __str__(self) -> str:
        return f"{self.agent} in {self.pool}"


class Balance(models.Model):
    """What a pool owes an agent, in billionths of a lead: credited at every arrival, paid by receiving one.

    Rows of one pool always sum to zero; none is ever at or below one whole lead of debt.
    """

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="balances")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="balances")
    owed = models.BigIntegerField(default=0)
    last_lead_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["pool", "agent"], name="balance_once_per_member"),
            models.CheckConstraint(
                condition=Q(owed__gt=-1_000_000_000), name="balance_less_than_a_lead_behind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owed / 1e9:+.3f}"


class AgentLoad(models.Model):
    """How many leads an agent got this day and this hour, over all pools. Locked while one is assigned."""

    agent = models.OneToOneField(Agent, on_delete=models.CASCADE, primary_key=True, related_name="load")
    day_start = models.DateTimeField(null=True)
    day_count = models.PositiveIntegerField(default=0)
    hour_start = models.DateTimeField(null=True)
    hour_count = models.PositiveIntegerField(default=0)
    lapses = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Leads lost untouched, one after the other, since the last touch."
    )
    arrivals = models.BigIntegerField(
        default=0, help_text="Leads ever given to the agent: open pages see by it that one came."
    )

    def __str__(self) -> str:
        return f"{self.day_count} today"


class AssignmentKind(models.TextChoices):
    """How an owner was found."""

    ROTATION = "rotation", "Largest deficit in the pool"
    STICKY = "sticky", "Already works with this person"
    LAST_LINK = "last_link", "Last link of the chain"
    MANUAL = "manual", "Given by a person"
    OFFERED = "offered", "Opened to be claimed"
    CLAIMED = "claimed", "Claimed by the agent"
    HAND_ON = "hand_on", "Handed on: left untouched"
    HAND_OVER = "hand_over", "Handed over with a whole book"
    NOBODY = "nobody", "Nobody may take it"


class Assignment(models.Model):
    """The record of one assignment: who could have had the lead, why each other did not, who got it. Append-only."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="assignments", db_index=False)
    kind = models.CharField(max_length=10, choices=AssignmentKind)
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, null=True, related_name="assignments")
    agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, related_name="assignments", db_index=False
    )  # assignment_of_agent begins with it
    state = models.CharField(max_length=2, blank=True)
    state_from = models.CharField(max_length=10, blank=True, help_text="post, zip or area_code.")
    candidates = models.JSONField(
        default=list, help_text="Each agent looked at: pool, weight, balance before and after, why excluded."
    )
    why = models.CharField(max_length=200, blank=True)
    rule_version = models.CharField(max_length=20)
    assigned_at = models.DateTimeField()
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    ms = models.FloatField(default=0)

    class Meta:
        ordering: ClassVar = ["-assigned_at"]
        indexes: ClassVar = [
            models.Index(fields=["lead", "-assigned_at"], name="assignment_of_lead"),
            # What an agent was given, week by week: read from the index alone.
            models.Index(
                fields=["agent", "-assigned_at"], name="assignment_of_agent", include=["lead", "kind"]
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=AssignmentKind.values), name="assignment_kind_known"),
        ]

    def __str__(self) -> str:
        return f"A-{self.lead_id} to {self.agent_id or 'nobody'}"
