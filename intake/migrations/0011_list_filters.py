"""The list of leads, narrowed: by its filters, an index each. New ones come before the old go.

What goes together tells the planner which walk ends soon: no lost lead is untried, and not every product is sold in
every state.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

STATISTICS = """
CREATE STATISTICS lead_work (mcv) ON status, attempts, (touched_at IS NULL) FROM intake_lead;
CREATE STATISTICS lead_kind (mcv) ON status, state, interest, vendor_id, source_id FROM intake_lead;
ANALYZE intake_lead;
"""
NO_STATISTICS = "DROP STATISTICS lead_work, lead_kind"


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0010_returns'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(fields=['state', '-received_at', '-id'], name='lead_of_state'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(fields=['interest', '-received_at', '-id'], name='lead_of_product'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(fields=['vendor', '-received_at', '-id'], name='lead_of_vendor'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(fields=['source', '-received_at', '-id'], name='lead_of_source'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('attempts', 0)), fields=['-received_at', '-id'], name='lead_untried'),
        ),
        migrations.AlterField(
            model_name='lead',
            name='source',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='leads', to='intake.source'),
        ),
        migrations.AlterField(
            model_name='lead',
            name='vendor',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='leads', to='intake.vendor'),
        ),
        migrations.RunSQL(STATISTICS, NO_STATISTICS),
    ]
