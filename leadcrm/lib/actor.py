"""Who is at work on this connection: read by the database when it records a change.

A session variable of PostgreSQL, so that a trigger knows what no column of the changed row tells. It is a help to
whoever reads the history, not a proof: somebody with a database login can set it to anything.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse

from leadcrm.lib.client import client_ip

_SET: Final = (
    "SELECT set_config('leadcrm.actor', %s, false), set_config('leadcrm.via', %s, false),"
    " set_config('leadcrm.ip', %s, false)"
)
_BY_ACT: Final = (
    "SELECT set_config('leadcrm.via', split_part(current_setting('leadcrm.via', true), ':', 1) || ': ' || %s, false)"
    " WHERE current_setting('leadcrm.via', true) <> ''"
)
# Where configuration is changed, and by what name the history knows the place.
PLACES: Final = {"/admin/": "admin", "/me/": "own page", "/team/": "team page"}
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


@contextmanager
def acting(user_id: int | None, *, via: str, ip: str = "") -> Iterator[None]:
    """Changes meanwhile are recorded as those of `user_id`, made by way of `via` (a few words), from the address `ip`.

    Costs a round trip at either end. Not to be nested: afterwards nobody is at work.
    """
    _say(str(user_id or ""), via, ip)
    try:
        yield
    finally:
        _forget()


def by_act(label: str) -> None:
    """What is changed from here on, until nobody is at work, was done by the button `label`. Nothing when nobody is."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_ACT, [label])


def _say(user_id: str, via: str, ip: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SET, [user_id, via, ip])


def _forget() -> None:
    """A kept connection must not go on under a name: one that cannot be told is closed."""
    if connection.connection is None or connection.needs_rollback:
        return  # nothing is left of it, or the rollback takes it back
    try:
        _say("", "", "")
    except Error:
        connection.close()


class ActorMiddleware:
    """Names the person behind a request that may change configuration: managers' pages, and each agent's own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer `request`, under the name of who sends it."""
        place = next((name for start, name in PLACES.items() if request.path.startswith(start)), "")
        if request.method in _SAFE or not place:
            return self.get_response(request)
        with acting(request.user.pk, via=place, ip=client_ip(request) or ""):
            return self.get_response(request)
