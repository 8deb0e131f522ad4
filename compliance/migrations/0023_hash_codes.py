import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.conf import settings
from django.db import migrations, models

from compliance.evidence.triggers import guard_sql
from leadcrm.lib.hashed import codes_of

LIVING = {
    "once": {"released_at": ["released_by_id", "reopened_by_id"]},
    "blanks": {"phone": "", "email": "", "reason": ""},
}
FREE = ["phone_hash", "email_hash"]


def add_codes(apps, schema_editor):
    """The codes of the numbers and addresses that are there. Of people erased before, no hash can be made any more."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT id, phone, email FROM compliance_suppression WHERE phone <> '' OR email <> ''")
        cursor.executemany(
            "UPDATE compliance_suppression SET hash_codes = %s WHERE id = %s",
            [(codes_of([phone], email), key) for key, phone, email in cursor.fetchall()],
        )


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0022_record_prices'),
        ('intake', '0011_hash_codes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='suppression',
            name='hash_codes',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), blank=True, db_default=[], default=list, editable=False, help_text="What a ping's hash finds this row by (leadcrm.lib.hashed).", size=None),
        ),
        migrations.AddField(
            model_name='suppression',
            name='hash_digests',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), blank=True, db_default=[], default=list, editable=False, help_text='The same of a person who was erased: keyed digests of the hashes.', size=None),
        ),
        migrations.RunSQL(
            guard_sql(table="compliance_suppression", free=[*FREE, "hash_codes", "hash_digests"], **LIVING),
            guard_sql(table="compliance_suppression", free=FREE, **LIVING),
        ),
        migrations.RunPython(add_codes, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='suppression',
            index=django.contrib.postgres.indexes.GinIndex(condition=models.Q(('released_at__isnull', True)), fastupdate=False, fields=['hash_codes'], name='suppressed_hash_codes'),
        ),
        migrations.AddIndex(
            model_name='suppression',
            index=django.contrib.postgres.indexes.GinIndex(condition=models.Q(('released_at__isnull', True)), fastupdate=False, fields=['hash_digests'], name='suppressed_hash_digests'),
        ),
    ]
