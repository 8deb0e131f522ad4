"""A number in what sessions are signed with, so that a person can be logged out everywhere."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leadcrm', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='session_epoch',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
    ]
