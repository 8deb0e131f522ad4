"""Reports that were made, the mails that carry them, and the schedules by which the product makes them itself."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from agents.models.mails import PersonMail, mail_constraints, mail_indexes
from intake.models import Key
from leadcrm.lib.weekdays import WEEKDAYS


class ReportPeriod(models.TextChoices):
    """Which days, seen from the day it is made."""

    YESTERDAY = "yesterday", "Yesterday"
    LAST_WEEK = "last-week", "Last week (Monday to Sunday)"
    LAST_MONTH = "last-month", "Last month"


class Repeats(models.TextChoices):
    """How often a scheduled report is made."""

    DAY = "day", "Every day"
    WEEK = "week", "Every week"
    MONTH = "month", "Every month, on the first"


class ReportSchedule(models.Model):
    """A report that is made and mailed again and again, at an hour of the agency's clock."""

    report = models.CharField(max_length=40)
    period = models.CharField("about", max_length=10, choices=ReportPeriod)
    repeats = models.CharField(max_length=5, choices=Repeats, default=Repeats.DAY)
    weekday = models.PositiveSmallIntegerField(
        choices=list(enumerate(WEEKDAYS)), null=True, blank=True, help_text="Of one that is made every week."
    )
    hour = models.PositiveSmallIntegerField(
        default=7, validators=[MaxValueValidator(23)], help_text="Full hour, 0 to 23, by the agency's clock."
    )
    recipients = ArrayField(
        models.EmailField(),
        help_text="E-mail addresses between commas. Reports hold figures, never consumers.",
    )
    quiet_if_empty = models.BooleanField(
        "only if there is something",
        default=False,
        help_text="On: no mail about days without anything to tell.",
    )
    active = models.BooleanField(default=True)
    from_at = models.DateTimeField(editable=False, help_text="Hours before this are not made up for.")

    class Meta:
        ordering: ClassVar = ["-active", "report", "hour", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(period__in=ReportPeriod.values), name="schedule_period_known"),
            models.CheckConstraint(condition=Q(repeats__in=Repeats.values), name="schedule_repeats_known"),
            models.CheckConstraint(
                condition=Q(repeats=Repeats.WEEK, weekday__isnull=False, weekday__lte=6)
                | (~Q(repeats=Repeats.WEEK) & Q(weekday__isnull=True)),
                name="schedule_weekday_of_weekly",
            ),
            models.CheckConstraint(condition=Q(hour__lte=23), name="schedule_hour_of_a_day"),
            models.CheckConstraint(condition=~Q(recipients=[]), name="schedule_has_readers"),
        ]

    def __str__(self) -> str:
        return f"{self.report.replace('_', ' ').capitalize()}, {self.get_repeats_display().lower()}"


class ReportKey(Key):
    """A key by which another system, such as a spreadsheet or a dashboard, reads reports. It opens nothing else."""

    class Meta:
        ordering: ClassVar = ["-created_at"]
        verbose_name = "report key"


class RunVia(models.TextChoices):
    """How a report came to be made."""

    COMMAND = "command", "Command or cron"
    PAGE = "page", "Downloaded"
    SCHEDULE = "schedule", "Schedule"
    API = "api", "Another system"


class RunState(models.TextChoices):
    """Where it stands."""

    WAITING = "waiting", "To be made"
    DONE = "done", "Made"
    EMPTY = "empty", "Nothing to tell"
    REPEATED = "repeated", "Had gone out already"
    FAILED = "failed", "Failed"


class ReportRun(models.Model):
    """One making of a report. What was mailed is kept for a while, so that a mail sent later says the same."""

    report = models.CharField(max_length=40)
    first = models.DateField()
    last = models.DateField()
    format = models.CharField(max_length=5)
    via = models.CharField("how", max_length=8, choices=RunVia)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    key = models.ForeignKey(
        ReportKey, on_delete=models.SET_NULL, null=True, related_name="runs", db_index=False
    )
    schedule = models.ForeignKey(
        ReportSchedule, on_delete=models.SET_NULL, null=True, related_name="runs", db_index=False
    )
    slot_at = models.DateTimeField(null=True, help_text="The hour of the schedule that it was made for.")
    state = models.CharField(max_length=8, choices=RunState)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True, help_text="When it is made, or tried again.")
    created_at = models.DateTimeField()
    ms = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    recipients = ArrayField(models.EmailField(), default=list)
    failure = models.CharField(max_length=80, blank=True, help_text="What went wrong, by its kind.")
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    csv = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        default_permissions = ("view",)
        permissions: ClassVar = [("read_reports", "Can read reports, download and send them")]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state=RunState.WAITING), name="report_run_due"),
            models.Index(fields=["created_at"], condition=~Q(html=""), name="report_run_with_content"),
            models.Index(fields=["created_at"], condition=Q(state=RunState.FAILED), name="report_run_failed"),
            models.Index(
                fields=["key", "created_at"], condition=Q(key__isnull=False), name="report_run_by_key"
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["schedule", "slot_at"], name="report_run_once_a_slot", condition=Q(schedule__isnull=False)
            ),
            models.CheckConstraint(condition=Q(state__in=RunState.values), name="report_run_state_known"),
            models.CheckConstraint(condition=Q(via__in=RunVia.values), name="report_run_via_known"),
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="report_run_ends_after_start"),
            models.CheckConstraint(
                condition=Q(state=RunState.WAITING, due_at__isnull=False)
                | (~Q(state=RunState.WAITING) & Q(due_at__isnull=True)),
                name="report_run_waiting_is_due",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.report} {self.first} to {self.last}"


class ReportMail(PersonMail):
    """One report of a period to one address. Not a second time, unless somebody asks for another `edition`."""

    run = models.ForeignKey(ReportRun, on_delete=models.CASCADE, related_name="mails")
    report = models.CharField(max_length=40)
    first = models.DateField()
    last = models.DateField()
    to = models.EmailField()
    edition = models.PositiveSmallIntegerField(default=0)

    class Meta(PersonMail.Meta):
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.UniqueConstraint(
                F("report"), F("first"), F("last"), Lower("to"), F("edition"), name="report_mail_once",
                condition=~Q(state="failed"),
            ),
            *mail_constraints("report_mail"),
        ]  # fmt: skip
        indexes: ClassVar = [
            *mail_indexes("report_mail"),
            models.Index(fields=["created_at"], condition=Q(state="failed"), name="report_mail_failed"),
        ]

    def __str__(self) -> str:
        return f"{self.report} {self.first} to {self.last}"
