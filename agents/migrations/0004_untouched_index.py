"""An index for "how many new leads wait for this agent's first touch", asked under the lock of an assignment.

It is on intake's table, and made here, because assignment alone asks; the row leaves it with the first touch.
"""

from django.db import migrations

FORWARD = """
CREATE INDEX lead_untouched_of_owner ON "intake_lead" ("owner_id", "received_at")
WHERE "touched_at" IS NULL AND "status" = 'new' AND "owner_id" IS NOT NULL;
"""
BACKWARD = "DROP INDEX IF EXISTS lead_untouched_of_owner;"


class Migration(migrations.Migration):
    dependencies = [("agents", "0003_login_trigger"), ("intake", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
