import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import leadcrm.lib.ids
from leadcrm.lib.config import triggers_sql


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0010_posting'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Return',
            fields=[
                ('id', models.UUIDField(default=leadcrm.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('reason', models.CharField(choices=[('wrong_number', 'Wrong number'), ('disconnected', 'Number disconnected'), ('duplicate', 'Duplicate'), ('fraud', 'Made up or fraudulent'), ('out_of_footprint', 'Outside the states or products bought'), ('never_asked', 'Says they never asked'), ('dnc_listed', 'On a do-not-call list'), ('litigator', 'Known litigator')], max_length=20)),
                ('note', models.TextField(blank=True, help_text='For the vendor to read.')),
                ('evidence', models.JSONField(default=dict)),
                ('state', models.CharField(choices=[('asked', 'Asked'), ('taken', 'Taken back'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn')], default='asked', max_length=9)),
                ('asked_at', models.DateTimeField()),
                ('window_ends_at', models.DateTimeField(help_text='Until when it could be asked.')),
                ('price', models.DecimalField(decimal_places=2, help_text='What the lead cost.', max_digits=9)),
                ('credit', models.DecimalField(decimal_places=2, help_text='What the vendor gave back; empty until then.', max_digits=9, null=True)),
                ('currency', models.CharField(default='USD', max_length=3)),
                ('decided_at', models.DateTimeField(null=True)),
                ('words', models.TextField(blank=True, help_text='What the vendor said; of a withdrawal, why.')),
                ('request_id', models.UUIDField(help_text="Made with the form, or of the caller's key.", null=True, unique=True)),
            ],
            options={
                'ordering': ['-asked_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='ReturnCandidate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('wrong_number', 'Wrong number'), ('disconnected', 'Number disconnected'), ('duplicate', 'Duplicate'), ('fraud', 'Made up or fraudulent'), ('out_of_footprint', 'Outside the states or products bought'), ('never_asked', 'Says they never asked'), ('dnc_listed', 'On a do-not-call list'), ('litigator', 'Known litigator')], max_length=20)),
                ('ground', models.CharField(choices=[('outcome', 'Outcome of a call'), ('list', 'On a list since it was bought'), ('duplicate', 'Another lead of the same person'), ('agent', 'Proposed by a person')], max_length=9)),
                ('found_at', models.DateTimeField()),
                ('until_at', models.DateTimeField(help_text='When the window of its reason closes.')),
                ('note', models.TextField(blank=True, help_text='Of who proposed it; stays in the agency.')),
                ('state', models.CharField(choices=[('open', 'Open'), ('asked', 'Asked'), ('dismissed', 'Not to be returned')], default='open', max_length=9)),
                ('settled_at', models.DateTimeField(null=True)),
                ('settled_why', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'verbose_name': 'return candidate',
                'ordering': ['until_at'],
            },
        ),
        migrations.CreateModel(
            name='ReturnTerm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('wrong_number', 'Wrong number'), ('disconnected', 'Number disconnected'), ('duplicate', 'Duplicate'), ('fraud', 'Made up or fraudulent'), ('out_of_footprint', 'Outside the states or products bought'), ('never_asked', 'Says they never asked'), ('dnc_listed', 'On a do-not-call list'), ('litigator', 'Known litigator')], max_length=20)),
                ('days', models.PositiveSmallIntegerField(help_text='From the moment the lead arrived, in whole days of 24 hours.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(365)])),
                ('attempts', models.PositiveSmallIntegerField(default=0, help_text='How often the person must have been tried before. 0: not at all.', validators=[django.core.validators.MaxValueValidator(20)], verbose_name='tries needed')),
            ],
            options={
                'verbose_name': 'ground for a return',
                'verbose_name_plural': 'grounds for a return',
                'ordering': ['reason'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='webhookevent',
            name='webhook_event_kind_known',
        ),
        migrations.AlterField(
            model_name='webhookendpoint',
            name='kinds',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('lead.accepted', 'A post was accepted'), ('lead.rejected', 'A post was rejected'), ('lead.assigned', 'A lead got its owner'), ('lead.contacted', 'The person was reached'), ('lead.status_changed', 'A lead changed its stage'), ('lead.sold', 'A lead was sold'), ('lead.returned', 'A lead was returned'), ('return.changed', 'A return was asked, taken, refused or withdrawn'), ('consent.revoked', 'The person asked us to stop')], max_length=24), size=None, verbose_name='events'),
        ),
        migrations.AlterField(
            model_name='webhookevent',
            name='kind',
            field=models.CharField(choices=[('lead.accepted', 'A post was accepted'), ('lead.rejected', 'A post was rejected'), ('lead.assigned', 'A lead got its owner'), ('lead.contacted', 'The person was reached'), ('lead.status_changed', 'A lead changed its stage'), ('lead.sold', 'A lead was sold'), ('lead.returned', 'A lead was returned'), ('return.changed', 'A return was asked, taken, refused or withdrawn'), ('consent.revoked', 'The person asked us to stop'), ('endpoint.test', 'A test')], max_length=24),
        ),
        migrations.AddConstraint(
            model_name='webhookevent',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['lead.accepted', 'lead.rejected', 'lead.assigned', 'lead.contacted', 'lead.status_changed', 'lead.sold', 'lead.returned', 'return.changed', 'consent.revoked', 'endpoint.test'])), name='webhook_event_kind_known'),
        ),
        migrations.AddField(
            model_name='return',
            name='asked_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='return',
            name='asked_key',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='intake.apikey'),
        ),
        migrations.AddField(
            model_name='return',
            name='decided_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='return',
            name='lead',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='returns', to='intake.lead'),
        ),
        migrations.AddField(
            model_name='return',
            name='source',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='returns', to='intake.source'),
        ),
        migrations.AddField(
            model_name='returncandidate',
            name='lead',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='return_candidates', to='intake.lead'),
        ),
        migrations.AddField(
            model_name='returncandidate',
            name='proposed_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='returncandidate',
            name='settled_by',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='returncandidate',
            name='source',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='intake.source'),
        ),
        migrations.AddField(
            model_name='returnterm',
            name='source',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='return_terms', to='intake.source'),
        ),
        migrations.AddIndex(
            model_name='return',
            index=models.Index(fields=['source', '-asked_at', '-id'], name='return_of_source'),
        ),
        migrations.AddIndex(
            model_name='return',
            index=models.Index(fields=['-asked_at'], name='return_newest'),
        ),
        migrations.AddIndex(
            model_name='return',
            index=models.Index(condition=models.Q(('state', 'asked')), fields=['asked_at'], name='return_open'),
        ),
        migrations.AddIndex(
            model_name='return',
            index=models.Index(condition=models.Q(('state', 'taken')), fields=['decided_at', 'source'], name='return_taken'),
        ),
        migrations.AddConstraint(
            model_name='return',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'asked')), fields=('lead',), name='one_open_return_of_lead'),
        ),
        migrations.AddConstraint(
            model_name='return',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'taken')), fields=('lead',), name='one_taken_return_of_lead'),
        ),
        migrations.AddConstraint(
            model_name='return',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['asked', 'taken', 'refused', 'withdrawn'])), name='return_state_known'),
        ),
        migrations.AddConstraint(
            model_name='return',
            constraint=models.CheckConstraint(condition=models.Q(('reason__in', ['wrong_number', 'disconnected', 'duplicate', 'fraud', 'out_of_footprint', 'never_asked', 'dnc_listed', 'litigator'])), name='return_reason_known'),
        ),
        migrations.AddConstraint(
            model_name='return',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('state', 'asked')), models.Q(models.Q(('state', 'asked'), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='return_decided_with_a_moment'),
        ),
        migrations.AddConstraint(
            model_name='return',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('credit__isnull', False), ('state', 'taken')), models.Q(models.Q(('state', 'taken'), _negated=True), ('credit__isnull', True)), _connector='OR'), name='return_taken_has_a_credit'),
        ),
        migrations.AddConstraint(
            model_name='return',
            constraint=models.CheckConstraint(condition=models.Q(('credit__isnull', True), models.Q(('credit__gte', 0), ('credit__lte', models.F('price'))), _connector='OR'), name='return_credit_up_to_the_price'),
        ),
        migrations.AddConstraint(
            model_name='return',
            constraint=models.CheckConstraint(condition=models.Q(('asked_by__isnull', True), ('asked_key__isnull', True), _connector='OR'), name='return_asked_by_one'),
        ),
        migrations.AddIndex(
            model_name='returncandidate',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['until_at', 'id'], name='return_candidate_open'),
        ),
        migrations.AddIndex(
            model_name='returncandidate',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['source', 'until_at'], name='return_candidate_of_source'),
        ),
        migrations.AddIndex(
            model_name='returncandidate',
            index=models.Index(fields=['-found_at'], name='return_candidate_newest'),
        ),
        migrations.AddConstraint(
            model_name='returncandidate',
            constraint=models.UniqueConstraint(fields=('lead', 'reason', 'ground'), name='return_candidate_once'),
        ),
        migrations.AddConstraint(
            model_name='returncandidate',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['open', 'asked', 'dismissed'])), name='return_candidate_state_known'),
        ),
        migrations.AddConstraint(
            model_name='returncandidate',
            constraint=models.CheckConstraint(condition=models.Q(('ground__in', ['outcome', 'list', 'duplicate', 'agent'])), name='return_candidate_ground_known'),
        ),
        migrations.AddConstraint(
            model_name='returncandidate',
            constraint=models.CheckConstraint(condition=models.Q(('reason__in', ['wrong_number', 'disconnected', 'duplicate', 'fraud', 'out_of_footprint', 'never_asked', 'dnc_listed', 'litigator'])), name='return_candidate_reason_known'),
        ),
        migrations.AddConstraint(
            model_name='returncandidate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('settled_at__isnull', True), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('settled_at__isnull', False)), _connector='OR'), name='return_candidate_settled_with_a_moment'),
        ),
        migrations.AddConstraint(
            model_name='returnterm',
            constraint=models.UniqueConstraint(fields=('source', 'reason'), name='return_term_once_per_reason', violation_error_message='This reason stands there already.'),
        ),
        migrations.AddConstraint(
            model_name='returnterm',
            constraint=models.CheckConstraint(condition=models.Q(('reason__in', ['wrong_number', 'disconnected', 'duplicate', 'fraud', 'out_of_footprint', 'never_asked', 'dnc_listed', 'litigator'])), name='return_term_reason_known'),
        ),
        migrations.AddConstraint(
            model_name='returnterm',
            constraint=models.CheckConstraint(condition=models.Q(('days__gte', 1), ('days__lte', 365)), name='return_term_days_1_to_365'),
        ),
        migrations.AddConstraint(
            model_name='returnterm',
            constraint=models.CheckConstraint(condition=models.Q(('attempts__lte', 20)), name='return_term_attempts_to_20'),
        ),
        migrations.RunSQL(*triggers_sql("intake_returnterm")),
    ]
