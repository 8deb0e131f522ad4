"""The statements that count cells anew, from the rows themselves. One statement counts many cells of one kind.

A day is one of the agency's calendar: from its midnight to the next, in %(zone)s. Each statement takes the cells as
arrays, and writes those that hold anything; the caller has deleted what stood there.
"""

from typing import Final

from agents.figures.spans import BOUNDS, HOURS, SIZE

DAY_OF: Final = "({0} AT TIME ZONE %(zone)s)::date"
BEGINS: Final = "(cell.day::timestamp AT TIME ZONE %(zone)s)"
ENDS: Final = "((cell.day + 1)::timestamp AT TIME ZONE %(zone)s)"
_BOUNDS: Final = f"ARRAY[{','.join(map(str, BOUNDS))}]::float8[]"
ANNUAL: Final = "policy.premium * CASE policy.mode WHEN 'monthly' THEN 12 WHEN 'quarterly' THEN 4 ELSE 1 END"


def _during(column: str) -> str:
    """The moment `column` lies in the day of `cell`."""
    return f"{column} >= {BEGINS} AND {column} < {ENDS}"


def _place(later: str, earlier: str) -> str:
    """Between which bounds the seconds between two moments lie; NULL where one of them is."""
    return f"width_bucket(extract(epoch FROM {later} - {earlier})::float8, {_BOUNDS})"


def _hours(which: str) -> str:
    """The array of how many arrived in each hour of the day, of those that `which` holds for."""
    return (
        f"ARRAY[{','.join(f'count(*) FILTER (WHERE hour = {n} AND {which})' for n in range(HOURS))}]::int[]"
    )


def _counts(place: str) -> str:
    """The array of how many have each place."""
    return f"ARRAY[{','.join(f'count(*) FILTER (WHERE {place} = {n})' for n in range(SIZE))}]::int[]"


# Whose lead a duplicate was stands in the decision (“A-17 of …”). A lead id that was posted for another lead has no
# decision; the lead it stands for is the vendor's own.
EARLIER_VENDOR: Final = """
        SELECT lead.vendor_id FROM compliance_decision AS decision
        CROSS JOIN LATERAL jsonb_array_elements(decision.checks) AS said
        JOIN intake_lead AS lead ON lead.id = substring(said ->> 'detail' FROM '^A-([0-9]{{1,18}}) ')::bigint
        WHERE decision.submission_id = {0} AND said ->> 'check' = 'duplicate'
        ORDER BY decision.id DESC LIMIT 1
"""
POSTS: Final = f"""
WITH cell AS (SELECT * FROM unnest(%(days)s::date[], %(sources)s::bigint[]) AS cell(day, source_id)),
post AS (
    SELECT cell.day, post.source_id, post.state, post.reason, post.price, post.processed_ms AS ms,
        post.reason = 'duplicate' AND coalesce(earlier.vendor_id <> source.vendor_id, false) AS others
    FROM cell
    JOIN intake_submission AS post ON post.source_id = cell.source_id AND {_during("post.received_at")}
    JOIN intake_source AS source ON source.id = cell.source_id
    LEFT JOIN LATERAL ({EARLIER_VENDOR.format("post.id")}) AS earlier ON post.reason = 'duplicate'
    WHERE NOT post.test
), refused AS (
    SELECT day, source_id, jsonb_object_agg(reason, count) AS reasons
    FROM (SELECT day, source_id, reason, count(*) FROM post WHERE state = 'rejected' GROUP BY 1, 2, 3) AS each
    GROUP BY 1, 2
)
INSERT INTO agents_postfigures (day, source_id, posts, accepted, rejected, pending, held, reasons, own_duplicates,
    other_duplicates, cost, answer_ms, slowest_ms)
SELECT day, source_id, count(*), count(*) FILTER (WHERE state = 'accepted'),
    count(*) FILTER (WHERE state = 'rejected'), count(*) FILTER (WHERE state IN ('waiting', 'failed', 'unreadable')),
    count(*) FILTER (WHERE state = 'held'), coalesce(min(reasons::text)::jsonb, '{{}}'),
    count(*) FILTER (WHERE state = 'rejected' AND reason = 'duplicate' AND NOT others),
    count(*) FILTER (WHERE state = 'rejected' AND others),
    coalesce(sum(price) FILTER (WHERE state = 'accepted'), 0), sum(ms), max(ms)
FROM post LEFT JOIN refused USING (day, source_id)
GROUP BY day, source_id
"""  # noqa: S608 - constants

