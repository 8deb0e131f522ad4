"""Places under the caps that pings hold: used by their posts, given back when they end.

A place is given back by the statement that ends its ping, in one transaction, and only from `held`: never twice, and
never kept for ever. Whoever wants several rows of compliance_capuse takes them once in a transaction, in the order of
their caps (as compliance.caps does), after the rows of pings: so nobody waits in a circle.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from compliance.models import Outcome
from intake.api.answers import RETRYABLE
from intake.models import Ping, PingPlace, PingState
from intake.post import Post, Reason
from leadcrm.lib.batch import Batch
from leadcrm.lib.db import LostRace, Query, fetch_together

# A post that arrived in time may be asking an outside service still: its ping is left alone so long.
GRACE: Final = timedelta(seconds=15)
BATCH: Final = 500

_GIVE: Final = """
UPDATE compliance_capuse AS use SET used = greatest(use.used - taken.amount, 0) FROM (
    SELECT held.id, back.amount FROM compliance_capuse AS held
    JOIN unnest(%s::bigint[], %s::timestamptz[], %s::numeric[]) AS back (cap_id, period_start, amount)
      ON held.cap_id = back.cap_id AND held.period_start = back.period_start
    ORDER BY held.cap_id, held.period_start FOR UPDATE OF held
) AS taken WHERE use.id = taken.id
"""
_END: Final = """
WITH lapsed AS (
    SELECT id, place, places FROM intake_ping
    WHERE state = 'accepted' AND {which} ORDER BY expires_at, id LIMIT {most} FOR UPDATE {busy}
), ended AS (
    UPDATE intake_ping AS ping SET state = 'expired', ended_at = %(now)s, match_id = NULL, match_person = NULL,
        hashes = '{{}}', place = CASE WHEN ping.place = 'held' THEN 'returned' ELSE ping.place END
    FROM lapsed WHERE ping.id = lapsed.id RETURNING ping.id
), back AS (
    SELECT (taken ->> 'cap')::bigint AS cap_id, (taken ->> 'period')::timestamptz AS period_start,
        sum((taken ->> 'amount')::numeric) AS amount
    FROM lapsed, jsonb_array_elements(lapsed.places) AS taken WHERE lapsed.place = 'held' GROUP BY 1, 2
), held AS (
    SELECT use.id, back.amount FROM compliance_capuse AS use JOIN back USING (cap_id, period_start)
    ORDER BY use.cap_id, use.period_start FOR UPDATE OF use
), given AS (
    UPDATE compliance_capuse AS use SET used = greatest(use.used - held.amount, 0)
    FROM held WHERE use.id = held.id RETURNING use.id
)
SELECT (SELECT count(*) FROM ended), (SELECT count(*) FROM given)
"""
_LAPSED: Final = "expires_at < %(before)s"
_SWEEP: Final = _END.format(which=_LAPSED, most=BATCH, busy="OF intake_ping SKIP LOCKED")
_OF_SOURCE: Final = _END.format(which=f"{_LAPSED} AND source_id = %(source)s", most=BATCH, busy="")
_NAMED: Final = _END.format(which="id = ANY(%(pings)s)", most=BATCH, busy="")


def expire_pings(*, now: datetime) -> int:
    """End pings whose time is over at `now` (aware), and give their places back; returns how many.

    Two sweeps at once end different ones. The periodic job; nothing depends on it but what the log shows.
    """
    return _end(_SWEEP, {"now": now, "before": now - GRACE})


def end_pings(*, pings: Sequence[UUID], now: datetime) -> int:
    """End these at once, if they still stand; how many did."""
    return _end(_NAMED, {"now": now, "pings": list(pings)})


def refuse_while_lapsed(post: Post) -> None:
    """Raise LostRace when pings of the post's source hold places though their time is over: these are freed first.

    Asked where a cap looks full, so that a sweep that does not run costs no lead.
    """
    given = {"now": post.now, "before": post.now - GRACE, "source": post.source.id}
    lapsed = Ping.objects.filter(
        source=post.source.id, state=PingState.ACCEPTED, place=PingPlace.HELD, expires_at__lt=given["before"]
    )
    if lapsed.exists():
        raise LostRace("lapsed pings", first=lambda: _end(_OF_SOURCE, given))


def settle(batch: Batch, post: Post, outcome: Outcome, reasons: Sequence[Reason]) -> None:
    """What the decision on `post` means for its ping, when `batch` is written. The ping's row is locked.

    Bought: the place is used. Held for review: it stays held. Refused: it is given back; but where the refusal is our
    own failure (RETRYABLE), the ping stands as it did, for the retry that the vendor is asked for.
    """
    terms = post.terms
    if terms is None:
        return
    again = outcome == Outcome.REJECTED and reasons[0].code in RETRYABLE
    in_time = post.now <= terms.expires_at
    if again and in_time:
        batch.execute(_STANDS, (terms.ping_id,))
        return
    place = PingPlace.HELD
    if outcome == Outcome.REJECTED:
        place = PingPlace.RETURNED
        _give_back(batch, terms.places if terms.holds else ())
    elif outcome == Outcome.ACCEPTED:
        place = PingPlace.USED
    if again:
        batch.execute(_ENDS, (post.now, str(place), terms.ping_id))
    else:
        batch.execute(_POSTED, (post.submission.pk, post.now, str(place), terms.ping_id))


_PLACE: Final = "place = CASE WHEN place = 'held' THEN %s ELSE place END"
_FORGET: Final = "match_id = NULL, match_person = NULL, hashes = '{}'"
# Not where it was ended while the post was under way: its place is gone.
_STANDS: Final = (
    "UPDATE intake_ping SET state = 'accepted', submission_id = NULL, ended_at = NULL "
    "WHERE id = %s AND state <> 'expired'"
)
_ENDS: Final = (
    "UPDATE intake_ping SET state = 'expired', submission_id = NULL, ended_at = %s, "  # noqa: S608 - constants
    f"{_PLACE}, {_FORGET} WHERE id = %s"
)
_POSTED: Final = (
    "UPDATE intake_ping SET state = 'posted', submission_id = %s, ended_at = %s, "  # noqa: S608 - constants
    f"{_PLACE}, {_FORGET} WHERE id = %s"
)


def _give_back(batch: Batch, places: Sequence[Mapping[str, Any]]) -> None:
    if places:
        batch.execute(
            _GIVE,
            (
                [place["cap"] for place in places],
                [datetime.fromisoformat(place["period"]) for place in places],
                [place["amount"] for place in places],
            ),
        )


def _end(sql: str, given: dict[str, Any]) -> int:
    ended: int = fetch_together(Query(sql, given))[0][0][0]
    return ended
