"""The statements of the re-scrub. Each is one snapshot: the pointer to a version and its bits belong together."""

from typing import Final

# Open leads in the order of their numbers, so that neighbours of a batch share blocks; and which of them are new,
# or open again, since the last run: those are asked of every list, whatever its version.
OPEN_LEADS: Final = """
SELECT id, %(since)s::timestamptz IS NULL OR status_at >= %(since)s FROM intake_lead
WHERE status = ANY (%(open)s) ORDER BY phone"""

OPEN_LISTINGS: Final = "SELECT id FROM compliance_listedlead WHERE cleared_at IS NULL ORDER BY id"

# Whether a number is listed: a scalar sub-select, which leaves the planner no choice but the primary key.
_BIT: Final = """coalesce((
    SELECT get_bit(b.bits, substr({phone}, 9)::int) FROM compliance_dncblock b
    WHERE b.id = v.generation * 1000000 + substr({phone}, 3, 6)::int), 0)"""
# Whether the lead's source asks the list; and a list of reassigned numbers knows nothing of a later consent.
_ASKED: Final = """
    (l.state = '' OR l.state = lead.state)
    AND NOT EXISTS (
        SELECT 1 FROM unnest(%(of_lists)s::bigint[], %(of_sources)s::bigint[]) AS other (list_id, source_id)
        WHERE other.list_id = l.id AND other.source_id = lead.source_id)
    AND (l.kind <> 'reassigned' OR EXISTS (
        SELECT 1 FROM intake_consentrecord c
        WHERE c.lead_id = lead.id AND (c.given_at AT TIME ZONE %(zone)s)::date <= v.effective_on))"""

# What was known when the lead was bought is no news: somebody took it all the same, by a setting or by hand.
# A scalar again: a join with all decisions would cost more with every post there ever was.
_KNOWN_WHEN_BOUGHT: Final = """coalesce((
    SELECT true FROM compliance_decision d
    WHERE d.submission_id = found.submission_id AND d.outcome <> 'rejected' AND d.checks @> jsonb_build_array(
        jsonb_build_object('check', 'suppression', 'lists', jsonb_build_array(
            jsonb_build_object('code', found.code, 'state', 'listed', 'phone', found.place))))
    LIMIT 1), false)"""

FIND: Final = f"""
INSERT INTO compliance_listedlead (lead_id, phone, dnc_list_id, version_id, found_at, cleared_why)
SELECT found.lead_id, found.phone, found.list_id, found.version_id, %(now)s, ''
FROM (
    SELECT lead.id AS lead_id, lead.submission_id, number.phone, number.place, l.id AS list_id, l.code,
        v.id AS version_id, {_BIT.format(phone="number.phone")} AS listed
    FROM intake_lead lead
    CROSS JOIN LATERAL (
        SELECT lead.phone AS phone, 1 AS place
        UNION ALL SELECT lead.phone_2, 2 WHERE lead.phone_2 LIKE '+1__________' AND lead.phone_2 <> lead.phone
    ) AS number
    JOIN compliance_dnclist l ON l.id = ANY (%(lists)s::bigint[]) AND l.active
    JOIN compliance_dncversion v ON v.id = l.current_id
    WHERE lead.id = ANY (%(leads)s::bigint[]) AND lead.status = ANY (%(open)s) AND {_ASKED}
    OFFSET 0
) AS found
WHERE found.listed = 1 AND NOT {_KNOWN_WHEN_BOUGHT}
ON CONFLICT (lead_id, phone, dnc_list_id) WHERE cleared_at IS NULL DO NOTHING"""  # noqa: S608 - constants

# Not listed is clear only where the list holds the area code: what it no longer holds is unknown and stays.
CLEAR: Final = f"""
UPDATE compliance_listedlead SET cleared_at = greatest(%(now)s, found_at), cleared_why = seen.why
FROM (
    SELECT row.id, CASE
        WHEN lead.status <> ALL (%(open)s) THEN 'closed'
        WHEN NOT l.active OR row.phone NOT IN (lead.phone, lead.phone_2) OR v.id IS NULL OR NOT ({_ASKED})
            THEN 'not_asked'
        WHEN {_BIT.format(phone="row.phone")} = 0
            AND (NOT l.by_area_code OR v.covers_all OR substr(row.phone, 3, 3)::int = ANY (v.area_codes))
            THEN 'unlisted' END AS why
    FROM compliance_listedlead row
    JOIN intake_lead lead ON lead.id = row.lead_id
    JOIN compliance_dnclist l ON l.id = row.dnc_list_id
    LEFT JOIN compliance_dncversion v ON v.id = l.current_id
    WHERE row.id = ANY (%(rows)s::bigint[]) AND row.cleared_at IS NULL
) AS seen
WHERE compliance_listedlead.id = seen.id AND seen.why IS NOT NULL
    AND compliance_listedlead.cleared_at IS NULL"""  # noqa: S608 - constants
