"""Changes of vendors, sources, keys, field rules and verticals raise the configuration stamp."""

from django.db import migrations

from leadcrm.lib.config import triggers_sql

FORWARD, BACKWARD = triggers_sql(
    "intake_vendor",
    "intake_source",
    "intake_sourcehours",
    "intake_apikey",
    "intake_fieldrule",
    "intake_vertical",
    "intake_verticalattribute",
)


class Migration(migrations.Migration):
    dependencies = [("intake", "0001_initial"), ("leadcrm", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
