"""Indexes for what has begun and for what is past apart, and a count of what a trial of caps has bought."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0023_hash_codes'),
        ('intake', '0011_list_filters'),
    ]

    operations = [
        migrations.CreateModel(
            name='TrialUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('period', models.CharField(choices=[('hour', 'Hour'), ('day', 'Day'), ('month', 'Month')], max_length=6)),
                ('start', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('leads', models.PositiveIntegerField()),
                ('spend', models.DecimalField(decimal_places=2, max_digits=13)),
            ],
            options={
                'ordering': ['trial_id', 'period'],
                'default_permissions': (),
            },
        ),
        migrations.RemoveIndex(
            model_name='trialverdict',
            name='trial_verdict_newest',
        ),
        migrations.RemoveIndex(
            model_name='trialverdict',
            name='trial_verdict_changes',
        ),
        migrations.RemoveIndex(
            model_name='trialverdict',
            name='trial_verdict_bought',
        ),
        migrations.AlterField(
            model_name='triallookback',
            name='used',
            field=models.JSONField(default=dict, help_text='What each period of tried caps has taken so far.'),
        ),
        migrations.AddIndex(
            model_name='trialverdict',
            index=models.Index(condition=models.Q(('look_back__isnull', True)), fields=['trial', 'effect', 'live_outcome'], name='trial_live'),
        ),
        migrations.AddIndex(
            model_name='trialverdict',
            index=models.Index(condition=models.Q(('look_back__isnull', False)), fields=['look_back', 'effect', 'live_outcome'], name='trial_past'),
        ),
        migrations.AddIndex(
            model_name='trialverdict',
            index=models.Index(condition=models.Q(('look_back__isnull', True), models.Q(('effect', 'same'), _negated=True)), fields=['trial', '-at', '-id'], name='trial_live_changes'),
        ),
        migrations.AddIndex(
            model_name='trialverdict',
            index=models.Index(condition=models.Q(('look_back__isnull', False), models.Q(('effect', 'same'), _negated=True)), fields=['look_back', '-at', '-id'], name='trial_past_changes'),
        ),
        migrations.AddIndex(
            model_name='trialverdict',
            index=models.Index(condition=models.Q(('look_back__isnull', True), ('would_outcome', 'accepted')), fields=['trial', 'at'], include=('price',), name='trial_live_bought'),
        ),
        migrations.AddField(
            model_name='trialuse',
            name='trial',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='uses', to='compliance.trial'),
        ),
        migrations.AddConstraint(
            model_name='trialuse',
            constraint=models.UniqueConstraint(fields=('trial', 'period'), name='trial_use_once_per_period'),
        ),
        migrations.AddConstraint(
            model_name='trialuse',
            constraint=models.CheckConstraint(condition=models.Q(('period__in', ['hour', 'day', 'month'])), name='trial_use_period_known'),
        ),
        migrations.AddConstraint(
            model_name='trialuse',
            constraint=models.CheckConstraint(condition=models.Q(('until__gte', models.F('start'))), name='trial_use_after_start'),
        ),
    ]
