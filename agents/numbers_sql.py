"""The statements behind one's own numbers: each is one walk along an index, from a moment on, for one person.

`weeks` are the moments at which weeks begin, the end of the last one behind them; a row's week counts from 1. Each
statement answers for every week that has something, and once more (week 0) for those that are over, taken together.
"""

from typing import Final

# Of what somebody was given: how many, called at all, minutes to the first call (median, nine of ten), spoken with.
# Of two assignments of one lead the first counts; a call or talk counts from then on.
GIVEN: Final = """
WITH given AS (
    SELECT DISTINCT ON (lead_id) lead_id, assigned_at FROM agents_assignment
    WHERE agent_id = %(agent)s AND assigned_at >= %(first)s AND assigned_at < %(end)s AND kind <> ALL(%(uncounted)s)
    ORDER BY lead_id, assigned_at
), dialled AS (
    SELECT given.lead_id, min(attempt.at) AS at FROM given
    JOIN compliance_contactattempt AS attempt
        ON attempt.lead_id = given.lead_id AND attempt.at >= given.assigned_at
    WHERE attempt.user_id = %(user)s AND attempt.channel = 'call' AND attempt.at >= %(first)s
    GROUP BY given.lead_id
), reached AS (
    SELECT DISTINCT given.lead_id FROM given
    JOIN agents_communication AS talk ON talk.lead_id = given.lead_id AND talk.at >= given.assigned_at
    WHERE talk.author_id = %(user)s AND talk.at >= %(first)s AND talk.outcome = ANY(%(reached)s)
), each AS (
    SELECT width_bucket(given.assigned_at, %(weeks)s::timestamptz[]) AS week, dialled.at IS NOT NULL AS called,
        extract(epoch FROM dialled.at - given.assigned_at) / 60 AS minutes, reached.lead_id IS NOT NULL AS reached
    FROM given LEFT JOIN dialled USING (lead_id) LEFT JOIN reached USING (lead_id)
)
SELECT coalesce(week, 0), count(*), count(*) FILTER (WHERE called),
    percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY minutes), count(*) FILTER (WHERE reached)
FROM (SELECT *, week < %(this)s AS over FROM each) AS counted
GROUP BY GROUPING SETS ((week), (over)) HAVING week IS NOT NULL OR over
"""

# Calls made, whatever became of them.
DIALS: Final = """
SELECT coalesce(week, 0), count(*) FROM (
    SELECT width_bucket(at, %(weeks)s::timestamptz[]) AS week, at < %(this_began)s AS over
    FROM compliance_contactattempt
    WHERE user_id = %(user)s AND channel = 'call' AND at >= %(first)s AND at < %(end)s
) AS made
GROUP BY GROUPING SETS ((week), (over)) HAVING week IS NOT NULL OR over
"""

# People spoken with, each once a week.
TALKS: Final = """
SELECT coalesce(week, 0), count(DISTINCT lead_id) FROM (
    SELECT width_bucket(at, %(weeks)s::timestamptz[]) AS week, at < %(this_began)s AS over, lead_id
    FROM agents_communication
    WHERE author_id = %(user)s AND at >= %(first)s AND at < %(end)s AND outcome = ANY(%(reached)s)
) AS had
GROUP BY GROUPING SETS ((week), (over)) HAVING week IS NOT NULL OR over
"""

# Leads moved to Quoted, each once a week.
QUOTES: Final = """
SELECT coalesce(week, 0), count(DISTINCT lead_id) FROM (
    SELECT width_bucket(at, %(weeks)s::timestamptz[]) AS week, at < %(this_began)s AS over, lead_id
    FROM intake_leadevent
    WHERE actor_id = %(user)s AND kind = 'status' AND new = 'quoted' AND at >= %(first)s AND at < %(end)s
) AS given
GROUP BY GROUPING SETS ((week), (over)) HAVING week IS NOT NULL OR over
"""

# Policies that stand, and what they bring in a year.
SALES: Final = """
SELECT coalesce(week, 0), count(*),
    sum(premium * CASE mode WHEN 'monthly' THEN 12 WHEN 'quarterly' THEN 4 ELSE 1 END)
FROM (
    SELECT width_bucket(sold_at, %(weeks)s::timestamptz[]) AS week, sold_at < %(this_began)s AS over, premium, mode
    FROM agents_policy
    WHERE sold_by_id = %(user)s AND sold_at >= %(first)s AND sold_at < %(end)s AND status <> ALL(%(fallen)s)
) AS sold
GROUP BY GROUPING SETS ((week), (over)) HAVING week IS NOT NULL OR over
"""

# Promises whose time has come: how many were done by then or a little later. One that is still in time is not judged.
PROMISES: Final = """
SELECT coalesce(week, 0), count(*), count(*) FILTER (WHERE done_at <= due_at + %(grace)s)
FROM (
    SELECT width_bucket(due_at, %(weeks)s::timestamptz[]) AS week, due_at < %(this_began)s AS over, due_at, done_at
    FROM agents_followup
    WHERE owner_id = %(user)s AND kind = 'promise' AND due_at >= %(first)s AND due_at < %(end)s
        AND (done_at IS NOT NULL OR due_at < %(now)s - %(grace)s)
) AS promised
GROUP BY GROUPING SETS ((week), (over)) HAVING week IS NOT NULL OR over
"""
