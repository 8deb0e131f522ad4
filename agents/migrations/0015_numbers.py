"""What an agent was given and promised, week by week. The new index comes before the old goes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agents', '0014_saved_views'),
        ('intake', '0010_numbers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='assignment',
            index=models.Index(fields=['agent', '-assigned_at'], include=('lead', 'kind'), name='assignment_of_agent'),
        ),
        migrations.AddIndex(
            model_name='followup',
            index=models.Index(condition=models.Q(('kind', 'promise')), fields=['owner', 'due_at'], include=('done_at',), name='promise_of_owner'),
        ),
        migrations.AlterField(
            model_name='assignment',
            name='agent',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to='agents.agent'),
        ),
    ]
