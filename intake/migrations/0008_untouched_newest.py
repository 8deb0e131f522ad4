"""Untouched leads of an owner can be read newest first: the banner asks so. The new index comes before the old goes."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0006_search_by_vendor_id'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('status', 'new'), ('touched_at__isnull', True)), fields=['owner', '-assigned_at'], name='lead_untouched_newest'),
        ),
        migrations.RemoveIndex(
            model_name='lead',
            name='lead_untouched_of_owner',
        ),
    ]
