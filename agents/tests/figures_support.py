"""A random week of an agency, and its figures counted the slow way: row by row, in Python."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from django.conf import settings

from agents.casework import give_lead, log_communication
from agents.figures.spans import SIZE, place_of
from agents.models import (
    ActivityFigures,
    Agent,
    Assignment,
    Channel,
    CohortFigures,
    Communication,
    Direction,
    Outcome,
    OwnerFigures,
    Policy,
    PostFigures,
    SlaEvent,
    SourceFigures,
)
from agents.policies import Terms, edit_policy, sell_policy
from compliance.models import ContactAttempt
from intake.lifecycle import ALLOWED, move_lead
from intake.models import Lead, LeadEvent, LeadStatus, Return, Source, Submission
from intake.returns.deciding import take_back
from leadcrm.models import User
from leadcrm.testing.factories import (
    AgentFactory,
    AssignmentFactory,
    CarrierFactory,
    ContactAttemptFactory,
    DecisionFactory,
    LeadEventFactory,
    LeadFactory,
    ReturnFactory,
    SlaEventFactory,
    SourceFactory,
    SubmissionFactory,
    UserFactory,
)

# Two days before clocks go back in the agency's zone.
START = datetime(2026, 10, 30, 13, 0, tzinfo=UTC)


@dataclass
class Agency:
    """Sources of two vendors, agents, and a clock that only goes on."""

    rng: Random
    now: datetime = START
    sources: list[Source] = field(default_factory=list)
    agents: list[Agent] = field(default_factory=list)

    def __post_init__(self) -> None:
        first = SourceFactory.create()
        self.sources = [first, SourceFactory.create(vendor=first.vendor), SourceFactory.create()]
        self.agents = [AgentFactory.create(licenses=["TX:final_expense"]) for _ in range(3)]
        self.boss, self.carrier = UserFactory.create(), CarrierFactory.create()

    def live(self, steps: int) -> None:
        """So many things happen, at most three hours apart."""
        acts: list[Callable[[], None]] = [
            self.buy, self.buy, self.refuse, self.wait, self.decide, self.dial, self.talk, self.talk, self.give,
            self.sell, self.change_policy, self.take_back, self.take_back, self.move, self.lapse, self.test_post,
        ]  # fmt: skip
        for _ in range(steps):
            self.now += timedelta(seconds=self.rng.choice([1, 20, 70, 400, 2_000, 11_000]))
            self.rng.choice(acts)()

    def some_lead(self) -> Lead | None:
        return self.rng.choice([*Lead.objects.order_by("pk"), None])

    def buy(self) -> None:
        agent = self.rng.choice([*self.agents, None])
        lead = LeadFactory.create(
            source=self.rng.choice(self.sources), received_at=self.now, price=Decimal(self.rng.randint(5, 40)),
            owner=agent.user if agent else None, assigned_at=self.now if agent else None,
            unassigned_why="" if agent else "nobody may", submission__processed_ms=self.rng.randint(3, 90),
        )  # fmt: skip
        Submission.objects.filter(pk=lead.submission_id).update(price=lead.price)
        DecisionFactory.create(submission=lead.submission)
        kind = "assigned" if agent else "unassigned"
        LeadEventFactory.create(lead=lead, kind=kind, at=self.now, old="", new=str(agent or ""))
        AssignmentFactory.create(
            lead=lead, agent=agent, assigned_at=self.now, kind="rotation" if agent else "nobody"
        )

    def refuse(self) -> None:
        code = self.rng.choice(["duplicate", "duplicate", "consent_missing", "cap_reached"])
        post = SubmissionFactory.create(
            source=self.rng.choice(self.sources), received_at=self.now, state="rejected", reason=code, price=0
        )
        said = {"check": "duplicate", "outcome": "pass"}
        if code == "duplicate" and (lead := self.some_lead()):
            said = {"check": "duplicate", "outcome": "stop", "detail": f"A-{lead.pk} of 2026-10-30, by phone"}
        if self.rng.random() < 0.9:
            DecisionFactory.create(submission=post, outcome="rejected", reason=code, checks=[said])

    def wait(self) -> None:
        state = self.rng.choice(["waiting", "failed", "unreadable", "held"])
        SubmissionFactory.create(
            source=self.rng.choice(self.sources), received_at=self.now, state=state, price=0
        )

    def decide(self) -> None:
        if post := Submission.objects.filter(state__in=["waiting", "held", "unreadable"]).first():
            Submission.objects.filter(pk=post.pk).update(state="rejected", reason="not_wanted")
            DecisionFactory.create(submission=post, outcome="rejected", reason="not_wanted")

    def test_post(self) -> None:
        SubmissionFactory.create(source=self.sources[0], received_at=self.now, test=True)

    def dial(self) -> None:
        if lead := self.some_lead():
            user = lead.owner or self.boss
            channel = self.rng.choice(["call", "call", "call", "text"])
            ContactAttemptFactory.create(lead=lead, user=user, at=self.now, channel=channel)

    def talk(self) -> None:
        if lead := self.some_lead():
            channel = self.rng.choice([Channel.CALL, Channel.CALL, Channel.TEXT, Channel.EMAIL, Channel.NOTE])
            code = self.rng.choice(["no_answer", "spoke", "voicemail"]) if channel == Channel.CALL else ""
            log_communication(
                lead=lead, channel=channel, direction=self.rng.choice([Direction.OUT, Direction.IN]),
                author=self.rng.choice([lead.owner, lead.owner, self.boss, None]), outcome=code, body="",
                request_id=UUID(int=self.rng.getrandbits(128)), now=self.now, plan=False,
            )  # fmt: skip

    def give(self) -> None:
        lead, agent = self.some_lead(), self.rng.choice(self.agents)
        if lead and lead.owner_id != agent.user_id:
            give_lead(
                lead=lead, to_agent=agent, actor=self.boss, reason="test", now=self.now, unlicensed_too=True
            )

    def terms(self) -> Terms:
        status = self.rng.choice(["applied", "declined", "applied"])
        return Terms(
            carrier=self.carrier, number="", product="final_expense", premium=Decimal(self.rng.randint(20, 90)),
            mode=self.rng.choice(["monthly", "quarterly", "annual"]), status=status, effective_on=None,
            renewal_on=None,
        )  # fmt: skip

    def sell(self) -> None:
        lead = self.some_lead()
        if lead and lead.status != LeadStatus.RETURNED:
            sell_policy(
                lead=lead, by=self.boss, terms=self.terms(), request_id=UUID(int=self.rng.getrandbits(128)),
                now=self.now,
            )  # fmt: skip

    def change_policy(self) -> None:
        policy = Policy.objects.exclude(lead__status="returned").first()
        if policy:
            edit_policy(
                policy=policy, by=self.boss, terms=self.terms(), seen=policy.version,
                request_id=UUID(int=self.rng.getrandbits(128)), now=self.now,
            )  # fmt: skip

    def move(self) -> None:
        if lead := self.some_lead():
            to = self.rng.choice(sorted(ALLOWED[lead.status]))
            move_lead(
                lead=lead, to=LeadStatus(to), reason="test", actor=lead.owner or self.boss, now=self.now
            )

    def take_back(self) -> None:
        lead = self.some_lead()
        if lead and lead.status != LeadStatus.SOLD and not lead.returns.filter(state="taken").exists():
            row = ReturnFactory.create(lead=lead, asked_at=self.now)
            take_back(row=row, credit=lead.price / 2, words="", by=None, now=self.now)

    def lapse(self) -> None:
        if lead := self.some_lead():
            agent = self.rng.choice(self.agents)
            SlaEventFactory.create(lead=lead, agent=agent, at=self.now, lapsed=self.rng.random() < 0.7)


def day_of(moment: datetime) -> date:
    return moment.astimezone(settings.AGENCY_ZONE).date()


def _spans(pairs: Iterable[tuple[datetime | None, datetime]]) -> list[int]:
    counts = [0] * SIZE
    for later, earlier in pairs:
        if later is not None:
            counts[place_of((later - earlier).total_seconds())] += 1
    return counts


def _first(rows: Iterable[datetime]) -> datetime | None:
    return min(rows, default=None)


def _annual(policies: Iterable[Policy]) -> Decimal:
    return sum(
        (p.premium * {"monthly": 12, "quarterly": 4, "annual": 1}[p.mode] for p in policies), Decimal(0)
    )


def _standing(policies: Iterable[Policy]) -> list[Policy]:
    return [policy for policy in policies if policy.status not in ("declined", "cancelled")]


def _reached() -> set[str]:
    return set(Outcome.objects.filter(reached=True).values_list("code", flat=True))


def exact_posts() -> dict[Any, Any]:
    """(day, source) -> every figure of its posts."""
    cells = defaultdict(list)
    for post in Submission.objects.filter(test=False).select_related("source"):
        cells[day_of(post.received_at), post.source_id].append(post)
    return {key: _posts(found) for key, found in cells.items()}


def _posts(posts: list[Submission]) -> dict[str, Any]:
    refused = [post for post in posts if post.state == "rejected"]
    doubles = [post for post in refused if post.reason == "duplicate"]
    others = [post for post in doubles if _vendor_of_earlier(post) not in (None, post.source.vendor_id)]
    states = Counter(post.state for post in posts)
    return {
        "posts": len(posts), "accepted": states["accepted"], "rejected": states["rejected"], "held": states["held"],
        "pending": states["waiting"] + states["failed"] + states["unreadable"],
        "reasons": dict(Counter(post.reason for post in refused)), "other_duplicates": len(others),
        "own_duplicates": len(doubles) - len(others),
        "cost": sum((post.price for post in posts if post.state == "accepted"), Decimal(0)),
        "answer_ms": sum(post.processed_ms for post in posts),
        "slowest_ms": max(post.processed_ms for post in posts),
    }  # fmt: skip


def _vendor_of_earlier(post: Submission) -> int | None:
    decision = post.decisions.order_by("-pk").first()
    for said in decision.checks if decision else ():
        if said["check"] == "duplicate" and "detail" in said:
            return Lead.objects.get(pk=int(said["detail"].split()[0][2:])).vendor_id
    return None


def exact_cohorts() -> dict[Any, Any]:
    """(day, source, owner) -> every figure of its leads."""
    cells = defaultdict(list)
    for lead in Lead.objects.all():
        cells[day_of(lead.received_at), lead.source_id, lead.owner_id].append(lead)
    return {key: _cohort(found) for key, found in cells.items()}


def _cohort(leads: list[Lead]) -> dict[str, Any]:
    reached = _reached()
    dials = {
        lead.pk: _first(row.at for row in ContactAttempt.objects.filter(lead=lead, channel="call"))
        for lead in leads
    }
    talks = {
        lead.pk: _first(row.at for row in Communication.objects.filter(lead=lead, outcome__in=reached))
        for lead in leads
    }
    events = {lead.pk: list(LeadEvent.objects.filter(lead=lead)) for lead in leads}
    policies = {lead.pk: _standing(Policy.objects.filter(lead=lead)) for lead in leads}
    been = {pk: {row.new for row in rows if row.kind == "status"} for pk, rows in events.items()}
    credits = dict(Return.objects.filter(lead__in=leads, state="taken").values_list("lead", "credit"))
    given = {pk: _first(row.at for row in rows if row.kind == "assigned") for pk, rows in events.items()}
    return {
        "leads": len(leads), "cost": sum((lead.price for lead in leads), Decimal(0)),
        "attempts": sum(lead.attempts for lead in leads), "dialed": sum(at is not None for at in dials.values()),
        "contacted": sum(at is not None for at in talks.values()),
        "quoted": sum("quoted" in stages for stages in been.values()),
        "sold": sum(lead.status == "sold" or bool(policies[lead.pk]) for lead in leads),
        "policies": sum(len(rows) for rows in policies.values()),
        "premium": _annual(row for rows in policies.values() for row in rows),
        "returned": sum("returned" in been[lead.pk] or lead.pk in credits for lead in leads),
        "credit": sum((credit or Decimal(0) for credit in credits.values()), Decimal(0)),
        "assigned_in": _spans((given[lead.pk], lead.received_at) for lead in leads),
        "dialed_in": _spans((dials[lead.pk], lead.received_at) for lead in leads),
        "contacted_in": _spans((talks[lead.pk], lead.received_at) for lead in leads),
        "hours": _hours(leads), "hours_in_5": _hours(lead for lead in leads if _is_quick(lead, dials[lead.pk])),
    }  # fmt: skip


def _hours(leads: Iterable[Lead]) -> list[int]:
    counts = Counter(lead.received_at.astimezone(settings.AGENCY_ZONE).hour for lead in leads)
    return [counts[hour] for hour in range(24)]


def _is_quick(lead: Lead, dialed: datetime | None) -> bool:
    return dialed is not None and dialed < lead.received_at + timedelta(minutes=5)


def added_cohorts(*key: str) -> dict[Any, Any]:
    """What the kept cohorts add up to, by day and `key`."""
    found: dict[Any, dict[str, Any]] = {}
    for row in CohortFigures.objects.all():
        about = (row.day, *(getattr(row, name) for name in key))
        these = values(row, "day", "source", "owner")
        held = found.get(about)
        found[about] = these if held is None else {name: plus(held[name], these[name]) for name in held}
    return found


def plus(one: Any, other: Any) -> Any:
    return [a + b for a, b in zip(one, other, strict=True)] if isinstance(one, list) else one + other


def exact_activity() -> dict[Any, Any]:
    """(day, person) -> every figure of what they did, for those who did anything."""
    first, last = day_of(START), day_of(START) + timedelta(days=40)
    days = [first + timedelta(days=n) for n in range((last - first).days)]
    found = {(day, user.pk): _did(user, day) for user in User.objects.all() for day in days}
    return {key: did for key, did in found.items() if any(did[name] for name in did if name != "called_in")}


def _did(user: User, day: date) -> dict[str, Any]:
    reached = _reached()
    dials = [row for row in ContactAttempt.objects.filter(user=user, channel="call") if day_of(row.at) == day]
    said = [row for row in Communication.objects.filter(author=user) if day_of(row.at) == day]
    quotes = LeadEvent.objects.filter(actor=user, kind="status", new="quoted")
    sold = _standing(row for row in Policy.objects.filter(sold_by=user) if day_of(row.sold_at) == day)
    lost = [row for row in SlaEvent.objects.filter(agent__user=user, lapsed=True) if day_of(row.at) == day]
    came = {lead: at for lead, at in _came(user).items() if day_of(at) == day}
    calls = {
        lead: _first(
            row.at for row in ContactAttempt.objects.filter(lead=lead, user=user, channel="call", at__gte=at)
        )
        for lead, at in came.items()
    }
    spoke = [
        lead for lead, at in came.items()
        if Communication.objects.filter(lead=lead, author=user, at__gte=at, outcome__in=reached).exists()
    ]  # fmt: skip
    sent = Counter(row.channel for row in said if row.direction == "out")
    return {
        "given": len(came), "called": sum(at is not None for at in calls.values()), "reached": len(spoke),
        "called_in": _spans((calls[lead], at) for lead, at in came.items()), "dials": len(dials),
        "talks": sum(row.outcome in reached for row in said), "texts": sent["text"], "emails": sent["email"],
        "outcomes": dict(Counter(row.outcome for row in said if row.outcome)),
        "quoted": len({row.lead_id for row in quotes if day_of(row.at) == day}), "policies": len(sold),
        "premium": _annual(sold), "lapsed": len(lost),
    }  # fmt: skip


def _came(user: User) -> dict[int, datetime]:
    came: dict[int, datetime] = {}
    rows = Assignment.objects.filter(agent__user=user).exclude(kind__in=["hand_over", "offered", "nobody"])
    for row in rows.order_by("assigned_at", "pk"):
        came.setdefault(row.lead_id, row.assigned_at)
    return came


def kept_posts() -> dict[Any, Any]:
    return {(row.day, row.source_id): values(row, "day", "source") for row in PostFigures.objects.all()}


def kept_cohorts() -> dict[Any, Any]:
    rows = CohortFigures.objects.all()
    return {(row.day, row.source_id, row.owner_id): values(row, "day", "source", "owner") for row in rows}


def kept_by_source() -> dict[Any, Any]:
    return {(row.day, row.source_id): values(row, "day", "source") for row in SourceFigures.objects.all()}


def kept_by_owner() -> dict[Any, Any]:
    return {(row.day, row.owner_id): values(row, "day", "owner") for row in OwnerFigures.objects.all()}


def kept_activity() -> dict[Any, Any]:
    found = {(row.day, row.person_id): values(row, "day", "person") for row in ActivityFigures.objects.all()}
    return {key: did for key, did in found.items() if any(did[name] for name in did if name != "called_in")}


def values(row: Any, *key: str) -> dict[str, Any]:
    fields = (each for each in row._meta.concrete_fields if each.name not in ("id", *key))
    return {each.attname: getattr(row, each.attname) for each in fields}
