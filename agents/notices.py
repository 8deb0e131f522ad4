"""The banner: which new leads its reader has not seen yet, and what the pages need to ask for them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import OuterRef, QuerySet

from agents.assignment.eligibility import hours_refusal
from agents.assignment.roster import ROSTER
from agents.callbadge import CallBadge
from agents.localtime import LocalTime, confirmed_time, local_time
from agents.models import NoticeMark, NoticeSettings
from agents.polling import Watcher
from agents.queue_finds import COLUMNS
from compliance.calling import may_contact_many
from compliance.models import ContactChannel
from intake.models import Lead, LeadStatus
from intake.queries import product_names
from leadcrm.lib.config import current_version
from leadcrm.models import User

# Older ones stand in the queue; nobody is told of them again.
FRESH: Final = timedelta(minutes=15)
MOST_SHOWN: Final = 3
# So many are told from those put aside; more at once are a list, and the queue is better at lists.
MOST_READ: Final = 30
MOST_KEPT: Final = 100


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a reader stands: whom pages poll for, the number to begin with, choices, and the leads to tell of."""

    watcher: Watcher
    number: int
    sound: bool
    desktop: bool
    quiet: bool
    fresh: Sequence[int]


@dataclass(frozen=True, slots=True)
class Arrival:
    """One lead as the banner shows it."""

    lead: Lead
    product: str
    local: LocalTime
    call: CallBadge


@dataclass(frozen=True, slots=True)
class News:
    """What the banner says: the newest leads, and how many there are in all (`more` beyond those shown)."""

    arrivals: Sequence[Arrival]
    count: int

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.arrivals)

    @property
    def desktop_text(self) -> str:
        """For the desktop, where anybody may look on: no name, no number."""
        if self.count != 1:
            return f"{self.count} new leads"
        newest = self.arrivals[0]
        return f"New lead: {', '.join(filter(None, [newest.product, newest.lead.state]))}"


def standing(*, user: User, now: datetime, since: datetime | None = None) -> Standing:
    """Where `user` stands at `now` (aware). One query, and one more for who wants quiet outside working hours.

    Told of are leads that are `user`'s own, new, untouched and not put aside, and came in the last minutes, and after
    `since` where the page shows those before by itself.
    """
    first = max(now - FRESH, since or now - FRESH)
    fresh = unseen(first).filter(owner=OuterRef("pk")).order_by("-assigned_at", "-pk").values("pk")
    newest = Lead.objects.filter(owner=OuterRef("pk"), status=LeadStatus.NEW).order_by("-received_at")
    found: Any = (
        User.objects.filter(pk=user.pk)
        .annotate(fresh=ArraySubquery(fresh[:MOST_READ]), newest=ArraySubquery(newest.values("pk")[:1]))
        .values(
            "fresh", "newest", "agent__pk", "agent__load__arrivals", "notice_mark__dismissed",
            "notice_settings__sound", "notice_settings__desktop", "notice_settings__quiet",
        )
        .get()
    )  # fmt: skip
    agent_id = found["agent__pk"] or 0
    number = found["agent__load__arrivals"] if agent_id else next(iter(found["newest"]), 0)
    aside = set(found["notice_mark__dismissed"] or ())
    return Standing(
        watcher=Watcher(user.pk, agent_id),
        number=number or 0,
        sound=bool(found["notice_settings__sound"]),
        desktop=bool(found["notice_settings__desktop"]),
        quiet=bool(found["notice_settings__quiet"]) and off_hours(agent_ids=[agent_id], now=now) != set(),
        fresh=[pk for pk in found["fresh"] if pk not in aside],
    )


def unseen(first: datetime) -> QuerySet[Lead]:
    """Leads that nobody has touched since they got their owner after `first` (aware)."""
    return Lead.objects.filter(
        status=LeadStatus.NEW,
        touched_at__isnull=True,
        erased_at__isnull=True,
        backlog=False,
        assigned_at__gt=first,
    )


def off_hours(*, agent_ids: Iterable[int], now: datetime) -> set[int]:
    """Those of the agents (keys) who do not work at `now`, by their own hours and clock. One round trip."""
    cards = ROSTER.get(None, current_version()).agents
    return {key for key in agent_ids if key in cards and hours_refusal(cards[key], now) == "off_hours"}


def news(*, user: User, lead_ids: Sequence[int], now: datetime) -> News:
    """The banner about these leads, as far as they still are `user`'s. Nothing is asked when there are none."""
    if not lead_ids:
        return News((), 0)
    mine = Lead.objects.filter(owner=user, pk__in=lead_ids[:MOST_SHOWN], erased_at__isnull=True)
    leads = list(mine.order_by("-assigned_at", "-pk").only(*COLUMNS))
    answers = may_contact_many(leads=leads, user=user, channel=ContactChannel.CALL, now=now)
    products = product_names()
    arrivals = [
        Arrival(
            lead=lead,
            product=products.get(lead.interest, lead.interest),
            local=confirmed_time(answers[lead.pk], now) or local_time(lead, now),
            call=CallBadge(answers[lead.pk], now),
        )
        for lead in leads
    ]
    return News(arrivals, len(arrivals) + max(len(lead_ids) - MOST_SHOWN, 0))


def put_aside(*, user: User, lead_ids: Iterable[int]) -> None:
    """The banner of `user` tells no more of these leads (keys, whosever they are). Twice is once."""
    wanted = set(lead_ids)
    if not wanted:
        return
    with transaction.atomic():
        NoticeMark.objects.bulk_create([NoticeMark(user=user)], ignore_conflicts=True)
        mark = NoticeMark.objects.select_for_update().get(user=user)
        kept = [key for key in mark.dismissed if key not in wanted]
        mark.dismissed = [*kept, *sorted(wanted)][-MOST_KEPT:]
        mark.save(update_fields=["dismissed"])


def settings_of(user: User) -> NoticeSettings:
    """How `user` wants to be told: the stored choice, else the defaults (unsaved)."""
    return NoticeSettings.objects.filter(user=user).first() or NoticeSettings(user=user)


def save_settings(*, user: User, sound: bool, desktop: bool, email: bool, quiet: bool) -> None:
    """How `user` wants to be told from now on. Twice is once."""
    values = {"sound": sound, "desktop": desktop, "email": email, "quiet": quiet}
    NoticeSettings.objects.update_or_create(user=user, defaults=values)
