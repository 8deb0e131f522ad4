from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agents', '0018_routing_replay'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='routingreplay',
            name='routing_replay_state_known',
        ),
        migrations.AlterField(
            model_name='routingreplay',
            name='state',
            field=models.CharField(choices=[('waiting', 'Under way'), ('done', 'Done'), ('failed', 'Failed'), ('stopped', 'Stopped')], default='waiting', max_length=8),
        ),
        migrations.AddConstraint(
            model_name='routingreplay',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'done', 'failed', 'stopped'])), name='routing_replay_state_known'),
        ),
    ]
