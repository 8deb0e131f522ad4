"""The queue: which of an agent's leads want something now, in which order, and why. At most 100 rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from django.utils import timezone

from agents.addresses import address
from agents.callbadge import CallBadge
from agents.localtime import LocalTime, confirmed_time, local_time
from agents.models import Communication, FollowUp
from agents.outcomes import Playbook, playbook
from agents.queries import age_of, evidence_at_risk, last_outcomes, visible_owners
from agents.queue_finds import STALE_AFTER, Found, find_all
from agents.sla.shown import NextStep, sla_marks
from compliance.calling import may_contact_many
from compliance.models import Certificate, ContactChannel
from intake.models import Lead
from leadcrm.models import User

# Rows of all groups together; what each has room for at least, if it wants them.
MOST_ROWS: Final = 100
LEAST_ROWS: Final = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One lead of the queue with what its line shows. `follow_up`: what is planned, where the group is of such."""

    lead: Lead
    age: int | None
    why: str
    when: datetime
    local: LocalTime
    product: str
    last_outcome: str
    call: CallBadge
    evidence: Certificate | None
    most_tries: int
    follow_up: FollowUp | None
    sla: NextStep | None

    @property
    def url(self) -> str:
        """The lead's page."""
        return address("lead", self.lead.pk)

    @property
    def dial_url(self) -> str:
        """Click to call."""
        return address("dial", self.lead.pk)

    @property
    def snooze_url(self) -> str:
        """Putting off what is planned; only where something is."""
        return address("snooze", self.lead.pk, self.follow_up.pk) if self.follow_up else ""

    @property
    def since(self) -> str:
        """`when`, for the page's script."""
        return self.when.isoformat()

    @property
    def attempts(self) -> str:
        """Tries so far, of those the cadence has."""
        return f"{self.lead.attempts}/{self.most_tries}" if self.most_tries else str(self.lead.attempts)


@dataclass(slots=True)
class Group:
    """One group: `key` for styles, `title`, `hint` and `when` (above the times) for people.

    `limit` is the most it shows, `more` says that not all rows fit.
    """

    key: str
    title: str
    hint: str
    when: str
    limit: int
    more: bool = False
    rows: list[Row] = field(default_factory=list)

    @property
    def snoozes(self) -> bool:
        """True where what is due can be put off."""
        return self.key in ("due", "reply", "cadence")


def _all_groups() -> list[Group]:
    return [
        Group("new", "New", "Untouched since they arrived; first who may be called soonest", "Waiting", 40),
        Group("due", "Call-backs", "Promised for now or earlier, and renewals", "Late by", 30),
        Group("reply", "Replies", "They wrote or called, and wait for an answer", "Waiting", 20),
        Group("cadence", "Next tries", "Not reached yet: the cadence says try again", "Late by", 30),
        Group("stale", "Going stale", f"Nothing planned, quiet for {STALE_AFTER.days} days or tried out", "Quiet", 15),
        Group("upcoming", "Upcoming", "In the next seven days", "Due in", 15),
    ]  # fmt: skip


def queue(*, user: User, now: datetime) -> list[Group]:
    """The groups of `user`'s queue at `now` (aware), in their fixed order, without empty ones.

    A lead stands once, in the first group that wants it; within a group those come first who may be called now,
    then by when that will be. Whoever must not be called for good stands under Blocked only. The number of queries
    does not depend on the rows.
    """
    book = playbook()
    owners = set(visible_owners(user))
    blocked = Group("blocked", "Blocked", "Must not be called, so they left the queue", "Since", 15)
    wanted = _all_groups()
    limits = {group.key: group.limit for group in (*wanted, blocked)}
    by_group = find_all(user=user, owners=owners, limits=limits, book=book, now=now)
    groups, shut_out = [(group, by_group[group.key]) for group in wanted], by_group[blocked.key]
    found = {
        item.lead.pk: item.lead for items in (*(items for _, items in groups), shut_out) for item in items
    }
    calls = _calls(found.values(), user, now)
    filled = _each_once(groups, calls)
    filled.append((blocked, _blocked(groups, shut_out, calls)))
    _cut(filled)
    _fill(filled, calls, book, now)
    return [group for group, _ in filled if group.rows]


