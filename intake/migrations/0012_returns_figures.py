"""What leads cost in a span is read off an index; candidates by state and window. The new indexes come before the old go."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0011_hash_codes'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(fields=['-received_at'], include=('source', 'price'), name='lead_bought'),
        ),
        migrations.AddIndex(
            model_name='returncandidate',
            index=models.Index(fields=['state', 'until_at', 'id'], name='return_candidate_by_window'),
        ),
        migrations.RemoveIndex(
            model_name='lead',
            name='lead_newest',
        ),
        migrations.RemoveIndex(
            model_name='returncandidate',
            name='return_candidate_open',
        ),
    ]
