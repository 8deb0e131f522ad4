"""Figures by day, kept up to date in the background (agents.figures): a page adds up days, not leads."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from intake.models import Source


class PostFigures(models.Model):
    """What was posted to a source on a day of the agency. Test posts do not count."""

    day = models.DateField()
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="+", db_index=False)
    posts = models.IntegerField()
    accepted = models.IntegerField()
    rejected = models.IntegerField()
    pending = models.IntegerField(help_text="Without a decision: waiting, failed or unreadable.")
    held = models.IntegerField(help_text="Wait for a reviewer.")
    reasons = models.JSONField(help_text="Refused posts by reason code.")
    own_duplicates = models.IntegerField(help_text="Refused: we had the person from this vendor.")
    other_duplicates = models.IntegerField(help_text="Refused: we had the person from another vendor.")
    cost = models.DecimalField(max_digits=14, decimal_places=2)
    answer_ms = models.FloatField(help_text="Sum over all posts.")
    slowest_ms = models.FloatField()

    class Meta:
        ordering: ClassVar = ["day", "source"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "source"], name="post_figures_once"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.source_id}"


class Became(models.Model):
    """What became of leads, by when they were bought.

    The arrays `…_in` count leads by how long something took since they arrived (agents.figures.spans.BOUNDS),
    `hours…` by the agency's hour in which they arrived.
    """

    leads = models.IntegerField()
    cost = models.DecimalField(max_digits=14, decimal_places=2)
    attempts = models.IntegerField()
    dialed = models.IntegerField()
    contacted = models.IntegerField()
    quoted = models.IntegerField()
    sold = models.IntegerField()
    policies = models.IntegerField()
    premium = models.DecimalField(
        max_digits=14, decimal_places=2, help_text="A year, of policies that stand."
    )
    returned = models.IntegerField()
    credit = models.DecimalField(max_digits=14, decimal_places=2, help_text="What vendors gave back.")
    assigned_in = ArrayField(models.IntegerField())
    dialed_in = ArrayField(models.IntegerField())
    contacted_in = ArrayField(models.IntegerField())
    # Defaults for a worker of the version before, which counts on while servers are replaced.
    hours = ArrayField(models.IntegerField(), db_default=[0] * 24)
    hours_in_5 = ArrayField(
        models.IntegerField(), db_default=[0] * 24, help_text="Of these, dialed within five minutes."
    )

    class Meta:
        abstract = True


class CohortFigures(Became):
    """What became of the leads bought on a day from a source that belong to an owner now. The others add these up."""

    day = models.DateField()
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="+", db_index=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )

    class Meta:
        ordering: ClassVar = ["day", "source", "owner"]
        indexes: ClassVar = [models.Index(fields=["day", "owner"], name="cohort_figures_of_owner")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["day", "source", "owner"], nulls_distinct=False, name="cohort_figures_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.source_id} {self.owner_id}"


class SourceFigures(Became):
    """The leads bought on a day from a source, whoever owns them: a page about vendors adds up few rows."""

    day = models.DateField()
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        ordering: ClassVar = ["day", "source"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "source"], name="source_figures_once"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.source_id}"


class OwnerFigures(Became):
    """The leads bought on a day that belong to an owner now, wherever from: a page about people adds up few rows."""

    day = models.DateField()
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )

    class Meta:
        ordering: ClassVar = ["day", "owner"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "owner"], nulls_distinct=False, name="owner_figures_once"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.owner_id}"


class DayFigures(Became):
    """All leads bought on a day."""

    day = models.DateField(unique=True)

    class Meta:
        ordering: ClassVar = ["day"]

    def __str__(self) -> str:
        return str(self.day)


class SourceWeeks(Became):
    """The days of SourceFigures added up by week, from a Monday: a page about three months reads a quarter."""

    week = models.DateField(help_text="Its Monday.")
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        ordering: ClassVar = ["week", "source"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["week", "source"], name="source_weeks_once"),
        ]

    def __str__(self) -> str:
        return f"{self.week} {self.source_id}"


class OwnerWeeks(Became):
    """The days of OwnerFigures added up by week, from a Monday."""

    week = models.DateField(help_text="Its Monday.")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )

    class Meta:
        ordering: ClassVar = ["week", "owner"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["week", "owner"], nulls_distinct=False, name="owner_weeks_once"),
        ]

    def __str__(self) -> str:
        return f"{self.week} {self.owner_id}"


class Did(models.Model):
    """What a person did, and the leads that came to them."""

    given = models.IntegerField(help_text="Leads that came to them, each once.")
    called = models.IntegerField(help_text="Of these, dialed by them since.")
    reached = models.IntegerField(help_text="Of these, spoken with by them since.")
    called_in = ArrayField(models.IntegerField(), help_text="From coming to them to their first dial.")
    dials = models.IntegerField()
    talks = models.IntegerField(help_text="Contacts that reached the person.")
    texts = models.IntegerField()
    emails = models.IntegerField()
    quoted = models.IntegerField()
    policies = models.IntegerField()
    premium = models.DecimalField(
        max_digits=14, decimal_places=2, help_text="A year, of policies that stand."
    )
    lapsed = models.IntegerField(help_text="Leads lost by leaving them untouched.")

    class Meta:
        abstract = True


class ActivityFigures(Did):
    """What a person did on a day."""

    day = models.DateField()
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    outcomes = models.JSONField(help_text="Contacts by the code of their outcome.")

    class Meta:
        ordering: ClassVar = ["day", "person"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "person"], name="activity_figures_once"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.person_id}"


class ActivityWeeks(Did):
    """The days of ActivityFigures added up by week, from a Monday."""

    week = models.DateField(help_text="Its Monday.")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )

    class Meta:
        ordering: ClassVar = ["week", "person"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["week", "person"], name="activity_weeks_once"),
        ]

    def __str__(self) -> str:
        return f"{self.week} {self.person_id}"


class FigureMark(models.Model):
    """How far a table has been read: all rows up to `floor`; up to `ahead` what was committed at `ahead_at`."""

    stream = models.CharField(max_length=40, primary_key=True)
    floor = models.BigIntegerField()
    ahead = models.BigIntegerField()
    ahead_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.stream} {self.floor}"


class FigureState(models.Model):
    """One row: the moment the figures tell of, and the rules they were counted by."""

    as_of = models.DateTimeField(null=True)
    noted_at = models.DateTimeField(help_text="New posts and credits were looked for at.")
    seen_xid = models.BigIntegerField(help_text="What earlier transactions wrote has been looked at.")
    basis = models.JSONField(help_text="Time zone and outcomes: another one means counting anew.")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(pk=1), name="figure_state_is_one_row"),
        ]

    def __str__(self) -> str:
        return f"{self.as_of}"


class FigureKind(models.TextChoices):
    """What is to be counted anew."""

    DAY = "day", "A whole day"
    POSTS = "posts", "Posts of a source"
    COHORT = "cohort", "Leads of a source and owner"
    ACTIVITY = "activity", "What a person did"


class FigureDue(models.Model):
    """One cell that something has happened in since it was counted, or a whole day of them. Gone when counted."""

    kind = models.CharField(max_length=8, choices=FigureKind)
    day = models.DateField()
    source_id = models.BigIntegerField(null=True)
    person_id = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "day", "source_id", "person_id"], nulls_distinct=False, name="figure_due_once"
            ),
            models.CheckConstraint(condition=Q(kind__in=FigureKind.values), name="figure_due_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.day}"
