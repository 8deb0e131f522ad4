"""Unanswered people, the longest waiting first, without a walk through everything that is due."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agents', '0018_scorecards'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='followup',
            index=models.Index(condition=models.Q(('done_at__isnull', True), ('kind', 'reply')), fields=['due_at'], name='open_reply_due'),
        ),
    ]
