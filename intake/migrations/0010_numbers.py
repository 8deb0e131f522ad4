"""What a person moved where can be counted."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0010_vendor_admin'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='leadevent',
            index=models.Index(condition=models.Q(('actor__isnull', False), ('kind', 'status')), fields=['actor', 'new', 'at'], include=('lead',), name='lead_event_moved_by'),
        ),
    ]
