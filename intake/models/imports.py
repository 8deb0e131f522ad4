"""Files of leads: what was uploaded, how it is read, how far it is, and what came of each line."""

from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from intake.models.leads import Submission
from intake.models.vendors import Source
from leadcrm.lib.ids import uuid7


class ImportState(models.TextChoices):
    """Where an import stands."""

    READING = "reading", "Being read"
    REFUSED = "refused", "Refused: the file cannot be read"
    READY = "ready", "Ready: nothing imported yet"
    TRYING = "trying", "Dry run"
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    DONE = "done", "Done"
    CANCELLING = "cancelling", "Being cancelled"
    CANCELLED = "cancelled", "Cancelled"


# What a worker goes on with; what is over.
AT_WORK = (ImportState.READING, ImportState.TRYING, ImportState.RUNNING, ImportState.CANCELLING)
ENDED = (ImportState.REFUSED, ImportState.DONE, ImportState.CANCELLED)


class ImportGive(models.TextChoices):
    """Who gets the leads of a file. Only the first makes them fresh leads: told of at once, called by the clock."""

    TURN = "turn", "By the pools' turn, as live posts: agents are told at once, clocks run"
    SHARE = "share", "Shared among the pools' licensed agents, quietly"
    PERSON = "person", "To one agent, quietly"
    NOBODY = "nobody", "To nobody yet: a manager gives them out"


class ImportOutcome(models.TextChoices):
    """What came of one line. What a post was decided later shows its submission."""

    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected"
    HELD = "held", "Held for review"
    FAILED = "failed", "Failed: will be tried again"
    UNREADABLE = "unreadable", "Unreadable"
    CANCELLED = "cancelled", "Not imported: cancelled"


class LeadImport(models.Model):
    """One file of leads for one source. Its rows are sealed in blocks; every line is one post."""

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="imports", db_index=False)
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.READING)
    file_name = models.CharField(max_length=200)
    file_sha256 = models.CharField(max_length=64)
    file_bytes = models.BigIntegerField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )

    # How it is read.
    format = models.CharField(
        max_length=120, blank=True, help_text="CSV or XLSX, encoding, separator, sheet."
    )
    header = models.JSONField(default=list, help_text="The columns' names, in order.")
    names = models.JSONField(
        default=dict, help_text="Column -> our field, for this file only; empty leaves the column out."
    )

    # On which terms its leads are taken.
    price = models.DecimalField(
        max_digits=9, decimal_places=2, null=True, blank=True, default=0,
        validators=[MinValueValidator(0)], help_text="Of each lead; empty: as the source's contract says.",
    )  # fmt: skip
    count_caps = models.BooleanField("counts against the caps", default=False)
    give = models.CharField(max_length=8, choices=ImportGive, default=ImportGive.NOBODY)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        db_index=False,
    )  # fmt: skip
    generated_on = models.DateField(
        null=True, blank=True, help_text="When the leads were made, for lines that do not say."
    )

    # How far it is. The counts are of the run that goes on, or was the last.
    replay_token = models.UUIDField(default=uuid7, editable=False)
    lines = models.BigIntegerField(default=0)
    seen = models.BigIntegerField(default=0)
    counts = models.JSONField(default=dict, help_text="Outcome -> lines.")
    reasons = models.JSONField(default=dict, help_text="Reason code -> lines.")
    dry_counts = models.JSONField(default=dict, help_text="Counts and reasons of the last dry run.")
    compared = models.BigIntegerField(
        default=0, db_default=0,
        help_text="The line up to which the dry run looked for persons who are in the file twice.",
    )  # fmt: skip
    erased = models.JSONField(
        default=list, db_default=[],
        help_text="Keyed digests of whoever was erased while the file lay unread.",
    )  # fmt: skip
    started_at = models.DateTimeField(null=True)
    worked_at = models.DateTimeField(null=True, help_text="When lines were last done.")
    worked_seconds = models.FloatField(default=0, help_text="At work since it was started, pauses left out.")
    finished_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True, help_text="When a worker looks at it again.")
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    forgotten_at = models.DateTimeField(null=True, help_text="The file and its lines are gone since then.")

    class Meta:
        ordering: ClassVar = ["-created_at"]
        verbose_name = "import of leads"
        verbose_name_plural = "imports of leads"
        default_permissions = ("view",)
        permissions: ClassVar = [("import_leads", "Can import leads from files")]
        indexes: ClassVar = [
            models.Index(fields=["-created_at"], name="import_newest"),
            models.Index(fields=["source", "-created_at"], name="import_of_source"),
            models.Index(fields=["due_at"], name="import_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["created_at"], name="import_kept", condition=Q(forgotten_at__isnull=True)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=ImportState.values), name="import_state_known"),
            models.CheckConstraint(condition=Q(give__in=ImportGive.values), name="import_give_known"),
            models.CheckConstraint(
                condition=Q(price__isnull=True) | Q(price__gte=0), name="import_price_not_negative"
            ),
            models.CheckConstraint(
                condition=~Q(give=ImportGive.PERSON) | Q(owner__isnull=False), name="import_to_a_person"
            ),
            models.CheckConstraint(
                condition=Q(state__in=AT_WORK) | Q(due_at__isnull=True), name="import_due_only_at_work"
            ),
        ]

    def __str__(self) -> str:
        return f"Import {self.pk}"

    @property
    def is_backlog(self) -> bool:
        """True where its leads are old ones: nobody is told of them, no clock runs, no vendor's system is told."""
        return self.give != ImportGive.TURN

    @property
    def done(self) -> int:
        """Lines that were gone through before the end or a cancellation."""
        return self.seen - int(self.counts.get(ImportOutcome.CANCELLED, 0))

    @property
    def left(self) -> int:
        """Lines that are still to come."""
        return max(0, self.lines - self.seen)


class ImportPart(models.Model):
    """A piece of a file as it was uploaded, sealed. Gone once the file was read into blocks."""

    id = models.BigAutoField(primary_key=True)
    of = models.ForeignKey(LeadImport, on_delete=models.CASCADE, related_name="parts", db_index=False)
    number = models.IntegerField()
    body = models.BinaryField()

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["of", "number"], name="import_part_once"),
        ]

    def __str__(self) -> str:
        return f"Part {self.number} of {self.of_id}"