def first_callable(*, user: User, but: int, now: datetime) -> Lead | None:
    """The lead that stands first in `user`'s queue of those who may be called now, other than number `but`."""
    for group in queue(user=user, now=now):
        for row in group.rows:
            if row.call.allowed and row.lead.pk != but and group.key not in ("upcoming", "blocked"):
                return row.lead
    return None


def _calls(leads: Iterable[Lead], user: User, now: datetime) -> dict[int, CallBadge]:
    answers = may_contact_many(leads=leads, user=user, channel=ContactChannel.CALL, now=now)
    return {key: CallBadge(answer, now) for key, answer in answers.items()}


def _each_once(
    groups: Sequence[tuple[Group, list[Found]]], calls: Mapping[int, CallBadge]
) -> list[tuple[Group, list[Found]]]:
    taken = {key for key, call in calls.items() if call.for_good}
    filled = []
    for group, items in groups:
        own: dict[int, Found] = {}
        for item in items:
            if item.lead.pk not in taken:
                own.setdefault(item.lead.pk, item)
        taken.update(own)
        rows = list(own.values())
        filled.append((group, rows if group.key == "upcoming" else ranked(rows, calls)))
    return filled


def ranked(items: Iterable[Found], calls: Mapping[int, CallBadge]) -> list[Found]:
    """Callable first, then by when they open, then those only a person can open; else as they came."""
    far = datetime.max.replace(tzinfo=UTC)

    def rank(item: Found) -> tuple[int, datetime]:
        call = calls[item.lead.pk]
        if call.allowed:
            return 0, far
        opens_at = call.permission.opens_at
        return (1, opens_at) if opens_at else (2, far)

    return sorted(items, key=rank)


def _blocked(
    groups: Sequence[tuple[Group, list[Found]]], shut_out: list[Found], calls: Mapping[int, CallBadge]
) -> list[Found]:
    """Those that would be in the queue but for good reasons must not: listed, suppressed, too old a consent.

    A listed number that an exemption opens is none of them.
    """
    late = {item.lead.pk: item for _, items in groups for item in items}
    items = {**late, **{item.lead.pk: item for item in shut_out}}
    return [
        replace(item, why=calls[key].permission.reasons[0].text, when=item.lead.status_at)
        for key, item in items.items()
        if calls[key].for_good
    ]


def _cut(filled: Iterable[tuple[Group, list[Found]]]) -> None:
    """Leave MOST_ROWS in all: each group its least, the rest in their order, none more than its limit."""
    filled = list(filled)
    kept = [min(len(items), LEAST_ROWS) for _, items in filled]
    left = MOST_ROWS - sum(kept)
    for n, (group, items) in enumerate(filled):
        more = min(min(len(items), group.limit) - kept[n], left)
        kept[n] += more
        left -= more
        group.more = len(items) > kept[n]
        del items[kept[n] :]


def _fill(
    filled: Iterable[tuple[Group, list[Found]]],
    calls: Mapping[int, CallBadge],
    book: Playbook,
    now: datetime,
) -> None:
    """Turn what was found into rows, with the facts of all leads read together."""
    filled = list(filled)
    ids = [item.lead.pk for _, found in filled for item in found]
    outcomes, evidence = last_outcomes(ids), evidence_at_risk(ids)
    today = timezone.localdate(now)
    marks = sla_marks(lead_ids=ids)
    for group, found in filled:
        for item in found:
            lead, call = item.lead, calls[item.lead.pk]
            group.rows.append(
                Row(
                    lead=lead,
                    age=age_of(lead, today),
                    why=item.why,
                    when=item.when,
                    local=confirmed_time(call.permission, now) or local_time(lead, now),
                    product=book.products.get(lead.interest, lead.interest),
                    last_outcome=_said(outcomes.get(lead.pk), book),
                    call=call,
                    evidence=evidence.get(lead.pk),
                    most_tries=book.most_tries(lead.interest),
                    follow_up=item.follow_up,
                    sla=marks.get(lead.pk) if group.key == "new" else None,
                )
            )


def _said(latest: Communication | None, book: Playbook) -> str:
    if latest is None:
        return ""
    return book.label(latest.outcome) if latest.outcome else latest.get_channel_display()
