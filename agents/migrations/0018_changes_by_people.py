"""What people change in the admin is recorded: teams, second factors, texts seen to, hand-overs."""

from django.db import migrations

from compliance.evidence.change_triggers import noting_sql

SHOWN = {
    "agents_inboundtext": ("lead_id", "received_at", "asked_to_stop", "handled_at", "handled_by_id"),
    "agents_handover": (
        "from_agent_id", "to_agent_id", "pool_id", "unlicensed_too", "leaves", "total", "created_at", "created_by_id",
        "finished_at",
    ),
}  # fmt: skip
FORWARD, BACKWARD = (
    "\n".join(parts)
    for parts in zip(
        noting_sql("agents_team", hide=(), by_anybody=True),
        # A second factor set up, reset, turned off; never its key.
        noting_sql(
            "agents_authenticator", show=("user_id", "confirmed", "created_at", "confirmed_at"), by_anybody=True,
            ignore=("last_step", "used_at", "throttling_failure_timestamp", "throttling_failure_count"),
        ),
        *(noting_sql(table, show=columns) for table, columns in SHOWN.items()),
        strict=True,
    )
)  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("agents", "0018_open_replies"), ("compliance", "0025_changes_by_people")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