class ImportBlock(models.Model):
    """Some lines of a file, sealed: what a worker takes at once. `due_at` is empty once they are through."""

    id = models.BigAutoField(primary_key=True)
    of = models.ForeignKey(LeadImport, on_delete=models.CASCADE, related_name="blocks", db_index=False)
    number = models.IntegerField()
    lines = models.SmallIntegerField()
    body = models.BinaryField()
    due_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        indexes: ClassVar = [
            models.Index(fields=["of", "number"], name="import_block_due", condition=Q(due_at__isnull=False)),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["of", "number"], name="import_block_once"),
        ]

    def __str__(self) -> str:
        return f"Block {self.number} of {self.of_id}"


class ImportLine(models.Model):
    """What came of one line, once in the dry run and once for good. Holds no value of the file."""

    id = models.BigAutoField(primary_key=True)
    of = models.ForeignKey(LeadImport, on_delete=models.CASCADE, related_name="results", db_index=False)
    dry = models.BooleanField(default=False)
    line = models.BigIntegerField(help_text="As a text editor or spreadsheet counts; the header is 1.")
    outcome = models.CharField(max_length=10, choices=ImportOutcome)
    reasons = models.JSONField(default=list, help_text="Codes.")
    faults = models.JSONField(default=list, help_text="Column, code, in words.")
    submission = models.ForeignKey(
        Submission,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["of", "dry", "line"], name="import_line_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=ImportOutcome.values), name="import_outcome_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Line {self.line} of {self.of_id}"

    @property
    def lead_number(self) -> Any:
        """The number of the lead that the line became, None without one."""
        return self.submission.lead_number if self.submission else None


class ImportKey(models.Model):
    """By what a line of a dry run is known again as a person: a keyed digest, gone when the dry run is over."""

    id = models.BigAutoField(primary_key=True)
    of = models.ForeignKey(LeadImport, on_delete=models.CASCADE, related_name="keys", db_index=False)
    line = models.BigIntegerField()
    key = models.BigIntegerField(help_text="64 bits of an HMAC that holds for this import only.")
    by_email = models.BooleanField()

    class Meta:
        default_permissions = ()
        indexes: ClassVar = [models.Index(fields=["of", "key"], name="import_key_of_person")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["of", "line", "key"], name="import_key_once"),
        ]

    def __str__(self) -> str:
        return f"Key of line {self.line} of {self.of_id}"
