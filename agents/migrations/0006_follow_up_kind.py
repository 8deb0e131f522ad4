from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agents', '0005_config_changes'),
        ('intake', '0005_erasure'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='followup',
            name='kind',
            field=models.CharField(choices=[('promise', 'Promised'), ('cadence', 'Next try'), ('reply', 'They wrote or called'), ('renewal', 'Renewal')], default='promise', max_length=8),
        ),
        migrations.AddConstraint(
            model_name='followup',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['promise', 'cadence', 'reply', 'renewal'])), name='follow_up_kind_known'),
        ),
    ]
