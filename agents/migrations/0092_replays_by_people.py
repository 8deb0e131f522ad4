"""Who asked for a replay of routing, and who stopped one, is recorded; what a worker finds is not."""

from django.db import migrations

from compliance.evidence.change_triggers import noting_sql

FORWARD, BACKWARD = noting_sql(
    "agents_routingreplay",
    show=("first", "last", "changes", "asked_at", "asked_by_id", "state", "total", "finished_at"),
)


class Migration(migrations.Migration):

    dependencies = [("agents", "0091_report_keys")]

    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
