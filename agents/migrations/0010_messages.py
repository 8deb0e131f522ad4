"""Messages on their way, texts that came in, the agency's wordings with a few to begin with; their changes are recorded."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from compliance.evidence.config_triggers import recording_sql
from leadcrm.lib.config import triggers_sql

TABLE = "agents_messagetemplate"
SHIPPED = (
    (
        "text", "We missed each other", "",
        (
            "Hi {first_name|there}, {agent_first_name} at {agency} here, about the {product} coverage you asked for. "
            "When may I call you? Reply STOP to opt out."
        ),
    ),
    (
        "text", "Confirm the appointment", "",
        (
            "Hi {first_name|there}, {agent_first_name} at {agency} here. I will call you as we agreed. "
            "If another time suits you better, just reply. Reply STOP to opt out."
        ),
    ),
    (
        "email", "Introduction", "Your question about {product} coverage",
        (
            "Hello {first_name|there},\n\nThank you for asking about {product} coverage. I am a licensed agent with "
            "{agency} and would be glad to answer your questions.\n\nReply to this e-mail and tell me when it suits you "
            "to talk.\n\n{agent}"
        ),
    ),
    (
        "email", "We missed each other", "I tried to reach you about {product} coverage",
        (
            "Hello {first_name|there},\n\nI tried to call you about the {product} coverage you asked for. "
            "When is a good time to talk?\n\n{agent}\n{agency}"
        ),
    ),
)  # fmt: skip


def add_templates(apps, schema_editor):
    template = apps.get_model("agents", "MessageTemplate")
    template.objects.bulk_create(
        template(channel=channel, name=name, subject=subject, body=body, position=10 * number)
        for number, (channel, name, subject, body) in enumerate(SHIPPED, start=1)
    )


class Migration(migrations.Migration):

    dependencies = [
        ('agents', '0012_sla'),
        ('compliance', '0020_revocation_by_link'),
        ('intake', '0005_erasure'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='communication',
            name='subject',
            field=models.CharField(blank=True, help_text='Of an e-mail.', max_length=200),
        ),
        migrations.CreateModel(
            name='MessageTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('text', 'Text'), ('email', 'E-mail')], max_length=5)),
                ('name', models.CharField(max_length=60)),
                ('subject', models.CharField(blank=True, help_text='Of an e-mail.', max_length=200)),
                ('body', models.TextField(max_length=5000)),
                ('active', models.BooleanField(default=True, help_text='Off: agents no longer see it.')),
                ('position', models.PositiveSmallIntegerField(default=100, help_text='Smaller stands further up.')),
            ],
            options={
                'verbose_name': 'message template',
                'ordering': ['channel', 'position', 'name'],
                'constraints': [models.UniqueConstraint(fields=('channel', 'name'), name='message_template_name_once'), models.CheckConstraint(condition=models.Q(('channel__in', ['text', 'email'])), name='message_template_channel_known'), models.CheckConstraint(condition=models.Q(models.Q(('channel', 'text'), ('subject', '')), models.Q(('channel', 'email'), models.Q(('subject', ''), _negated=True)), _connector='OR'), name='message_template_subject_of_emails')],
            },
        ),
        migrations.CreateModel(
            name='BridgedCall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider', models.CharField(choices=[('mail', 'Mail server'), ('twilio', 'Twilio')], max_length=8)),
                ('state', models.CharField(choices=[('queued', 'Waiting to be sent'), ('sending', 'Being sent'), ('unsure', 'Perhaps sent'), ('sent', 'Sent'), ('delivered', 'Delivered'), ('undelivered', 'Not delivered'), ('failed', 'Not sent')], default='queued', max_length=11)),
                ('public_id', models.UUIDField(default=uuid.uuid4, help_text='Names it in addresses the provider or the person calls.', unique=True)),
                ('to', models.CharField(blank=True, help_text='Number or address; empty once erased.', max_length=254)),
                ('sender', models.CharField(blank=True, max_length=254)),
                ('provider_id', models.CharField(blank=True, help_text="The provider's own number for it.", max_length=128)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('error_code', models.CharField(blank=True, max_length=40)),
                ('error', models.CharField(blank=True, max_length=200)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('phone', models.CharField(blank=True, help_text="The person's, E.164; `to` is the agent's.", max_length=16)),
                ('connected_at', models.DateTimeField(blank=True, help_text='The agent pressed a key.', null=True)),
                ('seconds', models.PositiveIntegerField(blank=True, help_text='Talked with the person.', null=True)),
                ('decision', models.OneToOneField(help_text='The yes on which it was begun.', on_delete=django.db.models.deletion.PROTECT, related_name='bridged_call', to='compliance.contactdecision')),
                ('lead', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='bridged_calls', to='intake.lead')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'bridged call',
                'ordering': ['-pk'],
                'default_permissions': ('view',),
                'indexes': [models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='bridged_call_due'), models.Index(fields=['lead', '-created_at'], name='bridged_call_of_lead')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'sending', 'unsure', 'sent', 'delivered', 'undelivered', 'failed'])), name='bridged_call_state_known'), models.CheckConstraint(condition=models.Q(('provider__in', ['mail', 'twilio'])), name='bridged_call_provider_known'), models.UniqueConstraint(condition=models.Q(('provider_id', ''), _negated=True), fields=('provider_id',), name='bridged_call_provider_id_once'), models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('state__in', ('queued', 'sending'))), models.Q(models.Q(('state__in', ('queued', 'sending')), _negated=True), ('due_at__isnull', True)), _connector='OR'), name='bridged_call_due_while_on_its_way')],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider', models.CharField(choices=[('mail', 'Mail server'), ('twilio', 'Twilio')], max_length=8)),
                ('state', models.CharField(choices=[('queued', 'Waiting to be sent'), ('sending', 'Being sent'), ('unsure', 'Perhaps sent'), ('sent', 'Sent'), ('delivered', 'Delivered'), ('undelivered', 'Not delivered'), ('failed', 'Not sent')], default='queued', max_length=11)),
                ('public_id', models.UUIDField(default=uuid.uuid4, help_text='Names it in addresses the provider or the person calls.', unique=True)),
                ('to', models.CharField(blank=True, help_text='Number or address; empty once erased.', max_length=254)),
                ('sender', models.CharField(blank=True, max_length=254)),
                ('provider_id', models.CharField(blank=True, help_text="The provider's own number for it.", max_length=128)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('error_code', models.CharField(blank=True, max_length=40)),
                ('error', models.CharField(blank=True, max_length=200)),
                ('created_at', models.DateTimeField()),
                ('updated_at', models.DateTimeField()),
                ('reply_to', models.CharField(blank=True, max_length=254)),
                ('segments', models.PositiveSmallIntegerField(blank=True, help_text='Parts a text was billed as.', null=True)),
                ('communication', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='delivery', to='agents.communication')),
            ],
            options={
                'verbose_name_plural': 'deliveries',
                'ordering': ['-pk'],
                'default_permissions': ('view', 'change'),
                'indexes': [models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='delivery_due'), models.Index(condition=models.Q(('state__in', ['unsure', 'failed'])), fields=['updated_at'], name='delivery_odd')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'sending', 'unsure', 'sent', 'delivered', 'undelivered', 'failed'])), name='delivery_state_known'), models.CheckConstraint(condition=models.Q(('provider__in', ['mail', 'twilio'])), name='delivery_provider_known'), models.UniqueConstraint(condition=models.Q(('provider_id', ''), _negated=True), fields=('provider_id',), name='delivery_provider_id_once'), models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', False), ('state__in', ('queued', 'sending'))), models.Q(models.Q(('state__in', ('queued', 'sending')), _negated=True), ('due_at__isnull', True)), _connector='OR'), name='delivery_due_while_on_its_way')],
            },
        ),
        migrations.CreateModel(
            name='InboundText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider_id', models.CharField(max_length=128, unique=True)),
                ('phone', models.CharField(blank=True, help_text='Who wrote; empty once erased.', max_length=32)),
                ('to', models.CharField(blank=True, max_length=32)),
                ('body', models.TextField(blank=True)),
                ('received_at', models.DateTimeField()),
                ('asked_to_stop', models.BooleanField(default=False)),
                ('handled_at', models.DateTimeField(blank=True, null=True)),
                ('communication', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='inbound_text', to='agents.communication')),
                ('handled_by', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('lead', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='inbound_texts', to='intake.lead')),
            ],
            options={
                'verbose_name': 'text that came in',
                'verbose_name_plural': 'texts that came in',
                'ordering': ['-pk'],
                'default_permissions': ('view', 'change'),
                'indexes': [models.Index(condition=models.Q(('lead__isnull', False)), fields=['lead'], name='inbound_text_of_lead'), models.Index(condition=models.Q(('phone', ''), _negated=True), fields=['phone'], name='inbound_text_of_phone'), models.Index(condition=models.Q(('handled_at__isnull', True), ('lead__isnull', True)), fields=['received_at'], name='inbound_text_unmatched')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('communication__isnull', True), ('lead__isnull', True)), models.Q(('communication__isnull', False), ('lead__isnull', False)), _connector='OR'), name='inbound_text_of_lead_is_said')],
            },
        ),
        migrations.RunPython(add_templates, migrations.RunPython.noop),
        migrations.RunSQL(*triggers_sql(TABLE)),
        migrations.RunSQL(*recording_sql(TABLE)),
    ]
