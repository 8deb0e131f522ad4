"""Changes of rules that are tried beside the live ones. A trial is asked from the next post on: it raises the stamp."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from compliance.evidence.config_triggers import recording_sql
from leadcrm.lib.config import triggers_sql

TABLE = "compliance_trial"


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0022_record_return_terms'),
        ('intake', '0009_lead_first_name'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Trial',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('check_name', models.SlugField(max_length=40, verbose_name='check')),
                ('mode', models.CharField(blank=True, choices=[('enforce', 'Refuse'), ('review', 'Hold the lead for review'), ('observe', 'Record only'), ('off', 'Off')], max_length=10)),
                ('on_unknown', models.CharField(blank=True, choices=[('block', 'Refuse'), ('hold', 'Hold the lead for review'), ('pass', 'Let it pass')], max_length=6)),
                ('params', models.JSONField(blank=True, default=dict)),
                ('caps', models.JSONField(blank=True, help_text='Each with period, unit and limit.', null=True)),
                ('before', models.JSONField()),
                ('used', models.JSONField(default=dict, help_text="What a cap's running period had taken when it began.")),
                ('state', models.CharField(choices=[('running', 'Running'), ('adopted', 'Adopted'), ('dropped', 'Dropped'), ('ended', 'Ended by itself')], default='running', max_length=8)),
                ('started_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('summary', models.JSONField(blank=True, help_text='Its figures, kept when it is closed.', null=True)),
                ('closed_by', models.ForeignKey(blank=True, help_text='Empty: the product itself.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('source', models.ForeignKey(blank=True, help_text="Empty: the agency's setting.", null=True, on_delete=django.db.models.deletion.CASCADE, related_name='trials', to='intake.source')),
                ('started_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'trial of a rule',
                'verbose_name_plural': 'trials of rules',
                'default_permissions': ('view',),
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='TrialLookBack',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('asked_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('waiting', 'Waiting for a worker'), ('done', 'Done'), ('failed', 'Failed'), ('stopped', 'Stopped')], default='waiting', max_length=8)),
                ('due_at', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0, help_text='Since it last got on.')),
                ('cursor_at', models.DateTimeField(help_text='Arrival of the last post it was asked of.', null=True)),
                ('cursor_id', models.UUIDField(null=True)),
                ('seen', models.PositiveIntegerField(default=0, help_text='Posts it was asked of.')),
                ('not_kept', models.PositiveIntegerField(default=0, help_text='Posts that cannot be decided again.')),
                ('used', models.JSONField(default=dict, help_text="What a cap's running period had taken at its beginning.")),
                ('error', models.CharField(blank=True, max_length=80)),
                ('finished_at', models.DateTimeField(null=True)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('trial', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='look_backs', to='compliance.trial')),
            ],
            options={
                'ordering': ['-id'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='TrialVerdict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(help_text='When the post was decided.')),
                ('state', models.CharField(blank=True, help_text='Of the lead.', max_length=2)),
                ('price', models.DecimalField(decimal_places=2, help_text='What the post costs if it is bought.', max_digits=9)),
                ('live_outcome', models.CharField(choices=[('accepted', 'Accepted'), ('rejected', 'Rejected'), ('held', 'Held for review')], max_length=10)),
                ('live_code', models.CharField(blank=True, max_length=24)),
                ('would_outcome', models.CharField(choices=[('accepted', 'Accepted'), ('rejected', 'Rejected'), ('held', 'Held for review'), ('open', 'Cannot be told'), ('broke', 'The trial broke')], max_length=10)),
                ('code', models.CharField(blank=True, help_text='First reason of the trial.', max_length=24)),
                ('field', models.CharField(blank=True, help_text='What that reason is about.', max_length=40)),
                ('reasons', models.JSONField(default=list, help_text='Every reason: code and field.')),
                ('effect', models.CharField(choices=[('same', 'Nothing'), ('refuses', 'Would have refused it'), ('buys', 'Would have bought it'), ('holds', 'Would have held it'), ('open', 'Cannot be told'), ('broke', 'The trial broke')], max_length=8)),
                ('why', models.CharField(blank=True, help_text='Why it cannot be told, or what broke.', max_length=200)),
                ('look_back', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='compliance.triallookback')),
                ('source', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='intake.source')),
                ('submission', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='trial_verdicts', to='intake.submission')),
                ('trial', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='verdicts', to='compliance.trial')),
            ],
            options={
                'ordering': ['-at', '-id'],
                'default_permissions': (),
            },
        ),
        migrations.AddIndex(
            model_name='trial',
            index=models.Index(condition=models.Q(('state', 'running')), fields=['ends_at'], name='trial_running'),
        ),
        migrations.AddConstraint(
            model_name='trial',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('source', 'check_name'), name='trial_runs_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='trial',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['running', 'adopted', 'dropped', 'ended'])), name='trial_state_known'),
        ),
        migrations.AddConstraint(
            model_name='trial',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('started_at'))), name='trial_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='trial',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('caps__isnull', True), ('mode__in', ['enforce', 'review', 'observe', 'off']), ('on_unknown__in', ['block', 'hold', 'pass'])), models.Q(('caps__isnull', False), ('check_name', 'caps'), ('mode', ''), ('on_unknown', ''), ('source__isnull', False)), _connector='OR'), name='trial_of_a_check_or_of_caps'),
        ),
        migrations.AddConstraint(
            model_name='trial',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('state', 'running')), models.Q(models.Q(('state', 'running'), _negated=True), ('closed_at__isnull', False)), _connector='OR'), name='trial_closed_says_when'),
        ),
        migrations.AddIndex(
            model_name='triallookback',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='look_back_due'),
        ),
        migrations.AddConstraint(
            model_name='triallookback',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('trial',), name='look_back_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='triallookback',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'done', 'failed', 'stopped'])), name='look_back_state_known'),
        ),
        migrations.AddConstraint(
            model_name='triallookback',
            constraint=models.CheckConstraint(condition=models.Q(('until__gt', models.F('since'))), name='look_back_period_in_order'),
        ),
        migrations.AddConstraint(
            model_name='triallookback',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('state', 'waiting')), models.Q(models.Q(('state', 'waiting'), _negated=True), ('due_at__isnull', True)), _connector='OR'), name='look_back_due_while_waiting'),
        ),
        migrations.AddIndex(
            model_name='trialverdict',
            index=models.Index(fields=['trial', 'look_back', '-at', '-id'], name='trial_verdict_newest'),
        ),
        migrations.AddIndex(
            model_name='trialverdict',
            index=models.Index(condition=models.Q(('effect', 'same'), _negated=True), fields=['trial', 'look_back', '-at', '-id'], name='trial_verdict_changes'),
        ),
        migrations.AddIndex(
            model_name='trialverdict',
            index=models.Index(condition=models.Q(('would_outcome', 'accepted')), fields=['trial', 'look_back', 'at'], include=('price',), name='trial_verdict_bought'),
        ),
        migrations.AddConstraint(
            model_name='trialverdict',
            constraint=models.UniqueConstraint(fields=('submission', 'trial', 'look_back'), name='trial_verdict_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='trialverdict',
            constraint=models.CheckConstraint(condition=models.Q(('live_outcome__in', ['accepted', 'rejected', 'held'])), name='trial_live_outcome_known'),
        ),
        migrations.AddConstraint(
            model_name='trialverdict',
            constraint=models.CheckConstraint(condition=models.Q(('would_outcome__in', ['accepted', 'rejected', 'held', 'open', 'broke'])), name='trial_would_outcome_known'),
        ),
        migrations.AddConstraint(
            model_name='trialverdict',
            constraint=models.CheckConstraint(condition=models.Q(('effect__in', ['same', 'refuses', 'buys', 'holds', 'open', 'broke'])), name='trial_effect_known'),
        ),
        migrations.RunSQL(*triggers_sql(TABLE)),
        migrations.RunSQL(*recording_sql(TABLE)),
    ]
