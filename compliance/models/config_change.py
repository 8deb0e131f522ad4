"""The history of changes: every changed row, as it was and as it became. Written by database triggers."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class ConfigOperation(models.TextChoices):
    """What was done to the row."""

    SNAPSHOT = "snapshot", "Found when recording began"
    INSERT = "insert", "Added"
    UPDATE = "update", "Changed"
    DELETE = "delete", "Deleted"
    ACT = "act", "Done"


class ConfigChangeQuerySet(models.QuerySet["ConfigChange"]):
    """Reads of the history."""

    def of_rows(self) -> "ConfigChangeQuerySet":
        """Changes of rows, without what was only done to one (an act's own words)."""
        return self.exclude(operation=ConfigOperation.ACT)


class ConfigChange(models.Model):
    """One changed row. Append-only; no code writes it (compliance.evidence.config_triggers, .change_triggers).

    Configuration is recorded whoever changes it; other tables while a person is at work on the managers' pages.
    `before` and `after` hold the columns by name, less secrets; either is empty where the row was not there. What a
    person did by a button has the operation ACT and its words in `after`, beside the rows that changed by it.
    `version` is the configuration's (leadcrm.models.ConfigStamp) with this change: decisions name it.
    """

    table_name = models.CharField("table", max_length=63)
    row_id = models.CharField("row", max_length=40)
    operation = models.CharField(max_length=8, choices=ConfigOperation)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    version = models.BigIntegerField("configuration version")
    at = models.DateTimeField("when")
    # Whoever the session named; no row of ours may fail for it, so the database does not hold it to be there.
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.DO_NOTHING, null=True, related_name="+", db_index=False,
        db_constraint=False, help_text="Empty: not known.",
    )  # fmt: skip
    via = models.CharField(
        max_length=40, blank=True, help_text="By what way: admin, with the button after a colon; a command."
    )
    ip = models.CharField(
        "from", max_length=45, blank=True, default="",
        help_text="The address it was changed from. Empty: a command, or not known.",
    )  # fmt: skip

    objects: ClassVar = ConfigChangeQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = "change"
        verbose_name_plural = "changes"
        indexes: ClassVar = [
            models.Index(fields=["table_name", "row_id", "-id"], name="config_change_of_row"),
            models.Index(fields=["-at"], name="config_change_newest"),
            models.Index(fields=["operation", "-id"], name="config_change_by_operation"),
            models.Index(fields=["version"], name="config_change_of_version"),
            models.Index(fields=["by", "-id"], name="config_change_of_person", condition=Q(by__isnull=False)),
            models.Index(fields=["ip", "-id"], name="config_change_from", condition=~Q(ip="")),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(operation__in=ConfigOperation.values), name="config_change_operation_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    operation__in=["snapshot", "insert", "act"], before__isnull=True, after__isnull=False
                )
                | Q(operation="update", before__isnull=False, after__isnull=False)
                | Q(operation="delete", before__isnull=False, after__isnull=True),
                name="config_change_has_its_rows",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_operation_display()}: {self.table_name} {self.row_id}"

    @property
    def columns(self) -> list[str]:
        """The columns that differ, all of them for a row that came or went."""
        before, after = self.before or {}, self.after or {}
        missing = object()
        return [name for name in {**before, **after} if before.get(name, missing) != after.get(name, missing)]
