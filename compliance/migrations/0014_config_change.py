"""The history of configuration, and the triggers that write it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from compliance.evidence.config_triggers import FUNCTIONS, NO_FUNCTIONS, recording_sql
from compliance.evidence.triggers import guard_sql, note_sql, undo_sql

FORWARD, BACKWARD = recording_sql(
    "intake_vendor",
    "intake_source",
    "intake_sourcehours",
    "intake_apikey",
    "intake_fieldrule",
    "intake_vertical",
    "intake_verticalattribute",
    "compliance_checksetting",
    "compliance_cap",
    "compliance_dnclist",
    "compliance_callingrule",
    "compliance_checklistrule",
    "compliance_emergencyban",
    "compliance_callingpolicy",
)


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0013_erasure'),
        ('intake', '0005_erasure'),
        ('leadcrm', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ConfigChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('table_name', models.CharField(max_length=63, verbose_name='table')),
                ('row_id', models.CharField(max_length=40, verbose_name='row')),
                ('operation', models.CharField(choices=[('snapshot', 'Found when recording began'), ('insert', 'Added'), ('update', 'Changed'), ('delete', 'Deleted')], max_length=8)),
                ('before', models.JSONField(null=True)),
                ('after', models.JSONField(null=True)),
                ('version', models.BigIntegerField(verbose_name='configuration version')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('via', models.CharField(blank=True, help_text='By what way: admin, a command.', max_length=40)),
                ('by', models.ForeignKey(db_constraint=False, db_index=False, help_text='Empty: not known.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'change of configuration',
                'verbose_name_plural': 'changes of configuration',
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['table_name', 'row_id', '-id'], name='config_change_of_row'), models.Index(fields=['-at'], name='config_change_newest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('operation__in', ['snapshot', 'insert', 'update', 'delete'])), name='config_change_operation_known'), models.CheckConstraint(condition=models.Q(models.Q(('after__isnull', False), ('before__isnull', True), ('operation__in', ['snapshot', 'insert'])), models.Q(('after__isnull', False), ('before__isnull', False), ('operation', 'update')), models.Q(('after__isnull', True), ('before__isnull', False), ('operation', 'delete')), _connector='OR'), name='config_change_has_its_rows')],
            },
        ),
        migrations.AlterModelOptions(
            name='decision',
            options={'ordering': ['-decided_at'], 'permissions': [('replay_decision', 'Can have a decision made again, to compare')]},
        ),
        migrations.RunSQL(
            note_sql(kind="config change", table="compliance_configchange") + guard_sql(table="compliance_configchange"),
            undo_sql(table="compliance_configchange", kinds=["config change"]),
        ),
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
