"""Changes of agents, hours, licenses, pools and memberships are recorded in the history of configuration."""

from django.db import migrations

from compliance.evidence.config_triggers import recording_sql

FORWARD, BACKWARD = recording_sql(
    "agents_agent",
    "agents_agenthours",
    "agents_license",
    "agents_pool",
    "agents_pool_sources",
    "agents_pool_vendors",
    "agents_pool_verticals",
    "agents_membership",
)


class Migration(migrations.Migration):
    dependencies = [("agents", "0004_communication_decision"), ("compliance", "0014_config_change")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
