"""Carriers, policies, and what of them was changed."""

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from compliance.evidence.config_triggers import recording_sql
from leadcrm.lib.config import triggers_sql

STAMP = triggers_sql("agents_carrier")
HISTORY = recording_sql("agents_carrier")


class Migration(migrations.Migration):

    dependencies = [
        ('agents', '0010_messages'),
        ('intake', '0007_edits'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PolicyChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('field', models.CharField(help_text='“sold” for the first line.', max_length=20)),
                ('old', models.CharField(blank=True, max_length=120)),
                ('new', models.CharField(blank=True, max_length=120)),
                ('request_id', models.UUIDField()),
            ],
            options={
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Carrier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('active', models.BooleanField(default=True, help_text='Off: no new policies; those sold stay.')),
                ('renewal_days', models.PositiveSmallIntegerField(blank=True, help_text='How many days before a renewal the agent is told. Empty: as usual.', null=True)),
            ],
            options={
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('name'), name='carrier_name_once', violation_error_message='This carrier stands there.'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='carrier_has_a_name'), models.CheckConstraint(condition=models.Q(('renewal_days__isnull', True), ('renewal_days__lte', 365), _connector='OR'), name='carrier_tells_within_a_year')],
            },
        ),
        migrations.CreateModel(
            name='Policy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(blank=True, help_text='Empty until the carrier gives one.', max_length=40)),
                ('product', models.CharField(help_text='Code of the vertical.', max_length=40)),
                ('premium', models.DecimalField(decimal_places=2, max_digits=9)),
                ('currency', models.CharField(default='USD', max_length=3)),
                ('mode', models.CharField(choices=[('monthly', 'a month'), ('quarterly', 'a quarter'), ('annual', 'a year')], default='monthly', max_length=9, verbose_name='paid')),
                ('status', models.CharField(choices=[('applied', 'Applied for'), ('issued', 'Issued'), ('in_force', 'In force'), ('lapsed', 'Lapsed'), ('cancelled', 'Cancelled'), ('declined', 'Declined')], default='applied', max_length=9)),
                ('effective_on', models.DateField(blank=True, null=True, verbose_name='effective')),
                ('renewal_on', models.DateField(blank=True, null=True, verbose_name='renews')),
                ('sold_at', models.DateTimeField()),
                ('version', models.PositiveIntegerField(default=1, help_text='Grows with every change.')),
                ('request_id', models.UUIDField(help_text='Made with the form: a double click sells once.', unique=True)),
                ('renewal_told_on', models.DateField(help_text='The renewal that a follow-up was planned for.', null=True)),
                ('carrier', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='policies', to='agents.carrier')),
                ('lead', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='policies', to='intake.lead')),
                ('sold_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='policies_sold', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'policies',
                'ordering': ['-sold_at', '-pk'],
            },
        ),
        migrations.AddField(
            model_name='followup',
            name='policy',
            field=models.ForeignKey(blank=True, db_index=False, help_text='Whose renewal it is.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='follow_ups', to='agents.policy'),
        ),
        migrations.AddConstraint(
            model_name='followup',
            constraint=models.UniqueConstraint(condition=models.Q(('done_at__isnull', True), ('policy__isnull', False)), fields=('policy',), name='one_open_renewal_of_policy'),
        ),
        migrations.AddField(
            model_name='policychange',
            name='by',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='policychange',
            name='policy',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='agents.policy'),
        ),
        migrations.AddIndex(
            model_name='policy',
            index=models.Index(fields=['lead', '-sold_at'], name='policy_of_lead'),
        ),
        migrations.AddIndex(
            model_name='policy',
            index=models.Index(fields=['sold_by', '-sold_at'], name='policy_of_seller'),
        ),
        migrations.AddIndex(
            model_name='policy',
            index=models.Index(fields=['-sold_at'], name='policy_newest'),
        ),
        migrations.AddIndex(
            model_name='policy',
            index=models.Index(fields=['carrier', '-sold_at'], name='policy_of_carrier'),
        ),
        migrations.AddIndex(
            model_name='policy',
            index=models.Index(django.db.models.functions.text.Upper('number'), name='policy_number'),
        ),
        migrations.AddIndex(
            model_name='policy',
            index=models.Index(condition=models.Q(('renewal_on__isnull', False)), fields=['renewal_on'], name='policy_renewing'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.UniqueConstraint(models.F('carrier'), django.db.models.functions.text.Upper('number'), condition=models.Q(models.Q(('number', ''), _negated=True), models.Q(('status', 'cancelled'), _negated=True)), name='policy_number_once'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['applied', 'issued', 'in_force', 'lapsed', 'cancelled', 'declined'])), name='policy_status_known'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(('mode__in', ['monthly', 'quarterly', 'annual'])), name='policy_mode_known'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(('premium__gte', 0)), name='policy_premium_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(('currency__regex', '^[A-Z]{3}$')), name='policy_currency_code'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(('effective_on__isnull', True), ('renewal_on__isnull', True), ('renewal_on__gt', models.F('effective_on')), _connector='OR'), name='policy_renews_after_it_begins'),
        ),
        migrations.AddConstraint(
            model_name='policy',
            constraint=models.CheckConstraint(condition=models.Q(('status', 'applied'), ('status', 'declined'), models.Q(('number', ''), _negated=True), _connector='OR'), name='policy_issued_with_a_number'),
        ),
        migrations.AddIndex(
            model_name='policychange',
            index=models.Index(fields=['policy', '-at'], name='change_of_policy'),
        ),
        migrations.AddConstraint(
            model_name='policychange',
            constraint=models.UniqueConstraint(fields=('request_id', 'field'), name='policy_change_once'),
        ),
        migrations.RunSQL(*STAMP),
        migrations.RunSQL(*HISTORY),
    ]
