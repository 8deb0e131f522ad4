"""What people do with imports of leads is recorded, with their terms; what a worker counts is not."""

from django.db import migrations

from compliance.evidence.change_triggers import noting_sql

FORWARD, BACKWARD = noting_sql(
    "intake_leadimport",
    show=(
        "source_id", "state", "file_sha256", "file_bytes", "format", "lines", "price", "count_caps", "give", "owner_id",
        "generated_on", "created_at", "created_by_id", "started_at", "finished_at", "forgotten_at",
    ),
)  # fmt: skip


class Migration(migrations.Migration):

    dependencies = [
        ("compliance", "0025_changes_by_people"),
        ("intake", "0014_imports"),
    ]

    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
