"""Authenticator apps and backup codes: the second factor of a login."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("agents", "0012_hand_over"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Authenticator',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='The human-readable name of this device.', max_length=64)),
                ('confirmed', models.BooleanField(default=True, help_text='Is this device ready for use?')),
                ('throttling_failure_timestamp', models.DateTimeField(blank=True, default=None, help_text='A timestamp of the last failed verification attempt. Null if last attempt succeeded.', null=True)),
                ('throttling_failure_count', models.PositiveIntegerField(default=0, help_text='Number of successive failed attempts.')),
                ('sealed_key', models.TextField(help_text='The shared secret in base32, sealed.')),
                ('last_step', models.BigIntegerField(default=-1, help_text='Of the last code taken; it is not taken again.')),
                ('created_at', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('used_at', models.DateTimeField(null=True)),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='authenticator', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='BackupCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64)),
                ('used_at', models.DateTimeField(null=True)),
                ('authenticator', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='backup_codes', to='agents.authenticator')),
            ],
        ),
        migrations.AddConstraint(
            model_name='authenticator',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('confirmed', True), ('confirmed_at__isnull', False)), models.Q(('confirmed', False), ('confirmed_at__isnull', True)), _connector='OR'), name='authenticator_confirmed_has_moment'),
        ),
        migrations.AddConstraint(
            model_name='backupcode',
            constraint=models.UniqueConstraint(fields=('authenticator', 'digest'), name='backup_code_once'),
        ),
    ]
