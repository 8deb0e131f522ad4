"""What was stopped and why, who asked us to stop, what is at risk: the compliance officer's week in figures."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Count
from django.utils import timezone

from agents.figures.reading import Posts, posts
from agents.reports.periods import Period
from agents.reports.reasons import CONSENT, SUPPRESSED
from agents.reports.report import INTERVAL_NOTE, Bars, Body, Column, Report, Row, Table, share, word
from compliance.calling.permission import REASONS
from compliance.models import (
    Certificate,
    CertificateState,
    ContactChannel,
    DncList,
    ListedLead,
    Revocation,
    RevocationChannel,
)
from intake.reasons import said
from leadcrm.lib.counts import count_words
from leadcrm.lib.samples import Share

_MOST: Final = 1000
# One walk along contact_decision_when.
_ASKED: Final = """SELECT channel, count(*), count(*) FILTER (WHERE NOT allowed)
FROM compliance_contactdecision WHERE at >= %s AND at < %s GROUP BY 1 ORDER BY 1"""
_REFUSED: Final = """SELECT reason ->> 'code', count(*)
FROM compliance_contactdecision CROSS JOIN LATERAL jsonb_array_elements(reasons) AS reason
WHERE at >= %s AND at < %s AND NOT allowed GROUP BY 1 ORDER BY 2 DESC, 1"""
_WHY: Final = (word("code", "Code"), word("words", "In words"), Column("count", "How many"))


def make(period: Period, now: datetime) -> Body:
    """Refused posts and contacts of these days, requests to stop, lists and certificates as they stand at `now`."""
    found = posts(first=period.first, last=period.last).get(0, Posts())
    stopped = {
        code: n for code, n in found.reasons.items() if code in CONSENT | SUPPRESSED | {"check_unavailable"}
    }
    contacts, requests = _rows(_ASKED, period), list(_requests(period))
    return Body(
        tables=[
            Table(
                "posts", "Posts refused for consent or do-not-call", (*_WHY, share("share", "Of all posts")),
                [(code, said(code), n, Share(n, found.posts)) for code, n in stopped.items()],
                total=("All", "", sum(stopped.values()), Share(sum(stopped.values()), found.posts)),
                empty="No post was refused for these.",
            ),
            Table(
                "contacts", "Calls and texts asked for",
                (word("channel", "By"), Column("asked", "Asked"), share("refused", "Refused")),
                [(ContactChannel(by).label, n, Share(no, n)) for by, n, no in contacts],
                empty="Nobody asked to call or write.",
            ),
            Table(
                "refusals", "What stood against calls and texts", _WHY,
                [(code, REASONS.get(code, said(code)), n) for code, n in _rows(_REFUSED, period)],
                empty="No call or text was refused.",
            ),
            Table(
                "requests", "People who asked us to stop", (word("channel", "Said"), Column("count", "How many")),
                requests, empty="Nobody asked.",
            ),
            Table("lists", "Do-not-call lists now", _LIST, list(_lists(now)), empty="No list is asked."),
            Table("risks", "At risk now", (word("what", "What"), Column("count", "How many")), _risks(period, now)),
        ],
        notes=("A refused call may have several reasons; each is counted.", INTERVAL_NOTE),
        chart=_chart(stopped),
        nothing=not (stopped or contacts or requests),
    )  # fmt: skip


def _rows(sql: str, period: Period) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [period.begins, period.ends])
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _requests(period: Period) -> Iterable[Row]:
    asked = Revocation.objects.filter(received_at__gte=period.begins, received_at__lt=period.ends).order_by()
    for channel, count in asked.values_list("channel").annotate(n=Count("pk")).order_by("-n", "channel"):
        yield RevocationChannel(channel).label, count


_LIST: Final = (word("list", "List"), word("dated", "Dated"), word("state", "State"))


def _lists(now: datetime) -> Iterable[Row]:
    """The lists that are asked; a stale one stops what it covers."""
    today = timezone.localdate(now)
    for each in DncList.objects.filter(active=True).select_related("current").order_by("code"):
        if each.current is None:
            yield str(each), "", "Nothing loaded"
            continue
        dated, most = each.current.effective_on, each.stale_after_days
        left = None if most is None else (dated + timedelta(days=most) - today).days
        state = (
            "Never stale"
            if left is None
            else f"Fresh for {left} days"
            if left >= 0
            else f"Stale for {-left} days"
        )
        yield str(each), dated, state


def _risks(period: Period, now: datetime) -> list[Row]:
    waiting = Certificate.objects.filter(
        state=CertificateState.WAITING, accepted_at__lt=now - timedelta(minutes=10)
    )
    lost = Certificate.objects.filter(
        state=CertificateState.LOST, accepted_at__gte=period.begins, accepted_at__lt=period.ends
    )
    listed = ListedLead.objects.filter(cleared_at__isnull=True)
    risks = {
        "Certificates not retained yet": waiting, "Certificates lost, of leads of these days": lost,
        "Entries of open leads that became listed": listed,
    }  # fmt: skip
    return [(what, count_words(rows, _MOST)) for what, rows in risks.items()]


def _chart(stopped: dict[str, int]) -> Bars | None:
    if not stopped:
        return None
    total = sum(stopped.values())
    summary = f"{total:,} post{'' if total == 1 else 's'} refused for consent or do-not-call."
    return Bars("Refused posts", summary, [(said(code), float(n), f"{n:,}") for code, n in stopped.items()])


report = Report(
    "compliance", "Compliance",
    "What was stopped and why, who asked us to stop, which lists and certificates are at risk.",
    make,
)  # fmt: skip
