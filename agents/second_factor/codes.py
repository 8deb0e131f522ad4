"""Checking a code: of the app, each step once; of the list of backup codes, each code once."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

import structlog
from django.db import transaction

from agents.models import Authenticator, BackupCode
from leadcrm.lib.sealing import CannotOpen
from leadcrm.models import User

log = structlog.get_logger(__name__)

HOW_MANY: Final = 10
# No 0, 1, I, L, O: they are read for each other.
_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH: Final = 16
_APP_CODE: Final = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`right`: let them in. `wrong`: counted. `wait`: not looked at, for `wait` more. `shut`: ours to mend."""

    answer: Literal["right", "wrong", "wait", "shut"]
    wait: timedelta = timedelta(0)


def check_code(*, user: User, code: str, now: datetime) -> Verdict:
    """Is `code`, as typed, one of the app or an unused backup code of `user`? Whatever is right is spent by it.

    The person's row is locked meanwhile, so that of two that come at once with the same code one gets in.
    """
    typed = re.sub(r"[\s\-]", "", code).upper()
    with transaction.atomic():
        found = Authenticator.objects.select_for_update().filter(user=user, confirmed=True).first()
        if found is None:
            return Verdict("wrong")
        if wait := waiting_time(found, now=now):
            return Verdict("wait", wait)
        try:
            right = spend_app_code(found, typed, now=now) or _spend_backup_code(found, typed, now=now)
        except CannotOpen:
            log.error("second_factor.key_does_not_open", user=user.pk)
            return Verdict("shut")
        note_try(found, right=right, now=now)
    return Verdict("right" if right else "wrong")


def waiting_time(found: Authenticator, *, now: datetime) -> timedelta:
    """How long no further code is looked at after wrong ones; nothing, as a rule."""
    allowed, why = found.verify_is_allowed()
    if allowed:
        return timedelta(0)
    left: timedelta = why["locked_until"] - now
    return max(timedelta(seconds=1), left)


def spend_app_code(found: Authenticator, typed: str, *, now: datetime) -> bool:
    """Is it a code of the app, later than the last one taken? The row is changed, not saved. Raises CannotOpen."""
    if not _APP_CODE.fullmatch(typed):
        return False
    step = found.step_of(typed, now=now)
    if step is None:
        return False
    found.last_step = step
    return True


def note_try(found: Authenticator, *, right: bool, now: datetime) -> None:
    """Save the row with the try in it."""
    if right:
        found.used_at = now
        found.throttle_reset(commit=False)
    else:
        found.throttle_increment(commit=False)
    found.save()


def _spend_backup_code(found: Authenticator, typed: str, *, now: datetime) -> bool:
    unused = found.backup_codes.filter(digest=_digest(typed), used_at__isnull=True)
    if len(typed) != _LENGTH or not unused.update(used_at=now):
        return False
    log.info("second_factor.backup_code_used", user=found.user_id)
    return True


def write_backup_codes(found: Authenticator) -> list[str]:
    """Ten new codes in place of those there were, as people write them down; nobody can read them again."""
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)) for _ in range(HOW_MANY)]
    found.backup_codes.all().delete()
    BackupCode.objects.bulk_create(BackupCode(authenticator=found, digest=_digest(code)) for code in codes)
    return ["-".join(code[n : n + 4] for n in range(0, _LENGTH, 4)) for code in codes]


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
