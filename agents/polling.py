"""What open pages ask every second or two: has a lead come? One indexed read, no session, no user, no word of anybody.

A page is rendered with a token: signed, a few minutes young, and bound to the session's cookie, so that without the
cookie (logged out, another browser) it is worth nothing. A page whose token is too old fetches a new one with its
session. What a token can still tell somebody whose login was just switched off is a running number.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.utils.crypto import constant_time_compare, salted_hmac

from leadcrm.lib.db import Query, fetch_together

TOKEN_LIVES: Final = 300  # seconds
# How exactly it is known when a page was last open; each write of it saves that many polls one.
SEEN_EVERY: Final = timedelta(seconds=55)
_SALT: Final = "agents.polling"
_SIGNER: Final = TimestampSigner(salt=_SALT)

_OF_AGENT: Final = """
    SELECT (SELECT arrivals FROM agents_agentload WHERE agent_id = %s),
        (SELECT seen_at FROM agents_noticemark WHERE user_id = %s)
"""
# Who is no agent gets leads as the last link of a chain only, the moment they come.
_OF_OTHERS: Final = """
    SELECT (SELECT id FROM intake_lead WHERE owner_id = %s AND status = 'new' ORDER BY received_at DESC LIMIT 1),
        (SELECT seen_at FROM agents_noticemark WHERE user_id = %s)
"""
_MARK: Final = """
    INSERT INTO agents_noticemark (user_id, seen_at, dismissed)
    SELECT id, %s, '{}' FROM leadcrm_user WHERE id = %s AND is_active
    ON CONFLICT (user_id) DO UPDATE SET seen_at = greatest(agents_noticemark.seen_at, excluded.seen_at)
"""


@dataclass(frozen=True, slots=True)
class Watcher:
    """Whose news is asked for. `agent_id` is 0 for a person who is no agent."""

    user_id: int
    agent_id: int


def make_token(watcher: Watcher, *, session_key: str) -> str:
    """A token for the pages of `watcher` in the browser that holds the session; for a header, never an address."""
    return _SIGNER.sign(f"{watcher.user_id}.{watcher.agent_id}.{_bound_to(session_key)}")


def read_token(token: str, *, session_key: str) -> Watcher | None:
    """Whose token it is; None if it is not ours, too old, or of another session than the request's. No query."""
    try:
        user_id, agent_id, bound = _SIGNER.unsign(token, max_age=TOKEN_LIVES).split(".")
    except (BadSignature, ValueError):
        return None
    if not session_key or not constant_time_compare(bound, _bound_to(session_key)):
        return None
    return Watcher(int(user_id), int(agent_id))


def latest_number(watcher: Watcher, *, now: datetime) -> int:
    """A number that changes when `watcher` gets a lead. One query; once a minute a second notes that a page is open."""
    of_agent = watcher.agent_id
    query = Query(_OF_AGENT if of_agent else _OF_OTHERS, (of_agent or watcher.user_id, watcher.user_id))
    ((number, seen_at),) = fetch_together(query)[0]
    if seen_at is None or seen_at < now - SEEN_EVERY:
        fetch_together(Query(_MARK, (now, watcher.user_id)))
    return int(number or 0)


def _bound_to(session_key: str) -> str:
    return salted_hmac(_SALT, session_key, secret=settings.SECRET_KEY, algorithm="sha256").hexdigest()[:24]
