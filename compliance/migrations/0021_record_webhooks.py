"""Changes of webhooks are recorded as those of other configuration."""

from django.db import migrations

from compliance.evidence.config_triggers import recording_sql


class Migration(migrations.Migration):
    dependencies = [("compliance", "0020_revocation_by_link"), ("intake", "0008_webhooks")]

    operations = [migrations.RunSQL(*recording_sql("intake_webhookendpoint"))]
