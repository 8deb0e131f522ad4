"""Is a source ready to go live? Answered from facts: its settings and its last posts. Writes nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db.models import Count

from intake.api.parsers import parse_body
from intake.flatten import BodyRefused
from intake.models import (
    EndpointState,
    KeyScope,
    Mode,
    Ping,
    PingState,
    PriceKind,
    RetrySeen,
    ReturnTerm,
    SourceStatus,
    Submission,
    SubmissionState,
    WebhookEndpoint,
)
from intake.originals import body_of, query_of
from intake.post import Post
from intake.queries import submissions_of
from intake.sources import SourceConfig
from intake.understanding import ALWAYS_REQUIRED, understand
from leadcrm.lib import pipeline
from leadcrm.lib.admin.words import to_minute
from leadcrm.lib.normalize.zips import TEST_ZIPS
from leadcrm.lib.sealing import CannotOpen

LATELY: Final = timedelta(days=30)
# Test posts that are looked at; of the newest few what they carry is read, too.
MOST_LOOKED_AT: Final = 200
MOST_READ: Final = 20
MOST_NAMED: Final = 6


class Standing(StrEnum):
    """Whether something is there; what is only advised keeps no source from going live."""

    DONE = "done"
    MISSING = "missing"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the check-list. `place` names where it is mended, for the pages; `post` the post that shows it."""

    name: str
    standing: Standing
    title: str
    words: str
    place: str = ""
    post: UUID | None = None


@dataclass(frozen=True, slots=True)
class Trials:
    """A source's posts of late, newest first; `read` are those of the newest that could be read."""

    rows: tuple[Submission, ...]
    read: tuple[Post, ...]

    def carried(self) -> frozenset[str]:
        """Fields and attributes that were understood in one of them."""
        return frozenset(name for post in self.read for name in (*post.fields, *post.attributes))

    def forced(self) -> frozenset[UUID]:
        """The posts whose outcome their ZIP asked for: they prove nothing."""
        return frozenset(
            post.submission.pk
            for post in self.read
            if "zip" in post.fields and post.fields["zip"].zip5 in TEST_ZIPS
        )


def look(*, source: SourceConfig, config_version: int, now: datetime) -> list[Item]:
    """The check-list of `source` at `now` (aware). A bounded number of queries, whatever was posted."""
    trials = read_trials(source, config_version, now)
    return [
        _key(source, now),
        _accepted(trials),
        _required(source, trials),
        *pipeline.step("ready_terms")(source=source, trials=trials, config_version=config_version, now=now),
        _price(source),
        _hours(source),
        _returns(source),
        *_answering(source),
        _unknown(trials),
        _refused(trials),
        _duplicate(trials),
        *_retried(source, now),
        *_pings(source, now),
    ]


def missing(items: Iterable[Item]) -> list[Item]:
    """What should be there before a source goes live."""
    return [item for item in items if item.standing == Standing.MISSING]


def read_trials(source: SourceConfig, config_version: int, now: datetime) -> Trials:
    """The posts of the last 30 days, as the rules of today read them; test posts where it is in test. Two queries."""
    posts = submissions_of(source.id).filter(received_at__gt=now - LATELY)
    if source.source.status == SourceStatus.TEST:
        posts = posts.filter(test=True)
    rows = tuple(posts.only("id", "state", "reason", "received_at")[:MOST_LOOKED_AT])
    newest = Submission.objects.filter(pk__in=[row.pk for row in rows[:MOST_READ]]).order_by("-received_at")
    return Trials(rows, tuple(_read(newest, source, config_version)))


def _read(rows: Iterable[Submission], source: SourceConfig, config_version: int) -> Iterator[Post]:
    for row in rows:
        if not row.body and not row.query:
            continue  # erased, or past its time
        try:
            parsed = parse_body(body_of(row), row.content_type, query_of(row))
        except (BodyRefused, CannotOpen):
            continue
        yield understand(
            submission=row, source=source, payload=parsed.flat, config_version=config_version,
            now=row.received_at, test=True,
        )  # fmt: skip


def _item(name: str, title: str, done: bool, words: str, place: str = "", *, advice: bool = False) -> Item:
    short = Standing.ADVICE if advice else Standing.MISSING
    return Item(name, Standing.DONE if done else short, title, words, place)


def names_of(names: Iterable[str]) -> str:
    """A few names; how many more there are."""
    found = list(names)
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return ", ".join(found[:MOST_NAMED]) + more


def _key(source: SourceConfig, now: datetime) -> Item:
    usable = [key for key in source.keys.values() if key.scope == KeyScope.POST and key.is_usable(now)]
    words = f"{len(usable)} of its keys work{'s' if len(usable) == 1 else ''}." if usable else (
        "No key works: nobody can post."
    )  # fmt: skip
    return _item("key", "A key that works", bool(usable), words, "keys" if usable else "issue-key")


def _accepted(trials: Trials) -> Item:
    forced = trials.forced()
    bought = [row for row in trials.rows if row.state == SubmissionState.ACCEPTED and row.pk not in forced]
    if bought:
        words = f"The last one on {to_minute(bought[0].received_at)}."
        return Item("accepted", Standing.DONE, "A post was accepted", words, "sample", bought[0].pk)
    last = trials.rows[0] if trials.rows else None
    words = f"The last one: {last.reason or last.state}." if last else "No post in the last 30 days."
    return Item(
        "accepted", Standing.MISSING, "A post was accepted", words, "sample", last.pk if last else None
    )


