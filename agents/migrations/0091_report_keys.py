"""Keys of systems that read reports; who makes or ends one is recorded."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from compliance.evidence.change_triggers import noting_sql

NOTED, NOT_NOTED = noting_sql(
    "agents_reportkey", show=("label", "prefix", "created_at", "created_by_id", "expires_at", "revoked_at")
)


class Migration(migrations.Migration):

    dependencies = [
        ('agents', '0090_figure_weeks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ReportKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('label', models.CharField(blank=True, max_length=60)),
                ('prefix', models.CharField(editable=False, max_length=12, unique=True)),
                ('sha256', models.CharField(editable=False, max_length=64)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'report key',
                'ordering': ['-created_at'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='reportrun',
            name='report_run_via_known',
        ),
        migrations.AlterField(
            model_name='reportrun',
            name='via',
            field=models.CharField(choices=[('command', 'Command or cron'), ('page', 'Downloaded'), ('schedule', 'Schedule'), ('api', 'Another system')], max_length=8, verbose_name='how'),
        ),
        migrations.AddField(
            model_name='reportkey',
            name='created_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reportrun',
            name='key',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='runs', to='agents.reportkey'),
        ),
        migrations.AddIndex(
            model_name='reportrun',
            index=models.Index(condition=models.Q(('key__isnull', False)), fields=['key', 'created_at'], name='report_run_by_key'),
        ),
        migrations.AddConstraint(
            model_name='reportrun',
            constraint=models.CheckConstraint(condition=models.Q(('via__in', ['command', 'page', 'schedule', 'api'])), name='report_run_via_known'),
        ),
        migrations.RunSQL(NOTED, NOT_NOTED),
    ]
