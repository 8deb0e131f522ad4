"""Everybody's untouched leads by age: a manager's page counts them every few seconds."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0012_returns_figures'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('status', 'new'), ('touched_at__isnull', True)), fields=['received_at'], name='lead_untouched_oldest'),
        ),
    ]
