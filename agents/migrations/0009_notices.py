"""How a person wants to be told of new leads, what they have seen, the mails; a running number of arrivals."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agents', '0013_second_factor'),
        ('intake', '0008_untouched_newest'),
        ('leadcrm', '0002_session_epoch'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='NoticeMark',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='notice_mark', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('seen_at', models.DateTimeField(null=True)),
                ('dismissed', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
            ],
        ),
        migrations.CreateModel(
            name='NoticeSettings',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='notice_settings', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('sound', models.BooleanField(default=False)),
                ('desktop', models.BooleanField(default=False)),
                ('email', models.BooleanField(default=True)),
                ('quiet', models.BooleanField(default=False)),
            ],
            options={
                'verbose_name_plural': 'notice settings',
            },
        ),
        migrations.AddField(
            model_name='agentload',
            name='arrivals',
            field=models.BigIntegerField(default=0, help_text='Leads ever given to the agent: open pages see by it that one came.'),
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('new_lead', 'New lead')], default='new_lead', max_length=10)),
                ('state', models.CharField(choices=[('waiting', 'Waits to be sent'), ('sending', 'Is being sent'), ('sent', 'Sent'), ('failed', 'Given up: the mail server refuses'), ('unknown', 'Perhaps sent: the connection broke'), ('dropped', 'No longer needed')], default='waiting', max_length=8)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('due_at', models.DateTimeField()),
                ('claimed_at', models.DateTimeField(null=True)),
                ('sent_at', models.DateTimeField(null=True)),
                ('error', models.CharField(blank=True, help_text='What went wrong last, by its kind.', max_length=80)),
                ('created_at', models.DateTimeField()),
                ('lead', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='intake.lead')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['due_at'], name='notice_due'), models.Index(condition=models.Q(('state', 'sending')), fields=['claimed_at'], name='notice_claimed'), models.Index(condition=models.Q(('state', 'sent')), fields=['user', '-sent_at'], name='notice_last_sent'), models.Index(condition=models.Q(('state', 'failed')), fields=['due_at'], name='notice_failed')],
                'constraints': [models.UniqueConstraint(fields=('lead', 'user', 'kind'), name='notice_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['new_lead'])), name='notice_kind_known'), models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'sending', 'sent', 'failed', 'unknown', 'dropped'])), name='notice_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('sent_at__isnull', False), ('state', 'sent')), models.Q(models.Q(('state', 'sent'), _negated=True), ('sent_at__isnull', True)), _connector='OR'), name='notice_sent_has_moment')],
            },
        ),
    ]
