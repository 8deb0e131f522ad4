"""Figures by week, and of all leads by day. New tables; filled at once, then counted anew in the background."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

_COHORT = (
    "leads", "cost", "attempts", "dialed", "contacted", "quoted", "sold", "policies", "premium", "returned", "credit",
)
_COHORT_ARRAYS = {"assigned_in": 34, "dialed_in": 34, "contacted_in": 34, "hours": 24, "hours_in_5": 24}
_ACTIVITY = (
    "given", "called", "reached", "dials", "talks", "texts", "emails", "quoted", "policies", "premium", "lapsed",
)
_ACTIVITY_ARRAYS = {"called_in": 34}
_WEEK = "day - (extract(isodow FROM day)::int - 1)"


def _filled(table, made_of, keys, names, arrays):
    """`keys`: by column of `table` what stands there."""
    sums = ", ".join([
        *keys.values(), *(f"sum({name})" for name in names),
        *(
            f"ARRAY[{','.join(f'sum({name}[{place}])' for place in range(1, size + 1))}]::int[]"
            for name, size in arrays.items()
        ),
    ])
    groups = ", ".join(str(n) for n, _ in enumerate(keys, 1))
    return migrations.RunSQL(
        f"INSERT INTO {table} ({', '.join([*keys, *names, *arrays])}) "  # noqa: S608 - constants
        f"SELECT {sums} FROM {made_of} GROUP BY {groups}",
        migrations.RunSQL.noop,
    )


class Migration(migrations.Migration):

    dependencies = [
        ('agents', '0019_replay_stopped'),
        ('intake', '0014_imports'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DayFigures',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('leads', models.IntegerField()),
                ('cost', models.DecimalField(decimal_places=2, max_digits=14)),
                ('attempts', models.IntegerField()),
                ('dialed', models.IntegerField()),
                ('contacted', models.IntegerField()),
                ('quoted', models.IntegerField()),
                ('sold', models.IntegerField()),
                ('policies', models.IntegerField()),
                ('premium', models.DecimalField(decimal_places=2, help_text='A year, of policies that stand.', max_digits=14)),
                ('returned', models.IntegerField()),
                ('credit', models.DecimalField(decimal_places=2, help_text='What vendors gave back.', max_digits=14)),
                ('assigned_in', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('dialed_in', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('contacted_in', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('hours', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), db_default=[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], size=None)),
                ('hours_in_5', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), db_default=[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], help_text='Of these, dialed within five minutes.', size=None)),
                ('day', models.DateField(unique=True)),
            ],
            options={
                'ordering': ['day'],
            },
        ),
        migrations.CreateModel(
            name='ActivityWeeks',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('given', models.IntegerField(help_text='Leads that came to them, each once.')),
                ('called', models.IntegerField(help_text='Of these, dialed by them since.')),
                ('reached', models.IntegerField(help_text='Of these, spoken with by them since.')),
                ('called_in', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), help_text='From coming to them to their first dial.', size=None)),
                ('dials', models.IntegerField()),
                ('talks', models.IntegerField(help_text='Contacts that reached the person.')),
                ('texts', models.IntegerField()),
                ('emails', models.IntegerField()),
                ('quoted', models.IntegerField()),
                ('policies', models.IntegerField()),
                ('premium', models.DecimalField(decimal_places=2, help_text='A year, of policies that stand.', max_digits=14)),
                ('lapsed', models.IntegerField(help_text='Leads lost by leaving them untouched.')),
                ('week', models.DateField(help_text='Its Monday.')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['week', 'person'],
                'constraints': [models.UniqueConstraint(fields=('week', 'person'), name='activity_weeks_once')],
            },
        ),
        migrations.CreateModel(
            name='OwnerWeeks',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('leads', models.IntegerField()),
                ('cost', models.DecimalField(decimal_places=2, max_digits=14)),
                ('attempts', models.IntegerField()),
                ('dialed', models.IntegerField()),
                ('contacted', models.IntegerField()),
                ('quoted', models.IntegerField()),
                ('sold', models.IntegerField()),
                ('policies', models.IntegerField()),
                ('premium', models.DecimalField(decimal_places=2, help_text='A year, of policies that stand.', max_digits=14)),
                ('returned', models.IntegerField()),
                ('credit', models.DecimalField(decimal_places=2, help_text='What vendors gave back.', max_digits=14)),
                ('assigned_in', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('dialed_in', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('contacted_in', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('hours', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), db_default=[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], size=None)),
                ('hours_in_5', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), db_default=[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], help_text='Of these, dialed within five minutes.', size=None)),
                ('week', models.DateField(help_text='Its Monday.')),
                ('owner', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['week', 'owner'],
                'constraints': [models.UniqueConstraint(fields=('week', 'owner'), name='owner_weeks_once', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='SourceWeeks',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('leads', models.IntegerField()),
                ('cost', models.DecimalField(decimal_places=2, max_digits=14)),
                ('attempts', models.IntegerField()),
                ('dialed', models.IntegerField()),
                ('contacted', models.IntegerField()),
                ('quoted', models.IntegerField()),
                ('sold', models.IntegerField()),
                ('policies', models.IntegerField()),
                ('premium', models.DecimalField(decimal_places=2, help_text='A year, of policies that stand.', max_digits=14)),
                ('returned', models.IntegerField()),
                ('credit', models.DecimalField(decimal_places=2, help_text='What vendors gave back.', max_digits=14)),
                ('assigned_in', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('dialed_in', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('contacted_in', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ('hours', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), db_default=[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], size=None)),
                ('hours_in_5', django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), db_default=[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], help_text='Of these, dialed within five minutes.', size=None)),
                ('week', models.DateField(help_text='Its Monday.')),
                ('source', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='intake.source')),
            ],
            options={
                'ordering': ['week', 'source'],
                'constraints': [models.UniqueConstraint(fields=('week', 'source'), name='source_weeks_once')],
            },
        ),
        _filled("agents_dayfigures", "agents_sourcefigures", {"day": "day"}, _COHORT, _COHORT_ARRAYS),
        *(
            _filled(table, made_of, {"week": _WEEK, key: key}, names, arrays)
            for table, made_of, key, names, arrays in (
                ("agents_sourceweeks", "agents_sourcefigures", "source_id", _COHORT, _COHORT_ARRAYS),
                ("agents_ownerweeks", "agents_ownerfigures", "owner_id", _COHORT, _COHORT_ARRAYS),
                ("agents_activityweeks", "agents_activityfigures", "person_id", _ACTIVITY, _ACTIVITY_ARRAYS),
            )
        ),
    ]
