from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('agents', '0015_numbers'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='outcome',
            name='outcome_return_reason_known',
        ),
        migrations.AlterField(
            model_name='outcome',
            name='return_reason',
            field=models.CharField(blank=True, choices=[('wrong_number', 'Wrong number'), ('disconnected', 'Number disconnected'), ('duplicate', 'Duplicate'), ('fraud', 'Made up or fraudulent'), ('out_of_footprint', 'Outside the states or products bought'), ('never_asked', 'Says they never asked'), ('dnc_listed', 'On a do-not-call list'), ('litigator', 'Known litigator')], help_text="Makes the lead one that may be returned, where its source's contract names this reason. Empty: no ground for a return.", max_length=20),
        ),
        migrations.AddConstraint(
            model_name='outcome',
            constraint=models.CheckConstraint(condition=models.Q(('return_reason__in', ['', 'wrong_number', 'disconnected', 'duplicate', 'fraud', 'out_of_footprint', 'never_asked', 'dnc_listed', 'litigator'])), name='outcome_return_reason_known'),
        ),
    ]
