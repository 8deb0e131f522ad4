"""Files of leads: pieces, blocks, lines; leads of old files, which the indexes of waiting leads leave out."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import leadcrm.lib.ids


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0013_merged'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportBlock',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('number', models.IntegerField()),
                ('lines', models.SmallIntegerField()),
                ('body', models.BinaryField()),
                ('due_at', models.DateTimeField(null=True)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ImportLine',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('dry', models.BooleanField(default=False)),
                ('line', models.BigIntegerField(help_text='As a text editor or spreadsheet counts; the header is 1.')),
                ('outcome', models.CharField(choices=[('accepted', 'Accepted'), ('rejected', 'Rejected'), ('held', 'Held for review'), ('failed', 'Failed: will be tried again'), ('unreadable', 'Unreadable')], max_length=10)),
                ('reasons', models.JSONField(default=list, help_text='Codes.')),
                ('faults', models.JSONField(default=list, help_text='Column, code, in words.')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ImportPart',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('number', models.IntegerField()),
                ('body', models.BinaryField()),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='LeadImport',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('reading', 'Being read'), ('refused', 'Refused: the file cannot be read'), ('ready', 'Ready: nothing imported yet'), ('trying', 'Dry run'), ('running', 'Running'), ('paused', 'Paused'), ('done', 'Done'), ('cancelled', 'Cancelled')], default='reading', max_length=10)),
                ('file_name', models.CharField(max_length=200)),
                ('file_sha256', models.CharField(max_length=64)),
                ('file_bytes', models.BigIntegerField()),
                ('created_at', models.DateTimeField()),
                ('format', models.CharField(blank=True, help_text='CSV or XLSX, encoding, separator.', max_length=40)),
                ('header', models.JSONField(default=list, help_text="The columns' names, in order.")),
                ('names', models.JSONField(default=dict, help_text='Column -> our field, for this file only; empty leaves the column out.')),
                ('price', models.DecimalField(blank=True, decimal_places=2, default=0, help_text="Of each lead; empty: as the source's contract says.", max_digits=9, null=True, validators=[django.core.validators.MinValueValidator(0)])),
                ('count_caps', models.BooleanField(default=False, verbose_name='counts against the caps')),
                ('give', models.CharField(choices=[('turn', "By the pools' turn, as live posts: agents are told at once, clocks run"), ('share', "Shared among the pools' licensed agents, quietly"), ('person', 'To one agent, quietly'), ('nobody', 'To nobody yet: a manager gives them out')], default='nobody', max_length=8)),
                ('generated_on', models.DateField(blank=True, help_text='When the leads were made, for lines that do not say.', null=True)),
                ('replay_token', models.UUIDField(default=leadcrm.lib.ids.uuid7, editable=False)),
                ('lines', models.BigIntegerField(default=0)),
                ('seen', models.BigIntegerField(default=0)),
                ('counts', models.JSONField(default=dict, help_text='Outcome -> lines.')),
                ('reasons', models.JSONField(default=dict, help_text='Reason code -> lines.')),
                ('dry_counts', models.JSONField(default=dict, help_text='Counts and reasons of the last dry run.')),
                ('started_at', models.DateTimeField(null=True)),
                ('worked_at', models.DateTimeField(help_text='When lines were last done.', null=True)),
                ('worked_seconds', models.FloatField(default=0, help_text='At work since it was started, pauses left out.')),
                ('finished_at', models.DateTimeField(null=True)),
                ('due_at', models.DateTimeField(help_text='When a worker looks at it again.', null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('forgotten_at', models.DateTimeField(help_text='The file and its lines are gone since then.', null=True)),
            ],
            options={
                'verbose_name': 'import of leads',
                'verbose_name_plural': 'imports of leads',
                'ordering': ['-created_at'],
                'permissions': [('import_leads', 'Can import leads from files')],
                'default_permissions': ('view',),
            },
        ),
        migrations.AddField(
            model_name='lead',
            name='backlog',
            field=models.BooleanField(db_default=False, default=False, editable=False, help_text='Came with a file of old leads: nobody is told of it, no clock runs, it is given out by people.'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('backlog', False), ('status', 'new'), ('touched_at__isnull', True)), fields=['owner', '-assigned_at'], name='lead_untouched_fresh'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('backlog', False), ('owner__isnull', True), ('status__in', ('new', 'contacted', 'quoted'))), fields=['received_at', 'id'], name='lead_waits_for_owner'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('backlog', False), ('status', 'new'), ('touched_at__isnull', True)), fields=['received_at'], name='lead_untouched_by_age'),
        ),
        migrations.AddIndex(
            model_name='lead',
            index=models.Index(condition=models.Q(('backlog', True), ('owner__isnull', True), ('status__in', ('new', 'contacted', 'quoted'))), fields=['received_at'], name='lead_not_given_out'),
        ),
        migrations.AddField(
            model_name='importline',
            name='submission',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='intake.submission'),
        ),
        migrations.AddField(
            model_name='leadimport',
            name='created_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='leadimport',
            name='owner',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='leadimport',
            name='source',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='imports', to='intake.source'),
        ),
        migrations.AddField(
            model_name='importpart',
            name='of',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='intake.leadimport'),
        ),
        migrations.AddField(
            model_name='importline',
            name='of',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='results', to='intake.leadimport'),
        ),
        migrations.AddField(
            model_name='importblock',
            name='of',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='blocks', to='intake.leadimport'),
        ),
        migrations.AddField(
            model_name='submission',
            name='lead_import',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='intake.leadimport'),
        ),
        migrations.AddIndex(
            model_name='leadimport',
            index=models.Index(fields=['-created_at'], name='import_newest'),
        ),
        migrations.AddIndex(
            model_name='leadimport',
            index=models.Index(fields=['source', '-created_at'], name='import_of_source'),
        ),
        migrations.AddIndex(
            model_name='leadimport',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='import_due'),
        ),
        migrations.AddIndex(
            model_name='leadimport',
            index=models.Index(condition=models.Q(('forgotten_at__isnull', True)), fields=['created_at'], name='import_kept'),
        ),
        migrations.AddConstraint(
            model_name='leadimport',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['reading', 'refused', 'ready', 'trying', 'running', 'paused', 'done', 'cancelled'])), name='import_state_known'),
        ),
        migrations.AddConstraint(
            model_name='leadimport',
            constraint=models.CheckConstraint(condition=models.Q(('give__in', ['turn', 'share', 'person', 'nobody'])), name='import_give_known'),
        ),
        migrations.AddConstraint(
            model_name='leadimport',
            constraint=models.CheckConstraint(condition=models.Q(('price__isnull', True), ('price__gte', 0), _connector='OR'), name='import_price_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='leadimport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('give', 'person'), _negated=True), ('owner__isnull', False), _connector='OR'), name='import_to_a_person'),
        ),
        migrations.AddConstraint(
            model_name='leadimport',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ('reading', 'trying', 'running')), ('due_at__isnull', True), _connector='OR'), name='import_due_only_at_work'),
        ),
        migrations.AddConstraint(
            model_name='importpart',
            constraint=models.UniqueConstraint(fields=('of', 'number'), name='import_part_once'),
        ),
        migrations.AddConstraint(
            model_name='importline',
            constraint=models.UniqueConstraint(fields=('of', 'dry', 'line'), name='import_line_once'),
        ),
        migrations.AddConstraint(
            model_name='importline',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['accepted', 'rejected', 'held', 'failed', 'unreadable'])), name='import_outcome_known'),
        ),
        migrations.AddIndex(
            model_name='importblock',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['of', 'number'], name='import_block_due'),
        ),
        migrations.AddConstraint(
            model_name='importblock',
            constraint=models.UniqueConstraint(fields=('of', 'number'), name='import_block_once'),
        ),
        migrations.RemoveIndex(
            model_name='lead',
            name='lead_without_owner',
        ),
        migrations.RemoveIndex(
            model_name='lead',
            name='lead_untouched_newest',
        ),
        migrations.RemoveIndex(
            model_name='lead',
            name='lead_untouched_oldest',
        ),
    ]