_COHORT_LEADS: Final = f"""
    SELECT cell.day, lead.* FROM (SELECT DISTINCT day, owner_id FROM wanted WHERE owner_id IS NOT NULL) AS cell
    JOIN intake_lead AS lead ON lead.owner_id = cell.owner_id AND {_during("lead.received_at")}
    UNION ALL
    SELECT cell.day, lead.* FROM (SELECT DISTINCT day FROM wanted WHERE owner_id IS NULL) AS cell
    JOIN intake_lead AS lead ON lead.owner_id IS NULL AND {_during("lead.received_at")}
"""  # noqa: S608 - constants

# Nobody is slow with a lead of a file of old ones: it has no place between the bounds.
_ARRIVED: Final = "CASE WHEN NOT lead.backlog THEN lead.received_at END"
COHORTS: Final = f"""
WITH wanted AS (
    SELECT * FROM unnest(%(days)s::date[], %(sources)s::bigint[], %(people)s::bigint[])
        AS wanted(day, source_id, owner_id)
), bought AS ({_COHORT_LEADS}), lead AS (
    SELECT bought.* FROM bought JOIN wanted ON wanted.day = bought.day AND wanted.source_id = bought.source_id
        AND wanted.owner_id IS NOT DISTINCT FROM bought.owner_id
), known AS (
    SELECT lead.day, lead.source_id, lead.owner_id, lead.price, lead.attempts, dialed.first IS NOT NULL AS dialed,
        reached.first IS NOT NULL AS contacted, coalesce(moved.quoted, false) AS quoted,
        coalesce(sale.policies, 0) AS policies, coalesce(sale.premium, 0) AS premium,
        lead.status = 'sold' OR coalesce(sale.policies, 0) > 0 AS sold,
        coalesce(moved.returned, false) OR back.credit IS NOT NULL AS returned,
        coalesce(back.credit, 0) AS credit, {_place("moved.assigned_at", _ARRIVED)} AS assigned_in,
        {_place("dialed.first", _ARRIVED)} AS dialed_in,
        {_place("reached.first", _ARRIVED)} AS contacted_in,
        extract(hour FROM lead.received_at AT TIME ZONE %(zone)s)::int AS hour,
        coalesce(dialed.first < {_ARRIVED} + interval '5 minutes', false) AS in_5
    FROM lead
    LEFT JOIN LATERAL (
        SELECT min(at) FILTER (WHERE kind = 'assigned') AS assigned_at,
            bool_or(kind = 'status' AND new = 'quoted') AS quoted,
            bool_or(kind = 'status' AND new = 'returned') AS returned
        FROM intake_leadevent AS event WHERE event.lead_id = lead.id
    ) AS moved ON true
    LEFT JOIN LATERAL (
        SELECT min(at) AS first FROM compliance_contactattempt AS attempt
        WHERE attempt.lead_id = lead.id AND attempt.channel = 'call'
    ) AS dialed ON true
    LEFT JOIN LATERAL (
        SELECT min(at) AS first FROM agents_communication AS talk
        WHERE talk.lead_id = lead.id AND talk.outcome = ANY(%(reached)s)
    ) AS reached ON true
    LEFT JOIN LATERAL (
        SELECT count(*) AS policies, sum({ANNUAL}) AS premium FROM agents_policy AS policy
        WHERE policy.lead_id = lead.id AND policy.status <> ALL(%(fallen)s)
    ) AS sale ON true
    LEFT JOIN intake_return AS back ON back.lead_id = lead.id AND back.state = 'taken'
)
INSERT INTO agents_cohortfigures (day, source_id, owner_id, leads, cost, attempts, dialed, contacted, quoted, sold,
    policies, premium, returned, credit, assigned_in, dialed_in, contacted_in, hours, hours_in_5)
SELECT day, source_id, owner_id, count(*), sum(price), sum(attempts), count(*) FILTER (WHERE dialed),
    count(*) FILTER (WHERE contacted), count(*) FILTER (WHERE quoted), count(*) FILTER (WHERE sold), sum(policies),
    sum(premium), count(*) FILTER (WHERE returned), sum(credit), {_counts("assigned_in")}, {_counts("dialed_in")},
    {_counts("contacted_in")}, {_hours("true")}, {_hours("in_5")}
FROM known GROUP BY day, source_id, owner_id
"""  # noqa: S608 - constants

