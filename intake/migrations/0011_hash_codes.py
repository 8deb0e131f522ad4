import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.conf import settings
from django.db import migrations, models

from leadcrm.lib.hashed import codes_of

BATCH = 5000


def add_codes(apps, schema_editor):
    """The codes of the leads that are there: some ten thousand a second."""
    last = 0
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(
                "SELECT id, phone, phone_2, email FROM intake_lead WHERE id > %s AND phone <> '' ORDER BY id LIMIT %s",
                [last, BATCH],
            )
            rows = cursor.fetchall()
            if not rows:
                return
            cursor.executemany(
                "UPDATE intake_lead SET hash_codes = %s WHERE id = %s",
                [(codes_of([phone, phone_2], email), key) for key, phone, phone_2, email in rows],
            )
            last = rows[-1][0]


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0010_pings'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='lead',
            name='hash_codes',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), blank=True, db_default=[], default=list, editable=False, size=None),
        ),
        migrations.RunPython(add_codes, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='lead',
            index=django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=['hash_codes'], name='lead_hash_codes'),
        ),
    ]
