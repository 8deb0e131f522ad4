"""The calls of a person can be counted."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0021_record_webhooks'),
        ('intake', '0010_numbers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='contactattempt',
            index=models.Index(condition=models.Q(('channel', 'call')), fields=['user', '-at'], include=('lead',), name='call_of_user'),
        ),
    ]
