"""Stored leads by the hundred thousand, with everything that hangs on one, written by SQL."""

from django.db import connection

# People of the filled leads live in other area codes than those that post, so that they are no duplicates; they
# share every index with them.
_FILL = """
WITH numbers AS (SELECT nextval('intake_lead_id_seq') AS id, n FROM generate_series(1, %(count)s) AS n),
people AS (
    SELECT id, gen_random_uuid() AS submission_id, n,
        now() - interval '180 days' * random() AS at,
        '+1' || (ARRAY['210','254','325','430','432','469','682','737','806','817'])[1 + n %% 10]
            || (2 + floor(random() * 8))::int || lpad(floor(random() * 1000000)::int::text, 6, '0') AS phone,
        'filled.' || id || '@example.com' AS email
    FROM numbers
),
posts AS (
    INSERT INTO intake_submission (id, source_id, api_key_id, received_at, test, state, content_type, body, query,
        headers, remote_ip, replay_key, payload_digest, vendor_lead_id, reason, lead_number, price, answer,
        answer_type, answer_status, processed_ms, attempts, due_at, error)
    SELECT submission_id, %(source)s, NULL, at, false, 'accepted', 'application/json',
        convert_to(repeat('x', 700), 'UTF8'), '', '{}', '192.0.2.1', gen_random_uuid(), gen_random_uuid(),
        'F-' || id, '', id, 22, repeat('y', 180), 'application/json', 200, 10, 0, NULL, ''
    FROM people
),
leads AS (
    INSERT INTO intake_lead (id, submission_id, source_id, vendor_id, vendor_lead_id, received_at, generated_at,
        first_name, last_name, phone, phone_extension, phone_2, email, address, address_2, city, state, zip,
        zip_plus4, date_of_birth, age, gender, interest, attributes, extra, tracking, ip_address, user_agent, price,
        currency, status, status_at, owner_id, assigned_at, unassigned_why, touched_at, attempts, hash_codes)
    SELECT id, submission_id, %(source)s, %(vendor)s, 'F-' || id, at, at, 'Filled', 'Person ' || n, phone, '', '',
        email, '', '', '', 'TX', '75201', '', NULL, NULL, '', 'final_expense', '{}', '{}', '{}', '192.0.2.1', '', 22,
        'USD', CASE WHEN n %% 20 = 0 THEN 'contacted' WHEN n %% 25 = 0 THEN 'sold' ELSE 'lost' END, at,
        (%(owners)s::bigint[])[1 + n %% cardinality(%(owners)s::bigint[])], at, '', at, 3,
        ARRAY(SELECT hashint8(id * 6 + k) FROM generate_series(0, 5) AS k)
    FROM people
),
consents AS (
    INSERT INTO intake_consentrecord (lead_id, given, text, text_sha256, ip_address, user_agent, given_at, page_url,
        seller, trustedform_cert_id, jornaya_leadid, created_at)
    SELECT id, true, repeat('I agree. ', 20), repeat('a', 64), '192.0.2.1', 'Mozilla/5.0', at, '', '',
        encode(sha256(id::text::bytea), 'hex'), '', at FROM people
),
events AS (
    INSERT INTO intake_leadevent (lead_id, kind, at, actor_id, old, new, reason)
    SELECT id, kind, at, NULL, '', 'new', '' FROM people, unnest(ARRAY['received', 'assigned']) AS kind
),
assignments AS (
    INSERT INTO agents_assignment (lead_id, kind, pool_id, agent_id, state, state_from, candidates, why,
        rule_version, assigned_at, assigned_by_id, ms)
    SELECT id, 'rotation', NULL, NULL, 'TX', 'post', '[]', '', '1', at, NULL, 1 FROM people
)
INSERT INTO compliance_decision (submission_id, outcome, reason, checks, data_versions, decided_at, decided_by_id, ms)
SELECT submission_id, 'accepted', '', '[]', '{}', at, NULL, 5 FROM people
"""
BATCH = 50_000


def fill_to(count: int, *, source_id: int, vendor_id: int, owner_ids: list[int]) -> None:
    """Add filled leads until the table holds about `count`."""
    if not count:
        return  # an empty table is left as a fresh installation has it
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SELECT count(*) FROM intake_lead WHERE first_name = 'Filled'")
        held = cursor.fetchone()[0]
        while held < count:
            step = min(BATCH, count - held)
            cursor.execute(
                _FILL, {"count": step, "source": source_id, "vendor": vendor_id, "owners": owner_ids}
            )
            held += step
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CHECKPOINT")