# A lead that comes to somebody twice counts on the first day. Leads of a whole book came to nobody, nor those offered.
ACTIVITY: Final = f"""
WITH cell AS (SELECT * FROM unnest(%(days)s::date[], %(people)s::bigint[]) AS cell(day, person_id)),
given AS (
    SELECT cell.day, cell.person_id, mine.lead_id, min(mine.assigned_at) AS at
    FROM cell JOIN agents_agent AS agent ON agent.user_id = cell.person_id
    JOIN agents_assignment AS mine ON mine.agent_id = agent.id AND {_during("mine.assigned_at")}
        AND mine.kind <> ALL(%(uncounted)s)
    WHERE NOT EXISTS (
        SELECT FROM agents_assignment AS earlier WHERE earlier.lead_id = mine.lead_id
            AND earlier.agent_id = mine.agent_id AND earlier.kind <> ALL(%(uncounted)s)
            AND earlier.assigned_at < {BEGINS}
    )
    GROUP BY 1, 2, 3
), come AS (
    SELECT given.day, given.person_id, dialed.first IS NOT NULL AS called, reached.yes IS NOT NULL AS reached,
        {_place("dialed.first", "given.at")} AS called_in
    FROM given
    LEFT JOIN LATERAL (
        SELECT min(at) AS first FROM compliance_contactattempt AS attempt WHERE attempt.lead_id = given.lead_id
            AND attempt.user_id = given.person_id AND attempt.channel = 'call' AND attempt.at >= given.at
    ) AS dialed ON true
    LEFT JOIN LATERAL (
        SELECT true AS yes FROM agents_communication AS talk WHERE talk.lead_id = given.lead_id
            AND talk.author_id = given.person_id AND talk.outcome = ANY(%(reached)s) AND talk.at >= given.at LIMIT 1
    ) AS reached ON true
), came AS (
    SELECT day, person_id, count(*) AS given, count(*) FILTER (WHERE called) AS called,
        count(*) FILTER (WHERE reached) AS reached, {_counts("called_in")} AS called_in
    FROM come GROUP BY 1, 2
), dialed AS (
    SELECT cell.day, cell.person_id, count(*) AS dials FROM cell JOIN compliance_contactattempt AS attempt
        ON attempt.user_id = cell.person_id AND attempt.channel = 'call' AND {_during("attempt.at")}
    GROUP BY 1, 2
), said AS (
    SELECT cell.day, cell.person_id, talk.channel, talk.direction, talk.outcome, count(*) AS n
    FROM cell JOIN agents_communication AS talk ON talk.author_id = cell.person_id AND {_during("talk.at")}
    GROUP BY 1, 2, 3, 4, 5
), worded AS (
    SELECT day, person_id, jsonb_object_agg(outcome, n) AS outcomes FROM (
        SELECT day, person_id, outcome, sum(n) AS n FROM said WHERE outcome <> '' GROUP BY 1, 2, 3
    ) AS each GROUP BY 1, 2
), talked AS (
    SELECT day, person_id, coalesce(sum(n) FILTER (WHERE outcome = ANY(%(reached)s)), 0) AS talks,
        coalesce(sum(n) FILTER (WHERE channel = 'text' AND direction = 'out'), 0) AS texts,
        coalesce(sum(n) FILTER (WHERE channel = 'email' AND direction = 'out'), 0) AS emails
    FROM said GROUP BY 1, 2
), quoted AS (
    SELECT cell.day, cell.person_id, count(DISTINCT event.lead_id) AS quoted FROM cell
    JOIN intake_leadevent AS event ON event.actor_id = cell.person_id AND event.kind = 'status'
        AND event.new = 'quoted' AND {_during("event.at")}
    GROUP BY 1, 2
), sold AS (
    SELECT cell.day, cell.person_id, count(*) AS policies, sum({ANNUAL}) AS premium FROM cell
    JOIN agents_policy AS policy ON policy.sold_by_id = cell.person_id AND {_during("policy.sold_at")}
    WHERE policy.status <> ALL(%(fallen)s) GROUP BY 1, 2
), lost AS (
    SELECT cell.day, cell.person_id, count(*) AS lapsed FROM cell
    JOIN agents_agent AS agent ON agent.user_id = cell.person_id
    JOIN agents_slaevent AS event ON event.agent_id = agent.id AND event.lapsed AND {_during("event.at")}
    GROUP BY 1, 2
)
INSERT INTO agents_activityfigures (day, person_id, given, called, reached, called_in, dials, talks, outcomes, texts,
    emails, quoted, policies, premium, lapsed)
SELECT day, person_id, coalesce(given, 0), coalesce(called, 0), coalesce(reached, 0),
    coalesce(called_in, array_fill(0, ARRAY[{SIZE}])), coalesce(dials, 0), coalesce(talks, 0),
    coalesce(outcomes, '{{}}'), coalesce(texts, 0), coalesce(emails, 0), coalesce(quoted, 0), coalesce(policies, 0),
    coalesce(premium, 0), coalesce(lapsed, 0)
FROM cell LEFT JOIN came USING (day, person_id) LEFT JOIN dialed USING (day, person_id)
LEFT JOIN talked USING (day, person_id) LEFT JOIN worded USING (day, person_id)
LEFT JOIN quoted USING (day, person_id) LEFT JOIN sold USING (day, person_id) LEFT JOIN lost USING (day, person_id)
WHERE coalesce(given, dials, talks, quoted, policies, lapsed) IS NOT NULL
"""  # noqa: S608 - constants
