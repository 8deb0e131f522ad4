"""Changes of price tables are recorded as those of other configuration."""

from django.db import migrations

from compliance.evidence.config_triggers import recording_sql


class Migration(migrations.Migration):
    dependencies = [("compliance", "0022_trials"), ("intake", "0010_pings")]

    operations = [migrations.RunSQL(*recording_sql("intake_pricerule"))]
