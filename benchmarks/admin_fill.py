"""What a big agency's managers look at beside its leads: 50 vendors, three posts for every lead, long logs.

Rows are made by the tests' own factories, one of a kind, and multiplied by SQL: every desk of the admin has as many as
there would be, also one that is added tomorrow.
"""

from typing import Any, Final

from django.db import DatabaseError, connection, models, transaction

VENDORS, SOURCES_EACH = 50, 3
# Refused posts, for each lead.
REFUSED: Final = 2
# Rows of each big table without a size of its own; and of what grows with people and contracts, not with leads.
LOG_ROWS: Final = 200_000
SMALL_ROWS: Final = 400
SIZES: Final = {
    "agents.License": 8_000, "agents.Assignment": 0, "agents.Policy": 0, "intake.Lead": 0, "intake.Submission": 0,
    "compliance.HeldPost": 0, "compliance.Decision": 0, "intake.Vendor": 0, "intake.Source": 0, "agents.Agent": 0,
    "leadcrm.User": 0, "auth.Group": 12, "agents.Team": 0, "agents.Pool": 30, "intake.Vertical": 0,
    "agents.Carrier": 60, "agents.Outcome": 0, "agents.CadenceStep": 0, "agents.ReportSchedule": 40,
    "compliance.DncList": 0, "compliance.CallingRule": 0, "compliance.ChecklistRule": 0, "compliance.CallingPolicy": 0,
    "compliance.Trial": 0,
    "compliance.ConfigChange": 500_000,
}  # fmt: skip
# Parts of unique keys with a shape that the database holds them to.
KEPT: Final = ("state", "line", "scope", "kind", "origin", "days")
_REFUSED = """
INSERT INTO intake_submission (id, source_id, api_key_id, received_at, test, state, content_type, body, query, headers,
    remote_ip, replay_key, payload_digest, vendor_lead_id, reason, lead_number, price, answer, answer_type,
    answer_status, processed_ms, attempts, due_at, error)
SELECT gen_random_uuid(), (%(sources)s::bigint[])[1 + n %% cardinality(%(sources)s::bigint[])], NULL,
    now() - interval '180 days' * random(), n %% 50 = 0,
    CASE WHEN n %% 400 = 0 THEN 'held' WHEN n %% 20000 = 1 THEN 'failed' ELSE 'rejected' END,
    'application/json', convert_to(repeat('x', 700), 'UTF8'), '', '{}', '192.0.2.1', gen_random_uuid(),
    gen_random_uuid(), 'R-' || n, (ARRAY['duplicate','filter_mismatch','cap_reached','invalid_phone'])[1 + n %% 4],
    NULL, 0, repeat('y', 180), 'application/json', 200, 10, 0, NULL, ''
FROM generate_series(1, %(count)s) AS n
"""


def fill_desks(leads: int) -> None:
    """Fill what the admin shows beside `leads` leads that are there."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("SET statement_timeout = 0")
    except DatabaseError as error:
        raise SystemExit(
            "The admin's benchmark fills tables past their triggers: as a superuser only."
        ) from error
    sources = _contracts()
    with connection.cursor() as cursor:
        cursor.execute(_REFUSED, {"sources": sources, "count": leads * REFUSED})
        # A share of the leads with every source, not with two.
        cursor.execute(
            "UPDATE intake_lead SET source_id = s.id, vendor_id = s.vendor_id FROM intake_source AS s"
            " WHERE intake_lead.id %% 3 = 0 AND s.id = (%(sources)s::bigint[])[1 + intake_lead.id %% %(many)s]",
            {"sources": sources, "many": len(sources)},
        )
    _multiply_all(leads)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("SET session_replication_role = DEFAULT")


def _contracts() -> list[int]:
    from leadcrm.testing.factories import SourceFactory, VendorFactory

    with transaction.atomic():
        for number in range(VENDORS):
            vendor = VendorFactory.create(name=f"Desk Vendor {number:02}")
            for which in range(SOURCES_EACH):
                SourceFactory.create(vendor=vendor, name=f"Contract {which}", status="live")
    from intake.models import Source

    return list(Source.objects.order_by("pk").values_list("pk", flat=True))


def _multiply_all(leads: int) -> None:
    from django.contrib import admin

    from agents.tests.admin_support import MAKE
    from leadcrm.lib.admin.desk import BigDesk

    for model, desk in admin.site._registry.items():
        many = SIZES.get(model._meta.label, LOG_ROWS if isinstance(desk, BigDesk) else SMALL_ROWS)
        if model._meta.label.startswith("axes."):
            many = LOG_ROWS
        if not many or model not in MAKE:
            continue
        try:
            with transaction.atomic():
                _multiply(MAKE[model](), min(many, leads))
        except DatabaseError as error:
            print(f"  ({model._meta.label}: not multiplied: {str(error).splitlines()[0]})", flush=True)


def _multiply(row: Any, many: int) -> None:
    """`many` rows like `row`, half a year back in even steps, each of another lead."""
    model = type(row)
    unique = _unique_columns(model)
    columns, values = [], []
    for field in model._meta.concrete_fields:
        if field.primary_key and not isinstance(field, models.UUIDField) and not field.is_relation:
            continue
        columns.append(f'"{field.column}"')
        values.append(_value(field, unique))
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id), max(id) FROM intake_lead WHERE first_name <> 'Consumer'")
        first, last = cursor.fetchone()
        cursor.execute(
            f'INSERT INTO "{table}" ({", ".join(columns)}) SELECT {", ".join(values)}'
            f' FROM "{table}" AS t, generate_series(1, %(many)s) AS n'
            f' WHERE t."{model._meta.pk.column}" = %(key)s ON CONFLICT DO NOTHING',
            {"many": many, "key": row.pk, "first": first, "span": max(last - first, 1)},
        )


def _unique_columns(model: type[models.Model]) -> set[str]:
    single = {field.name for field in model._meta.concrete_fields if field.unique}
    grouped = [c.fields for c in model._meta.constraints if isinstance(c, models.UniqueConstraint)]
    together = {name for names in (*grouped, *model._meta.unique_together) for name in names}
    return single | together


def _value(field: Any, unique: set[str]) -> str:
    column = f't."{field.column}"'
    if field.is_relation and field.related_model._meta.label == "intake.Lead":
        return "%(first)s + (n * 7919::bigint) %% %(span)s"
    if isinstance(field, models.DateTimeField):
        return f"{column} - interval '180 days' * (%(many)s - n) / %(many)s"
    if field.name == "phone":
        return "'+1512' || lpad((2000000 + n)::text, 7, '0')"
    if isinstance(field, models.UUIDField):
        return "gen_random_uuid()"
    if field.name in unique and not field.is_relation and not field.choices and field.name not in KEPT:
        if isinstance(field, models.CharField | models.TextField):
            return f"left({column}, {max((field.max_length or 40) - 8, 0)}) || n"
        if isinstance(field, models.DateField):
            return f"{column} + n::int"
        if isinstance(field, models.IntegerField):
            return f"{column} + n"
    return column
