"""Between password and code. Who has given the password alone is logged in nowhere: all pages are closed to them.

The session keeps who it was, for five minutes; it holds no user in Django's sense.
"""

from datetime import datetime, timedelta
from typing import Final

from django.contrib.sessions.backends.base import SessionBase

from leadcrm.models import User

KEPT_AS: Final = "password_given"
LASTS: Final = timedelta(minutes=5)


def password_given(*, session: SessionBase, user: User, next_page: str, now: datetime) -> None:
    """Remember that `user` gave the right password, and the page to go to after the code ("" for the usual one)."""
    session.cycle_key()
    session[KEPT_AS] = {
        "user": user.pk, "password": user.get_session_auth_hash(), "backend": getattr(user, "backend", ""),
        "at": now.timestamp(), "next": next_page,
    }  # fmt: skip


def who_gave_password(*, session: SessionBase, now: datetime) -> tuple[User, str, str] | None:
    """(user, backend, next page) of the half-done login; None without one, too late, or changed since.

    A password changed or a login switched off in between ends it.
    """
    kept = session.get(KEPT_AS)
    if not kept or not 0 <= now.timestamp() - kept["at"] <= LASTS.total_seconds():
        return None
    user = User.objects.filter(pk=kept["user"], is_active=True).first()
    if user is None or user.get_session_auth_hash() != kept["password"]:
        return None
    return user, kept["backend"], kept["next"]


def forget(session: SessionBase) -> None:
    """Nobody has given a password."""
    session.pop(KEPT_AS, None)
