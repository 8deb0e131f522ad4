"""A login that is switched off (or on) raises the configuration stamp: its agent gets no more leads.

Only `is_active` counts: the moment of the last login is written to the same table and must not empty every cache.
"""

from django.db import migrations

FORWARD = """
CREATE OR REPLACE TRIGGER raise_config_stamp AFTER UPDATE OF is_active ON "leadcrm_user"
FOR EACH STATEMENT EXECUTE FUNCTION leadcrm_raise_config_stamp();
"""
BACKWARD = 'DROP TRIGGER IF EXISTS raise_config_stamp ON "leadcrm_user";'


class Migration(migrations.Migration):
    dependencies = [("agents", "0002_config_triggers"), ("leadcrm", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