def _required(source: SourceConfig, trials: Trials) -> Item:
    wanted = list(dict.fromkeys((*ALWAYS_REQUIRED, *source.required)))
    unseen = [name for name in wanted if name not in trials.carried()]
    words = f"No post carried {names_of(unseen)}." if unseen else f"All {len(wanted)} were seen."
    return _item("required", "Each required field was posted", not unseen, words, "sample")


def _price(source: SourceConfig) -> Item:
    price, kind = source.source.price, source.source.price_kind
    lines = source.prices if kind == PriceKind.TABLE else ()
    if lines:
        words = f"By a table of {len(lines)} line{'s' if len(lines) > 1 else ''}, ${price:,.2f} where none matches."
    elif kind == PriceKind.ASK:
        words = f"At most ${price:,.2f}, by the vendor's ask."
    else:
        words = f"${price:,.2f} a lead."
    paid = price > 0 or any(line.price > 0 for line in lines)
    return _item("price", "A price", paid, words if paid else "The price is nothing.", "price")


def _hours(source: SourceConfig) -> Item:
    days = len({day for day, _, _ in source.hours})
    words = f"Open on {days} day{'s' if days != 1 else ''} a week." if days else (
        "Open at any hour. Set hours if nobody calls at night."
    )  # fmt: skip
    return _item("hours", "Hours", bool(days), words, "hours", advice=True)


def _returns(source: SourceConfig) -> Item:
    grounds = [str(term) for term in ReturnTerm.objects.filter(source_id=source.id)]
    words = f"{names_of(grounds)}." if grounds else "No ground is set: its vendor takes no lead back."
    return _item("returns", "Returns", bool(grounds), words, "returns", advice=True)


def _answering(source: SourceConfig) -> list[Item]:
    """Where posts are answered 202, the vendor learns the decision by a webhook or must ask for it."""
    if source.source.mode != Mode.BACKGROUND:
        return []
    told = WebhookEndpoint.objects.filter(
        vendor_id=source.source.vendor_id, state=EndpointState.ACTIVE
    ).exists()
    words = (
        "A webhook tells the vendor."
        if told
        else "No webhook tells the vendor: it must ask for each decision."
    )
    return [_item("webhook", "The vendor learns decisions", told, words, "webhooks", advice=True)]


def _unknown(trials: Trials) -> Item:
    title = "No field is left unmapped"
    names = list(dict.fromkeys(name for post in trials.read for name in post.unknown))
    if not names:
        words = "The last posts held no field that is not known." if trials.read else "No post to look at."
        return _item("unknown", title, bool(trials.read), words, "sample", advice=True)
    shows = next(post for post in trials.read if post.unknown)
    words = f"Not known: {names_of(names)}."
    return Item("unknown", Standing.ADVICE, title, words, "sample", shows.submission.pk)


def _refused(trials: Trials) -> Item:
    reasons = list(dict.fromkeys(row.reason for row in trials.rows if row.state == SubmissionState.REJECTED))
    words = f"Refused were: {names_of(reasons)}." if reasons else (
        "The vendor has not seen a refusal yet. A test post with the ZIP 00003 is refused."
    )  # fmt: skip
    return _item("refused", "The vendor has seen a refusal", bool(reasons), words, advice=True)


def _duplicate(trials: Trials) -> Item:
    seen = any(row.reason == "duplicate" for row in trials.rows)
    words = "A post was refused as a duplicate." if seen else (
        "Not tried yet. A test post with the ZIP 00001 is answered as a duplicate."
    )  # fmt: skip
    return _item("duplicate", "The vendor has seen a duplicate", seen, words, advice=True)


def _retried(source: SourceConfig, now: datetime) -> list[Item]:
    """Noted of test posts only, so nothing is said of a live source."""
    if source.source.status == SourceStatus.LIVE:
        return []
    last = RetrySeen.objects.filter(source_id=source.id).values_list("last_at", flat=True).first()
    seen = last is not None and now - last < LATELY
    words = "A test post came again and was answered as the first time." if seen else (
        "Not tried yet. The same test post sent twice must have the same answer twice."
    )  # fmt: skip
    return [_item("retried", "A retry was tried", seen, words, advice=True)]


def _pings(source: SourceConfig, now: datetime) -> list[Item]:
    """Whether the vendor has got a bid and made a post of it, where it may ping. One query."""
    if not source.source.pings:
        return []
    recent = Ping.objects.filter(source_id=source.id, received_at__gt=now - LATELY).order_by("-received_at")
    states = list(recent.values_list("state", flat=True)[:MOST_LOOKED_AT])
    bids, posted = [s for s in states if s != PingState.REJECTED], PingState.POSTED in states
    if posted:
        words = "A ping got a bid, and its post came."
    else:
        words = (
            "A ping got a bid; no post has named one yet."
            if bids
            else "No ping got a bid in the last 30 days."
        )
    return [_item("pings", "A ping and its post", posted, words, "pings", advice=True)]


def traffic(source_ids: Iterable[int], now: datetime) -> dict[int, dict[str, int]]:
    """Live posts of the last 24 hours by source and state, by their index. One query."""
    found: dict[int, dict[str, int]] = {source_id: {} for source_id in source_ids}
    counted = (
        Submission.objects.filter(source_id__in=found, received_at__gt=now - timedelta(days=1), test=False)
        .values_list("source_id", "state")
        .annotate(posts=Count("pk"))
        .order_by()
    )
    for source_id, state, posts in counted:
        found[source_id][state] = posts
    return found
