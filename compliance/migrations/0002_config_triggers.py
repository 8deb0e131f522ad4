"""Changes of check settings and caps raise the configuration stamp."""

from django.db import migrations

from leadcrm.lib.config import triggers_sql

FORWARD, BACKWARD = triggers_sql("compliance_checksetting", "compliance_cap", "compliance_dnclist")


class Migration(migrations.Migration):
    dependencies = [("compliance", "0001_initial"), ("leadcrm", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
