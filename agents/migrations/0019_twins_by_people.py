"""What people decide of leads that look like one person's is recorded: which were merged, which are two."""

from django.db import migrations

from compliance.evidence.change_triggers import noting_sql

SHOWN = {
    "agents_leadmerge": (
        "survivor_id", "merged_id", "at", "by_id", "was_status", "was_status_at", "undone_at", "undone_by_id",
    ),
    "agents_nottwins": ("low_id", "high_id", "said_at", "said_by_id"),
}  # fmt: skip
FORWARD, BACKWARD = (
    "\n".join(parts)
    for parts in zip(*(noting_sql(table, show=columns) for table, columns in SHOWN.items()), strict=True)
)


class Migration(migrations.Migration):
    dependencies = [("agents", "0018_routing_replay"), ("compliance", "0025_changes_by_people")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
