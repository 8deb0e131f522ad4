"""The post that names a ping: whether the ping is good for it, and what it was promised."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from intake.models import Ping, PingPlace, PingState
from intake.pings.saying import disagreements, other_person
from intake.post import Post, Reason, Terms

# What a ping is recognised by, once it cannot come again.
FORGOTTEN: Final[dict[str, Any]] = {"match_id": None, "match_person": None, "hashes": {}}


def find_ping(post: Post, *, lock: bool = False) -> Ping | None:
    """The ping that `post` names, of the same source and as much a test as it is; None for none.

    With `lock` others that want it wait until the transaction ends; its post, if it had one, is read with it.
    """
    key = _key_of(post)
    if key is None:
        return None
    rows = Ping.objects.filter(pk=key, source=post.source.id, test=post.test)
    return (rows.select_for_update() if lock else rows).defer("answer", "checks").first()


def with_terms(post: Post, ping: Ping | None) -> Post:
    """`post` with the terms of its `ping` and at its price, or with the reasons why there are none.

    Unchanged where it names none. In time is what arrived in time, however long it has waited for us since.
    """
    if "ping_id" not in post.fields:
        return post
    refusals = _refusals(post, ping)
    if ping is None or refusals:
        return replace(post, terms=None, no_terms=refusals)
    terms = Terms(
        ping_id=ping.pk, price=ping.price, rule=ping.price_rule, expires_at=_expiry(ping),
        places=tuple(ping.places), holds=ping.place == PingPlace.HELD,
    )  # fmt: skip
    return replace(post, terms=terms, no_terms=(), price=ping.price, price_rule=ping.price_rule)


def bind(post: Post) -> bool:
    """Use the ping up for `post`, whose row is stored and whose decision comes later. False where there is none.

    In the transaction that locked the ping. Its price stands then however long that takes, and its place is held.
    """
    if post.terms is None:
        return False
    used = Ping.objects.filter(pk=post.terms.ping_id, submission__isnull=True, state=PingState.ACCEPTED)
    return bool(
        used.update(state=PingState.POSTED, submission=post.submission.pk, ended_at=post.now, **FORGOTTEN)
    )


def _key_of(post: Post) -> UUID | None:
    try:
        return UUID(post.fields["ping_id"])
    except (KeyError, ValueError):
        return None


def _refusals(post: Post, ping: Ping | None) -> tuple[Reason, ...]:
    if ping is None or ping.state == PingState.REJECTED:
        return (Reason("ping_unknown", "There is no such ping to post to.", "ping_id"),)
    if ping.submission_id is not None and ping.submission_id != post.submission.pk:
        return (Reason("duplicate", "This ping was posted before.", "ping_id"),)
    if ping.submission_id is None and post.submission.received_at > _expiry(ping):
        return (Reason("ping_expired", "The ping has expired.", "ping_id"),)
    return disagreements(ping.fields, post, ping.received_at) + other_person(ping.hashes, post)


def _expiry(ping: Ping) -> datetime:
    assert ping.expires_at is not None  # a constraint of its table: only a refused ping has none
    return ping.expires_at
