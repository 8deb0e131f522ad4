import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import intake.models.webhooks
import leadcrm.lib.ids
import leadcrm.lib.sealed_json
from leadcrm.lib.config import triggers_sql


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0007_edits'),
    ]

    operations = [
        migrations.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('delivered', 'Delivered'), ('given_up', 'Given up')], default='waiting', max_length=9)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('due_at', models.DateTimeField(null=True)),
                ('delivered_at', models.DateTimeField(null=True)),
                ('last_status', models.PositiveSmallIntegerField(help_text='HTTP status of the last answer.', null=True)),
                ('last_error', models.CharField(blank=True, help_text='Why there was none.', max_length=24)),
            ],
            options={
                'verbose_name_plural': 'webhook deliveries',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='WebhookEndpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True)),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('lead.accepted', 'A post was accepted'), ('lead.rejected', 'A post was rejected'), ('lead.assigned', 'A lead got its owner'), ('lead.contacted', 'The person was reached'), ('lead.status_changed', 'A lead changed its stage'), ('lead.sold', 'A lead was sold'), ('lead.returned', 'A lead was returned'), ('consent.revoked', 'The person asked us to stop')], max_length=24), size=None, verbose_name='events')),
                ('method', models.CharField(choices=[('POST', 'POST'), ('GET', 'GET')], default='POST', max_length=4)),
                ('url', models.TextField(help_text='May hold macros such as {vendor_lead_id} behind the host.', verbose_name='URL')),
                ('template', models.TextField(blank=True, help_text='The body, with macros, for a receiver that cannot be changed. Empty: signed JSON.')),
                ('content_type', models.CharField(default='application/json', max_length=80)),
                ('contact_data', models.BooleanField(default=False, help_text='Also send name, phone, e-mail and the agent: to systems of ours only.')),
                ('notify', models.EmailField(blank=True, help_text='Who is written to when the endpoint is disabled.', max_length=254)),
                ('secrets', leadcrm.lib.sealed_json.SealedJSONField(default=intake.models.webhooks._new_secrets, editable=False)),
                ('state', models.CharField(choices=[('active', 'Active'), ('paused', 'Paused by a person'), ('disabled', 'Disabled: it failed for days'), ('retired', 'Retired: collects nothing')], default='active', max_length=8)),
                ('disabled_at', models.DateTimeField(editable=False, null=True)),
                ('disabled_why', models.CharField(blank=True, editable=False, max_length=120)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('vendor', models.ForeignKey(blank=True, help_text="Told of this vendor's leads only, and never of people. Empty: a system of ours, told of all.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='webhooks', to='intake.vendor')),
            ],
            options={
                'verbose_name': 'webhook',
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='WebhookAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('ms', models.FloatField(default=0)),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('error', models.CharField(blank=True, max_length=24)),
                ('exchange', leadcrm.lib.sealed_json.SealedJSONField(default=dict, help_text='method, url, body; answer, as far as it is kept.')),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='log', to='intake.webhookdelivery')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='WebhookHealth',
            fields=[
                ('endpoint', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='health', serialize=False, to='intake.webhookendpoint')),
                ('failing_since', models.DateTimeField(help_text='The first of the failures that no success has ended.', null=True)),
                ('tell_at', models.DateTimeField(help_text='When to write that it was disabled.', null=True)),
            ],
        ),
        migrations.AddField(
            model_name='webhookdelivery',
            name='endpoint',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='intake.webhookendpoint'),
        ),
        migrations.CreateModel(
            name='WebhookEvent',
            fields=[
                ('id', models.UUIDField(default=leadcrm.lib.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('lead.accepted', 'A post was accepted'), ('lead.rejected', 'A post was rejected'), ('lead.assigned', 'A lead got its owner'), ('lead.contacted', 'The person was reached'), ('lead.status_changed', 'A lead changed its stage'), ('lead.sold', 'A lead was sold'), ('lead.returned', 'A lead was returned'), ('consent.revoked', 'The person asked us to stop'), ('endpoint.test', 'A test')], max_length=24)),
                ('at', models.DateTimeField()),
                ('data', models.JSONField(default=dict, help_text="Stages, a reason's code, keys. People are read when sent.")),
                ('lead', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='webhook_events', to='intake.lead')),
                ('submission', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='intake.submission')),
                ('vendor', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='intake.vendor')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.AddField(
            model_name='webhookdelivery',
            name='event',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='intake.webhookevent'),
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['active', 'paused', 'disabled', 'retired'])), name='webhook_state_known'),
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.CheckConstraint(condition=models.Q(('method__in', ['POST', 'GET'])), name='webhook_method_known'),
        ),
        migrations.AddConstraint(
            model_name='webhookendpoint',
            constraint=models.CheckConstraint(condition=models.Q(('vendor__isnull', True), ('contact_data', False), _connector='OR'), name='webhook_no_people_to_vendors'),
        ),
        migrations.AddIndex(
            model_name='webhookevent',
            index=models.Index(fields=['-at'], name='webhook_event_newest'),
        ),
        migrations.AddConstraint(
            model_name='webhookevent',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['lead.accepted', 'lead.rejected', 'lead.assigned', 'lead.contacted', 'lead.status_changed', 'lead.sold', 'lead.returned', 'consent.revoked', 'endpoint.test'])), name='webhook_event_kind_known'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['endpoint', 'due_at'], name='webhook_due'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(fields=['endpoint', '-id'], name='webhook_of_endpoint'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(condition=models.Q(('state', 'delivered'), _negated=True), fields=['-id'], name='webhook_not_delivered'),
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.UniqueConstraint(fields=('event', 'endpoint'), name='webhook_once_per_endpoint'),
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'delivered', 'given_up'])), name='webhook_delivery_known'),
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('state', 'waiting')), models.Q(models.Q(('state', 'waiting'), _negated=True), ('due_at__isnull', True)), _connector='OR'), name='webhook_waits_with_a_moment'),
        ),
        migrations.RunSQL(*triggers_sql("intake_webhookendpoint")),
    ]
