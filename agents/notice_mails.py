"""Mails about leads that came while no page of their owner was open, and that nobody has touched since.

Nothing is written when a lead comes: every few seconds the untouched leads of those who are away are looked up, by
one index. Rows first, mails after (agents.mail_queue): a lead is noted once for a person, the database holds it to
that. One mail a person, however many leads are in it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse

from agents.mail_queue import MailQueue
from agents.models import Agent, Notice, PersonMailState
from agents.notices import off_hours, unseen
from agents.polling import SEEN_EVERY
from intake.queries import product_names
from leadcrm.models import User

# A page that is open notes so at least that often, a poll's delay included.
OPEN_WITHIN: Final = SEEN_EVERY + timedelta(seconds=10)
# Whoever was not told within the hour (nothing ran) sees it in the queue.
TOO_OLD: Final = timedelta(hours=1)
# Between two mails to one person: a busy night is a few mails, not a hundred.
GAP: Final = timedelta(minutes=10)
MOST_AT_ONCE: Final = 500
MOST_TRIES: Final = 4


def note_unseen(*, now: datetime) -> int:
    """Note who is to be told of which lead at `now` (aware); how many.

    Those leads that came while no page of their owner was open, that no page has shown since, and that waited
    NOTICE_MAIL_AFTER seconds untouched. Owners who switched the mail off, or cannot log in, are told nothing.
    """
    away = _away(now)
    if not away:
        return 0
    told = Notice.objects.filter(lead=OuterRef("pk"), user=OuterRef("owner"))
    waited = now - max(timedelta(seconds=settings.NOTICE_MAIL_AFTER), OPEN_WITHIN)
    leads = unseen(now - TOO_OLD).filter(~Exists(told), owner__in=away, assigned_at__lte=waited)
    found = leads.order_by("assigned_at").values_list("pk", "owner_id", "assigned_at")[:MOST_AT_ONCE]
    missed = [(pk, owner) for pk, owner, came in found if owner and came and _missed(away[owner], came)]
    due = _next_mail({owner for _, owner in missed}, now)
    rows = [Notice(lead_id=pk, user_id=owner, due_at=due[owner], created_at=now) for pk, owner in missed]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def wants_mail(user_id: int, *, now: datetime) -> bool:
    """True for somebody who may be written to about a lead now: away, with mail wanted, and not off duty in quiet."""
    user = User.objects.filter(pk=user_id).first()
    return user is not None and user_id in _away(now, only=user_id) and not _is_quiet(user, now)


def _away(now: datetime, only: int | None = None) -> dict[int, datetime | None]:
    """Who has no page open and wants mail (of all, or `only` of one): user -> when a page was last open."""
    people = User.objects.filter(is_active=True, **({"pk": only} if only else {})).exclude(
        notice_settings__email=False
    )
    away = people.exclude(notice_mark__seen_at__gt=now - OPEN_WITHIN)
    return dict(away.values_list("pk", "notice_mark__seen_at"))


def _missed(seen_at: datetime | None, came: datetime) -> bool:
    return seen_at is None or seen_at < came


def _next_mail(users: set[int], now: datetime) -> dict[int, datetime]:
    """When each may have the next mail."""
    sent = Notice.objects.filter(user__in=users, state=PersonMailState.SENT, sent_at__gt=now - GAP)
    last = dict(sent.order_by().values("user").annotate(last=Max("sent_at")).values_list("user", "last"))
    return {user: max(now, last[user] + GAP) if user in last else now for user in users}


def _still_needed(batch: Sequence[Notice], now: datetime) -> list[Notice]:
    """Those still to be told: the reader still away and reachable, the lead still theirs and untouched."""
    user, away = batch[0].user, _away(now)
    if user.pk not in away or _is_quiet(user, now):
        return []
    mine = unseen(now - TOO_OLD).filter(owner=user, pk__in=[row.lead_id for row in batch])
    came = mine.values_list("pk", "assigned_at")
    held = {pk for pk, at in came if at and _missed(away[user.pk], at)}
    return [row for row in batch if row.lead_id in held]


def _is_quiet(user: User, now: datetime) -> bool:
    agent = Agent.objects.filter(user=user, user__notice_settings__quiet=True).values_list("pk", flat=True)
    return bool(off_hours(agent_ids=agent, now=now))


def _letter(batch: Sequence[Notice], _: datetime) -> dict[str, Any]:
    """Subject, text, address. Product, state and the way to the lead; nothing that says who it is."""
    products = product_names()
    leads = [
        {
            "what": ", ".join(filter(None, [products.get(row.lead.interest, row.lead.interest), row.lead.state])),
            "url": settings.PUBLIC_URL + reverse("lead", args=[row.lead_id]),
        }
        for row in batch
    ]  # fmt: skip
    subject = f"New lead: {leads[0]['what']}" if len(leads) == 1 else f"{len(leads)} new leads"
    text = render_to_string(
        "agents/mail/new_leads.txt",
        {
            "leads": leads, "agency": settings.AGENCY_NAME, "queue": settings.PUBLIC_URL + reverse("queue"),
            "me": settings.PUBLIC_URL + reverse("me"),
        },
    )  # fmt: skip
    return {"subject": " ".join(subject.split()), "body": text, "to": [batch[0].user.email]}


def _read(rows: QuerySet[Notice]) -> QuerySet[Notice]:
    return rows.select_related("user", "lead").order_by("-lead__assigned_at", "-pk")


NOTICES: Final = MailQueue[Notice](
    name="notice", rows=Notice.objects.all, reader="user", read=_read, still_needed=_still_needed, letter=_letter,
    most_tries=MOST_TRIES, first_wait=timedelta(minutes=2), claim_lasts=timedelta(minutes=5),
    most_at_once=MOST_AT_ONCE,
)  # fmt: skip


def send_notices(*, now: datetime) -> int:
    """Send what is due, as agents.mail_queue does; how many mails went out."""
    return NOTICES.send_due(now=now)
