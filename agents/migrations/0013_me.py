"""An agent's pause has a reason, a beginning and an end; licenses that end are told of by mail, each once."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Whoever switches `receiving` on (a page, a button, a command, SQL): what was said of the pause goes with it.
FORWARD = """
CREATE OR REPLACE FUNCTION agents_end_pause() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.paused_at := NULL;
    NEW.back_at := NULL;
    NEW.pause_reason := '';
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER end_pause BEFORE INSERT OR UPDATE ON "agents_agent"
FOR EACH ROW WHEN (NEW.receiving) EXECUTE FUNCTION agents_end_pause();
"""
BACKWARD = """
DROP TRIGGER IF EXISTS end_pause ON "agents_agent";
DROP FUNCTION IF EXISTS agents_end_pause();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('agents', '0006_follow_up_kind'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LicenseWarning',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('expires_on', models.DateField(verbose_name='last day')),
                ('days', models.PositiveSmallIntegerField(verbose_name='days before')),
                ('what', models.CharField(help_text='Whose license for what, as it was told.', max_length=200)),
                ('state', models.CharField(choices=[('waiting', 'Waits to be sent'), ('sending', 'Is being sent'), ('sent', 'Sent'), ('failed', 'Given up: the mail server refuses'), ('unknown', 'Perhaps sent: the connection broke'), ('dropped', 'No longer needed')], default='waiting', max_length=8)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('due_at', models.DateTimeField()),
                ('claimed_at', models.DateTimeField(null=True)),
                ('sent_at', models.DateTimeField(null=True)),
                ('error', models.CharField(blank=True, help_text='What went wrong last, by its kind.', max_length=80)),
                ('created_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.AddField(
            model_name='agent',
            name='back_at',
            field=models.DateTimeField(blank=True, editable=False, help_text='Receives leads again by itself then.', null=True),
        ),
        migrations.AddField(
            model_name='agent',
            name='pause_reason',
            field=models.CharField(blank=True, editable=False, max_length=200),
        ),
        migrations.AddField(
            model_name='agent',
            name='paused_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name='agent',
            constraint=models.CheckConstraint(condition=models.Q(('receiving', False), models.Q(('back_at__isnull', True), ('pause_reason', ''), ('paused_at__isnull', True)), _connector='OR'), name='agent_pause_only_while_paused'),
        ),
        migrations.AddField(
            model_name='licensewarning',
            name='license',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='warnings', to='agents.license'),
        ),
        migrations.AddField(
            model_name='licensewarning',
            name='recipient',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='licensewarning',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['due_at'], name='license_warning_due'),
        ),
        migrations.AddIndex(
            model_name='licensewarning',
            index=models.Index(condition=models.Q(('state', 'sending')), fields=['claimed_at'], name='license_warning_claimed'),
        ),
        migrations.AddConstraint(
            model_name='licensewarning',
            constraint=models.UniqueConstraint(fields=('license', 'expires_on', 'days', 'recipient'), name='license_warning_once'),
        ),
        migrations.AddConstraint(
            model_name='licensewarning',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'sending', 'sent', 'failed', 'unknown', 'dropped'])), name='license_warning_state_known'),
        ),
        migrations.AddConstraint(
            model_name='licensewarning',
            constraint=models.CheckConstraint(condition=models.Q(('days__in', (30, 14, 7, 1))), name='license_warning_days_known'),
        ),
        migrations.AddConstraint(
            model_name='licensewarning',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('sent_at__isnull', False), ('state', 'sent')), models.Q(models.Q(('state', 'sent'), _negated=True), ('sent_at__isnull', True)), _connector='OR'), name='license_warning_sent_has_moment'),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
