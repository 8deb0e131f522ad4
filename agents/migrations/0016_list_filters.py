"""Which leads have something planned; what an agent's calls came to. New indexes come before the old go."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agents', '0015_returns'),
        ('compliance', '0022_numbers'),
        ('intake', '0011_list_filters'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='communication',
            index=models.Index(condition=models.Q(('outcome', ''), _negated=True), fields=['author', '-at'], include=('outcome', 'lead'), name='outcome_of_author'),
        ),
        migrations.AddIndex(
            model_name='followup',
            index=models.Index(condition=models.Q(('done_at__isnull', True)), fields=['lead'], name='open_follow_up_of_lead'),
        ),
        migrations.AlterField(
            model_name='followup',
            name='lead',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='follow_ups', to='intake.lead'),
        ),
    ]
