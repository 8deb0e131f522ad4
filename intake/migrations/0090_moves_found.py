"""Which leads were returned, by an index of those moves alone; how often a lead comes to which stage, for the planner.

Made beside running posts: no transaction holds the table.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

# "quoted" and "status" go together: taken one by one the planner sees a twentieth of the moves that there are.
STATISTICS = """
CREATE STATISTICS IF NOT EXISTS lead_event_move (mcv) ON kind, new FROM intake_leadevent;
ANALYZE intake_leadevent;
"""


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('intake', '0016_words'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='leadevent',
            index=models.Index(
                condition=models.Q(('kind', 'status'), ('new', 'returned')), fields=['lead'], name='lead_event_returned',
            ),
        ),
        migrations.RunSQL(STATISTICS, 'DROP STATISTICS lead_event_move'),
    ]
