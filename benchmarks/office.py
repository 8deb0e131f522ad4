# ruff: noqa: E501
"""An agency with a million leads: 200 agents in ten teams, a leader, a manager, all stages, years of talk."""

import io
from dataclasses import dataclass

from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

AGENTS, TEAM = 200, 20

# Shares of all leads: 0.8 % new and untouched (40 an agent), 5 % contacted, 1 % quoted, 4 % sold, the rest lost.
_SPREAD = """
WITH drawn AS MATERIALIZED (
    SELECT id, random() AS r, random() AS fresh, random() AS who, random() AS place FROM intake_lead
)
UPDATE intake_lead AS lead SET
    status = CASE WHEN r < 0.008 THEN 'new' WHEN r < 0.058 THEN 'contacted' WHEN r < 0.068 THEN 'quoted'
        WHEN r < 0.108 THEN 'sold' ELSE 'lost' END,
    touched_at = CASE WHEN r < 0.008 THEN NULL ELSE lead.received_at + interval '5 minutes' END,
    attempts = CASE WHEN r < 0.008 THEN 0 ELSE 1 + floor(fresh * 6)::int END,
    received_at = CASE WHEN r < 0.008 THEN now() - interval '5 days' * fresh ELSE lead.received_at END,
    first_name = (ARRAY['Mary','James','Linda','Robert','Patricia','John','Barbara','Michael'])[1 + floor(fresh * 8)::int],
    last_name = CASE WHEN who < 0.05 THEN (ARRAY['Smith','Johnson','Williams','Brown','Garcia'])[1 + floor(who * 100)::int]
        ELSE 'Filled' || md5(lead.id::text) END,
    state = (ARRAY['TX','FL','OH','GA','NC'])[1 + floor(place * 5)::int],
    zip = (ARRAY['75','33','43','30','27'])[1 + floor(place * 5)::int] || lpad(floor(who * 1000)::int::text, 3, '0'),
    date_of_birth = date '1940-01-01' + floor(fresh * 12000)::int
FROM drawn WHERE drawn.id = lead.id
"""
_TALK = """
INSERT INTO agents_communication (lead_id, channel, direction, author_id, at, outcome, body, subject,
    explanation, request_id)
SELECT id, CASE WHEN n = 2 THEN 'note' ELSE 'call' END, CASE WHEN n = 2 THEN 'none' ELSE 'out' END, owner_id,
    received_at + n * interval '1 hour', CASE WHEN n = 2 THEN '' ELSE 'no_answer' END, '', '', '', gen_random_uuid()
FROM intake_lead, generate_series(1, 2) AS n WHERE touched_at IS NOT NULL
"""
_PROMISES = """
INSERT INTO agents_followup (lead_id, owner_id, due_at, what, created_at, done_at, kind)
SELECT id, owner_id, now() + interval '20 days' * (random() - 0.3), 'Call back', received_at, NULL, 'promise'
FROM intake_lead WHERE status IN ('contacted', 'quoted') AND random() < 0.6
"""


@dataclass(frozen=True, slots=True)
class Office:
    """The keys of the users who look at pages."""

    agents: list[int]
    leader: int
    manager: int


def open_office(leads: int) -> Office:
    """Make the office and fill it to `leads`, in minutes; an office that was made before is found again."""
    from agents.models import Agent
    from leadcrm.models import User

    if not User.objects.filter(email="manager@example.com").exists():
        _hire()
        _fill(leads)
    agents = list(Agent.objects.order_by("pk").values_list("user_id", flat=True))
    leader, manager = (User.objects.get(email=f"{who}@example.com").pk for who in ("leader", "manager"))
    return Office(agents, leader, manager)


def _hire() -> None:
    from agents.models import Agent, License, Membership, Pool, Team
    from leadcrm.models import User

    User.objects.create_superuser(email="manager@example.com", password=None)
    leader = User.objects.create_user(email="leader@example.com", password=None)
    pool, today = Pool.objects.create(name="Bench"), timezone.localdate()
    with transaction.atomic():
        for number in range(AGENTS):
            if number % TEAM == 0:
                team = Team.objects.create(name=f"Team {number}", leader=leader if number == 0 else None)
            user = User.objects.create_user(email=f"agent{number}@example.com", password=None)
            user.last_name = f"Agent {number}"
            user.save()
            agent = Agent.objects.create(user=user, team=team)
            Membership.objects.create(pool=pool, agent=agent)
            for state in ("TX", "FL", "OH", "GA", "NC"):
                License.objects.create(
                    agent=agent, state=state, line="life", effective_on=today.replace(year=2020)
                )


def _fill(leads: int) -> None:
    from agents.models import Agent
    from benchmarks.fill import fill_to
    from intake.models import Source

    call_command(
        "create_source", "--vendor", "Bench Vendor", "--name", "Pages", "--interest", "final_expense",
        "--price", "22", "--states", "TX", "--live", stdout=io.StringIO(),
    )  # fmt: skip
    source = Source.objects.get(name="Pages")
    owners = list(Agent.objects.values_list("user_id", flat=True))
    _without_triggers()
    fill_to(leads, source_id=source.pk, vendor_id=source.vendor_id, owner_ids=owners)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for statement in (_SPREAD, _TALK, _PROMISES):
            cursor.execute(statement)
        cursor.execute("VACUUM (ANALYZE)")


def _without_triggers() -> None:
    """Evidence is not what is measured here. A server that does not let us notes every row, which takes longer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
    except DatabaseError:
        print("  (triggers stay on: not a superuser)")
