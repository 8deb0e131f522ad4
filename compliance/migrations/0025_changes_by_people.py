"""What people change in the admin is recorded, whatever the table; with the address it was changed from."""

from django.db import migrations, models
from django.db.models import Q

from compliance.evidence.change_triggers import FUNCTIONS, NO_FUNCTIONS, noting_sql
from compliance.evidence.triggers import guard_sql

# Table -> the columns shown; of every other the history says only that it changed.
SHOWN = {
    # Leads and posts: who has it and where it stands, never who it is.
    "intake_lead": (
        "status", "status_at", "owner_id", "assigned_at", "unassigned_why", "touched_at", "attempts", "erased_at",
        "expired_at", "source_id", "vendor_id", "price", "currency", "interest", "received_at",
    ),
    "intake_submission": ("source_id", "state", "reason", "lead_number", "price", "attempts", "due_at", "test"),
    "intake_return": (
        "lead_id", "source_id", "reason", "state", "asked_at", "window_ends_at", "price", "credit", "currency",
        "decided_at", "asked_by_id", "decided_by_id",
    ),
    "intake_returncandidate": (
        "lead_id", "source_id", "reason", "ground", "state", "found_at", "until_at", "settled_at", "settled_why",
        "settled_by_id", "proposed_by_id",
    ),
    "intake_webhookdelivery": ("endpoint_id", "event_id", "state", "attempts", "due_at"),
    # Compliance: what was asked for and by whom, not of whom.
    "compliance_suppression": (
        "kind", "scope", "channel", "added_at", "added_by_id", "released_at", "released_by_id", "reopened_by_id",
        "revocation_id",
    ),
    "compliance_revocation": (
        "scope", "channel", "received_at", "honour_by", "applied_at", "origin", "lead_id", "by_id",
    ),
    "compliance_businessrelationship": (
        "kind", "started_on", "ends_on", "lead_id", "recorded_at", "recorded_by_id", "withdrawn_at",
        "withdrawn_by_id",
    ),
    "compliance_legalhold": ("placed_at", "placed_by_id", "lifted_at", "lifted_by_id"),
    "compliance_erasure": ("kind", "asked_at", "channel", "at", "keep_until", "by_id"),
    "compliance_evidencepack": ("made_at", "made_by_id", "leads", "name", "size"),
    "compliance_optoutkey": ("label", "prefix", "created_at", "created_by_id", "expires_at", "revoked_at"),
    "compliance_review": ("submission_id", "action", "reason", "waived", "at", "by_id"),
    "compliance_zoneconfirmation": ("lead_id", "zone", "at", "by_id"),
    "compliance_certificate": ("lead_id", "provider", "state", "attempts", "due_at", "vanishes_at"),
    "compliance_dncversion": (
        "dnc_list_id", "number", "kind", "state", "effective_on", "san", "rows", "numbers", "added", "removed",
        "imported_by_user_id", "started_at", "finished_at",
    ),
    # Failed logins: deleting one unlocks. The name that was tried may be a password typed into the wrong box.
    "axes_accessattempt": ("ip_address", "attempt_time", "failures_since_start"),
}  # fmt: skip
FORWARD, BACKWARD = (
    "\n".join(parts)
    for parts in zip(
        *(noting_sql(table, show=columns) for table, columns in SHOWN.items()),
        noting_sql(
            "leadcrm_user", hide=("password",), ignore=("last_login", "session_epoch"), by_anybody=True
        ),
        *(
            noting_sql(table, hide=(), by_anybody=True)
            for table in (
                "leadcrm_user_groups", "leadcrm_user_user_permissions", "auth_group", "auth_group_permissions",
            )
        ),
        strict=True,
    )
)  # fmt: skip
OPERATIONS = [
    ("snapshot", "Found when recording began"), ("insert", "Added"), ("update", "Changed"), ("delete", "Deleted"),
    ("act", "Done"),
]  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [
        ("compliance", "0024_call_of_lead"),
        ("intake", "0012_returns_figures"),
        ("leadcrm", "0003_role_grants"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("axes", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="configchange",
            name="ip",
            field=models.CharField(
                "from", max_length=45, blank=True, default="",
                help_text="The address it was changed from. Empty: a command, or not known.",
            ),
        ),
        # The database knows it best: no trigger need name it.
        migrations.RunSQL(
            "ALTER TABLE compliance_configchange ALTER COLUMN ip"
            " SET DEFAULT left(coalesce(current_setting('leadcrm.ip', true), ''), 45)",
            migrations.RunSQL.noop,
        ),
        migrations.AlterField(
            model_name="configchange",
            name="via",
            field=models.CharField(
                max_length=40, blank=True,
                help_text="By what way: admin, with the button after a colon; a command.",
            ),
        ),
        migrations.AlterField(
            model_name="configchange",
            name="operation",
            field=models.CharField(max_length=8, choices=OPERATIONS),
        ),
        migrations.RemoveConstraint(model_name="configchange", name="config_change_operation_known"),
        migrations.RemoveConstraint(model_name="configchange", name="config_change_has_its_rows"),
        migrations.AddConstraint(
            model_name="configchange",
            constraint=models.CheckConstraint(
                condition=Q(operation__in=[code for code, _ in OPERATIONS]), name="config_change_operation_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="configchange",
            constraint=models.CheckConstraint(
                condition=Q(operation__in=["snapshot", "insert", "act"], before__isnull=True, after__isnull=False)
                | Q(operation="update", before__isnull=False, after__isnull=False)
                | Q(operation="delete", before__isnull=False, after__isnull=True),
                name="config_change_has_its_rows",
            ),
        ),
        migrations.AddIndex(
            model_name="configchange",
            index=models.Index(fields=["by", "-id"], name="config_change_of_person", condition=Q(by__isnull=False)),
        ),
        migrations.AddIndex(
            model_name="configchange",
            index=models.Index(fields=["ip", "-id"], name="config_change_from", condition=~Q(ip="")),
        ),
        migrations.AddIndex(
            model_name="configchange",
            index=models.Index(fields=["operation", "-id"], name="config_change_by_operation"),
        ),
        migrations.AddIndex(
            model_name="configchange", index=models.Index(fields=["version"], name="config_change_of_version"),
        ),
        migrations.AlterModelOptions(
            name="configchange",
            options={
                "ordering": ["-id"], "verbose_name": "change", "verbose_name_plural": "changes",
            },
        ),
        # Where somebody sat is for a time, not for ever: it may be blanked, and is not sealed.
        migrations.RunSQL(
            guard_sql(table="compliance_configchange", free=("ip",)), guard_sql(table="compliance_configchange")
        ),
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]  # fmt: skip
