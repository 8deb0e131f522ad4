"""The rate counters are not worth a log: an unlogged table makes counting a post free of a disk write."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("intake", "0003_verticals")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE intake_ratewindow SET UNLOGGED", "ALTER TABLE intake_ratewindow SET LOGGED"
        )
    ]
