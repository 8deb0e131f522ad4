"""Changes of agents, hours, licenses, pools and memberships raise the configuration stamp."""

from django.db import migrations

from leadcrm.lib.config import triggers_sql

FORWARD, BACKWARD = triggers_sql(
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
    dependencies = [("agents", "0001_initial"), ("leadcrm", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
