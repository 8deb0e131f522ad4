from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0018_sealed_answers'),
    ]

    operations = [
        migrations.CreateModel(
            name='EvidenceCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField()),
                ('batches', models.PositiveIntegerField(default=0, help_text='Batches gone through.')),
                ('rows', models.PositiveBigIntegerField(default=0, help_text='Sealed rows compared.')),
                ('found', models.PositiveIntegerField(default=0, help_text='How much does not agree.')),
                ('findings', models.JSONField(default=list, help_text='The first of it, in words.')),
                ('head_number', models.BigIntegerField(default=0, help_text='The newest batch when it began.')),
                ('head_hash', models.CharField(blank=True, help_text='Its hash, in hex.', max_length=64)),
                ('error', models.CharField(blank=True, help_text='What broke, if it could not be finished.', max_length=80)),
            ],
            options={
                'verbose_name': 'verification of evidence',
                'verbose_name_plural': 'verifications of evidence',
                'ordering': ['-id'],
                'default_permissions': ('view',),
            },
        ),
    ]
