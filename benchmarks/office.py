# ruff: noqa: E501
"""An agency with a million leads: 200 agents in ten teams, a leader, a manager, all stages, years of talk."""

import io
from dataclasses import dataclass

from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from compliance.models import ContactAttempt
from leadcrm.testing.altering import altering

AGENTS, TEAM = 200, 20
HEAVY_EMAIL = "agent199@example.com"

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
# The attempt to call that each call is of, so long before it was written down.
_DIALLED = """
INSERT INTO compliance_contactattempt (phone, channel, at, lead_id, user_id)
SELECT lead.phone, 'call', talk.at - interval '3 minutes', lead.id, talk.author_id
FROM agents_communication AS talk JOIN intake_lead AS lead ON lead.id = talk.lead_id WHERE talk.channel = 'call'
"""
_GIVEN = """
UPDATE agents_assignment AS given SET agent_id = agent.id
FROM intake_lead AS lead JOIN agents_agent AS agent ON agent.user_id = lead.owner_id WHERE lead.id = given.lead_id
"""
# A policy on each lead that was sold, of three carriers; one in five hundred lapsed, and of a carrier that few sell.
_SOLD = """
WITH carriers AS (
    INSERT INTO agents_carrier (name, active) SELECT 'Bench Life ' || n, true FROM generate_series(1, 4) AS n
    RETURNING id
), known AS (SELECT array_agg(id ORDER BY id) AS ids FROM carriers)
INSERT INTO agents_policy (lead_id, carrier_id, number, product, premium, currency, mode, status, effective_on,
    renewal_on, sold_by_id, sold_at, version, request_id, renewal_told_on)
SELECT lead.id, ids[CASE WHEN lead.id % 500 = 0 THEN 4 ELSE 1 + lead.id % 3 END], 'B-' || lead.id, 'final_expense',
    30 + lead.id % 90, 'USD', 'monthly', CASE WHEN lead.id % 500 = 0 THEN 'lapsed' ELSE 'in_force' END,
    lead.received_at::date + 10, lead.received_at::date + 375, lead.owner_id,
    least(lead.received_at + interval '3 days', now()), 1, gen_random_uuid(), NULL
FROM intake_lead AS lead, known WHERE lead.status = 'sold'
"""
# Of a vendor that sells little: old leads, one in five hundred.
_RARE = """
UPDATE intake_lead SET source_id = %(source)s, vendor_id = %(vendor)s
WHERE id %% 500 = 1 AND received_at < now() - interval '90 days'
"""
# One agent gets very many: the newest leads of eight weeks until they are HEAVY more.
HEAVY = 20_000
_HEAVY = """
WITH many AS (
    SELECT id FROM intake_lead
    WHERE received_at > now() - interval '56 days' AND status IN ('contacted', 'sold', 'lost') AND id %% 10 = 0
    ORDER BY id LIMIT %(most)s
), lead AS (
    UPDATE intake_lead SET owner_id = %(user)s FROM many WHERE intake_lead.id = many.id
), given AS (
    UPDATE agents_assignment SET agent_id = %(agent)s FROM many WHERE lead_id = many.id
), sold AS (
    UPDATE agents_policy SET sold_by_id = %(user)s FROM many WHERE lead_id = many.id
), promised AS (
    UPDATE agents_followup SET owner_id = %(user)s FROM many WHERE lead_id = many.id
), talked AS (
    UPDATE agents_communication SET author_id = %(user)s FROM many WHERE lead_id = many.id
)
UPDATE compliance_contactattempt SET user_id = %(user)s FROM many WHERE lead_id = many.id
"""


@dataclass(frozen=True, slots=True)
class Office:
    """The keys of the users who look at pages."""

    agents: list[int]
    heavy: int
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
    heavy = User.objects.get(email=HEAVY_EMAIL).pk
    leader, manager = (User.objects.get(email=f"{who}@example.com").pk for who in ("leader", "manager"))
    return Office([agent for agent in agents if agent != heavy], heavy, leader, manager)


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

    for vendor, name in (("Bench Vendor", "Pages"), ("Rare Vendor", "Rare")):
        call_command(
            "create_source", "--vendor", vendor, "--name", name, "--interest", "final_expense",
            "--price", "22", "--states", "TX", "--live", stdout=io.StringIO(),
        )  # fmt: skip
    source = Source.objects.get(name="Pages")
    owners = list(Agent.objects.values_list("user_id", flat=True))
    _without_triggers()
    fill_to(leads, source_id=source.pk, vendor_id=source.vendor_id, owner_ids=owners)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for statement in (_SPREAD, _TALK, _PROMISES, _DIALLED, _GIVEN, _SOLD):
            cursor.execute(statement)
        rare = Source.objects.get(name="Rare")
        cursor.execute(_RARE, {"source": rare.pk, "vendor": rare.vendor_id})
        heavy = Agent.objects.get(user__email=HEAVY_EMAIL)
        with altering(ContactAttempt):
            cursor.execute(_HEAVY, {"most": HEAVY, "agent": heavy.pk, "user": heavy.user_id})
        cursor.execute("VACUUM (ANALYZE)")


def _without_triggers() -> None:
    """Evidence is not what is measured here. A server that does not let us notes every row, which takes longer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
    except DatabaseError:
        print("  (triggers stay on: not a superuser)")
