"""The chain over the evidence: its tables, the triggers that note and keep rows, and all rows there are already noted."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.db.models.lookups
from django.db import migrations, models

from compliance.evidence.triggers import guard_sql, note_sql, undo_sql

ERASED = "[erased]"
CONFIRMED, RETIRED = ["confirmed_by_id"], ["retired_by_id"]
RULE_MOMENTS = {"confirmed_at": CONFIRMED, "retired_at": RETIRED}

# Table: (kinds, what may change). A kind is its name, or its name with the column whose being set makes the fact.
EVIDENCE = {
    "compliance_decision": (["post decision"], {}),
    "compliance_review": (["review"], {"blanks": {"note": ERASED}}),
    "intake_consentrecord": (
        ["consent record"],
        {
            "blanks": {
                "text": "", "text_sha256": "", "ip_address": None, "user_agent": "", "page_url": "",
                "trustedform_cert_id": "", "jornaya_leadid": "",
            },
        },
    ),
    "compliance_certificateanswer": (
        ["certificate answer"], {"blanks": {"token": "", "phone": "", "asked": {}, "raw": {}}},
    ),
    "compliance_scrubanswer": (["scrub answer"], {"blanks": {"phone": "", "raw": {}}}),
    "compliance_contactdecision": (["contact decision"], {"blanks": {"phone": ""}}),
    "compliance_contactattempt": (["contact attempt"], {"blanks": {"phone": ""}}),
    "compliance_zoneconfirmation": (["zone confirmation"], {"blanks": {"reason": ERASED}}),
    "compliance_suppression": (
        ["suppression", ("suppression release", "released_at")],
        {"once": {"released_at": ["released_by_id", "reopened_by_id"]}, "blanks": {"phone": "", "email": "", "reason": ""}},
    ),
    "compliance_revocation": (
        ["revocation"], {"blanks": {"phone": "", "phone_2": "", "email": "", "words": "", "external_id": ""}},
    ),
    "compliance_businessrelationship": (
        ["business relationship", ("business relationship withdrawal", "withdrawn_at")],
        {
            "once": {"withdrawn_at": ["withdrawn_by_id", "withdrawn_why"]},
            "blanks": {"phone": "", "evidence": ERASED, "withdrawn_why": ERASED},
        },
    ),
    "compliance_dncversion": (
        ["list import", ("list import end", "finished_at")],
        {
            "free": ["state", "history_kept"],
            "once": {"finished_at": ["error", "generation", "rows", "numbers", "added", "removed", "area_codes"]},
        },
    ),
    "compliance_dncfile": (["list file"], {}),
    "compliance_rescrubrun": (["re-scrub"], {}),
    "compliance_listedlead": (
        ["listed lead", ("listed lead cleared", "cleared_at")],
        {"once": {"cleared_at": ["cleared_why"]}, "blanks": {"phone": ""}},
    ),
    "compliance_callingrule": (
        ["calling rule", ("calling rule confirmation", "confirmed_at"), ("calling rule retirement", "retired_at")],
        {"once": RULE_MOMENTS},
    ),
    "compliance_checklistrule": (
        [
            "checklist rule", ("checklist rule confirmation", "confirmed_at"),
            ("checklist rule retirement", "retired_at"),
        ],
        {"once": RULE_MOMENTS},
    ),
    "compliance_emergencyban": (
        ["emergency ban", ("emergency ban end", "ended_at")], {"once": {"ended_at": ["ended_by_id"]}},
    ),
    "compliance_callingpolicy": (["calling policy"], {}),
}
KEYS = {"intake_consentrecord": "lead_id"}


def triggers():
    for table, (kinds, living) in EVIDENCE.items():
        named = [(kind, "") if isinstance(kind, str) else kind for kind in kinds]
        notes = [
            note_sql(kind=kind, table=table, key=KEYS.get(table, "id"), moment=moment) for kind, moment in named
        ]
        yield migrations.RunSQL(
            "\n".join([*notes, guard_sql(table=table, **living)]),
            undo_sql(table=table, kinds=[kind for kind, _ in named]),
        )


class Migration(migrations.Migration):

    dependencies = [
        ('compliance', '0011_revocation'),
        ('intake', '0004_rate_unlogged'),
    ]

    operations = [
        migrations.CreateModel(
            name='EvidencePending',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40)),
                ('row_id', models.CharField(help_text="The row's primary key, as text.", max_length=40)),
                ('noted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'verbose_name': 'evidence to be sealed',
                'verbose_name_plural': 'evidence to be sealed',
                'ordering': ['id'],
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='EvidenceBatch',
            fields=[
                ('number', models.BigIntegerField(help_text='Counts from 1 without gaps.', primary_key=True, serialize=False)),
                ('previous', models.BinaryField(help_text='Hash of the batch before; zeros for the first.')),
                ('root', models.BinaryField(help_text="Merkle root of the leaves' commitments.")),
                ('leaves', models.PositiveIntegerField()),
                ('sealed_at', models.DateTimeField()),
                ('hash', models.BinaryField(help_text='Over number, previous, root, leaves and sealed_at.')),
            ],
            options={
                'verbose_name': 'batch of evidence',
                'verbose_name_plural': 'batches of evidence',
                'ordering': ['number'],
                'default_permissions': ('view',),
                'constraints': [models.CheckConstraint(condition=models.Q(('number__gt', 0)), name='evidence_batch_counts_from_one'), models.CheckConstraint(condition=models.Q(('leaves__gt', 0)), name='evidence_batch_not_empty'), models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('previous'), 32), name='evidence_batch_previous_whole'), models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('root'), 32), name='evidence_batch_root_whole'), models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('hash'), 32), name='evidence_batch_hash_whole')],
            },
        ),
        migrations.CreateModel(
            name='EvidenceLeaf',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField(help_text='Within the batch, from 0.')),
                ('kind', models.CharField(max_length=40)),
                ('row_id', models.CharField(help_text="The row's primary key, as text.", max_length=40)),
                ('public_salt', models.BinaryField()),
                ('personal_salt', models.BinaryField(help_text='Gone once the personal half is erased.', null=True)),
                ('personal_digest', models.BinaryField()),
                ('commitment', models.BinaryField()),
                ('erased_at', models.DateTimeField(null=True)),
                ('erasure', models.CharField(help_text='The receipt of the erasure.', max_length=40, null=True)),
                ('batch', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='compliance.evidencebatch')),
            ],
            options={
                'verbose_name': 'sealed row',
                'ordering': ['batch', 'position'],
                'default_permissions': ('view',),
                'constraints': [models.UniqueConstraint(fields=('batch', 'position'), name='evidence_leaf_position'), models.UniqueConstraint(fields=('kind', 'row_id'), name='evidence_leaf_once'), models.CheckConstraint(condition=models.Q(models.Q(('erased_at__isnull', True), ('erasure__isnull', True), ('personal_salt__isnull', False)), models.Q(('erased_at__isnull', False), ('erasure__isnull', False), ('personal_salt__isnull', True)), _connector='OR'), name='evidence_leaf_erased_whole'), models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('public_salt'), 16), name='evidence_leaf_public_salt_whole'), models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('personal_digest'), 32), name='evidence_leaf_personal_digest_whole'), models.CheckConstraint(condition=django.db.models.lookups.Exact(django.db.models.functions.text.Length('commitment'), 32), name='evidence_leaf_commitment_whole')],
            },
        ),
        migrations.RemoveConstraint(model_name='businessrelationship', name='relationship_phone_e164'),
        migrations.AddConstraint(
            model_name='businessrelationship',
            constraint=models.CheckConstraint(
                condition=models.Q(('phone__regex', '^\\+1[2-9][0-9]{9}$'), models.Q(('evidence', '[erased]'), ('phone', '')), _connector='OR'),
                name='relationship_phone_e164',
            ),
        ),
        # Years of rows may be noted here.
        migrations.RunSQL("SET LOCAL statement_timeout = 0", migrations.RunSQL.noop),
        *triggers(),
        migrations.RunSQL(
            guard_sql(
                table="compliance_evidenceleaf",
                once={"erased_at": ["erasure"]},
                blanks={"personal_salt": None},
            ) + guard_sql(table="compliance_evidencebatch"),
            undo_sql(table="compliance_evidenceleaf", kinds=[])
            + undo_sql(table="compliance_evidencebatch", kinds=[]),
        ),
    ]
