"""Imports of leads: every line of a cancelled one has a result, persons twice in a dry run, persons erased meanwhile."""

import django.db.models.deletion
from django.db import migrations, models

STATES = ['reading', 'refused', 'ready', 'trying', 'running', 'paused', 'done', 'cancelling', 'cancelled']
OUTCOMES = ['accepted', 'rejected', 'held', 'failed', 'unreadable', 'cancelled']


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0014_imports'),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportKey',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('line', models.BigIntegerField()),
                ('key', models.BigIntegerField(help_text='64 bits of an HMAC that holds for this import only.')),
                ('by_email', models.BooleanField()),
                ('of', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='keys', to='intake.leadimport')),
            ],
            options={
                'default_permissions': (),
                'indexes': [models.Index(fields=['of', 'key'], name='import_key_of_person')],
                'constraints': [models.UniqueConstraint(fields=('of', 'line', 'key'), name='import_key_once')],
            },
        ),
        migrations.AddField(
            model_name='leadimport',
            name='compared',
            field=models.BigIntegerField(db_default=0, default=0, help_text='The line up to which the dry run looked for persons who are in the file twice.'),
        ),
        migrations.AddField(
            model_name='leadimport',
            name='erased',
            field=models.JSONField(db_default=[], default=list, help_text='Keyed digests of whoever was erased while the file lay unread.'),
        ),
        migrations.AlterField(
            model_name='leadimport',
            name='format',
            field=models.CharField(blank=True, help_text='CSV or XLSX, encoding, separator, sheet.', max_length=120),
        ),
        migrations.RemoveConstraint(model_name='leadimport', name='import_state_known'),
        migrations.RemoveConstraint(model_name='leadimport', name='import_due_only_at_work'),
        migrations.AlterField(
            model_name='leadimport',
            name='state',
            field=models.CharField(choices=[('reading', 'Being read'), ('refused', 'Refused: the file cannot be read'), ('ready', 'Ready: nothing imported yet'), ('trying', 'Dry run'), ('running', 'Running'), ('paused', 'Paused'), ('done', 'Done'), ('cancelling', 'Being cancelled'), ('cancelled', 'Cancelled')], default='reading', max_length=10),
        ),
        migrations.AddConstraint(
            model_name='leadimport',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', STATES)), name='import_state_known'),
        ),
        migrations.AddConstraint(
            model_name='leadimport',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ('reading', 'trying', 'running', 'cancelling')), ('due_at__isnull', True), _connector='OR'), name='import_due_only_at_work'),
        ),
        migrations.RemoveConstraint(model_name='importline', name='import_outcome_known'),
        migrations.AlterField(
            model_name='importline',
            name='outcome',
            field=models.CharField(choices=[('accepted', 'Accepted'), ('rejected', 'Rejected'), ('held', 'Held for review'), ('failed', 'Failed: will be tried again'), ('unreadable', 'Unreadable'), ('cancelled', 'Not imported: cancelled')], max_length=10),
        ),
        migrations.AddConstraint(
            model_name='importline',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', OUTCOMES)), name='import_outcome_known'),
        ),
    ]
