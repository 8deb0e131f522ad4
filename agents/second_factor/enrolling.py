"""Setting a second factor up, new backup codes, turning it off. Passwords are asked for by the pages."""

import secrets
from base64 import b32encode
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote, urlencode

import structlog
from django.conf import settings
from django.db import transaction

from agents.models import DIGITS, STEP_SECONDS, Authenticator
from agents.second_factor.codes import note_try, spend_app_code, waiting_time, write_backup_codes
from leadcrm.lib.sealing import CannotOpen
from leadcrm.models import User

log = structlog.get_logger(__name__)

# A key that was shown and not confirmed is good that long: a page left open over lunch is not, overnight.
DRAFT_LASTS: Final = timedelta(hours=1)


class AlreadyOn(Exception):
    """There is a second factor already; it must be turned off before another one is set up."""


class CodeRefused(Exception):
    """The code is wrong, or may not be tried yet; the message is for people."""


def begin_set_up(*, user: User, now: datetime) -> Authenticator:
    """The app to be confirmed: the same key for an hour, so that reloading a page does not void the code scanned.

    Raises AlreadyOn.
    """
    with transaction.atomic():
        fresh = Authenticator(user=user, name="Authenticator app", confirmed=False, created_at=now)
        fresh.set_key(_new_key())
        Authenticator.objects.bulk_create([fresh], ignore_conflicts=True)
        found: Authenticator = Authenticator.objects.select_for_update().get(user=user)
        if found.confirmed:
            raise AlreadyOn
        if found.created_at < now - DRAFT_LASTS or not _opens(found):
            found.created_at = now
            found.set_key(_new_key())
            found.save()
    return found


def _new_key() -> str:
    return b32encode(secrets.token_bytes(20)).decode()


def _opens(found: Authenticator) -> bool:
    try:
        return bool(found.key)
    except CannotOpen:
        return False


def address_of(found: Authenticator) -> str:
    """What the app reads from the picture: otpauth://totp/ISSUER:LOGIN with the key (the de-facto URI format)."""
    issuer = settings.AGENCY_NAME.replace(":", " ")
    label = quote(f"{issuer}:{found.user.email}")
    given = {"secret": found.key, "issuer": issuer, "digits": DIGITS, "period": STEP_SECONDS}
    return f"otpauth://totp/{label}?{urlencode(given, quote_via=quote)}"


def confirm(*, user: User, code: str, now: datetime) -> list[str]:
    """Switch it on with the first code of the app; all other sessions end. The backup codes, to be shown once.

    Raises AlreadyOn, and CodeRefused with words for people.
    """
    with transaction.atomic():
        found = Authenticator.objects.select_for_update().filter(user=user).first()
        if found is None or not (found.confirmed or _opens(found)):
            raise CodeRefused("The set-up has run out. Scan the new picture.")
        if found.confirmed:
            raise AlreadyOn
        if wait := waiting_time(found, now=now):
            raise CodeRefused(please_wait(wait))
        right = spend_app_code(found, "".join(code.split()), now=now)
        if right:
            found.confirmed, found.confirmed_at = True, now
        note_try(found, right=right, now=now)
        codes = write_backup_codes(found) if right else []
        if right:
            user.end_sessions()
    if not codes:
        raise CodeRefused(
            "This code is not right. Wait for the next one in the app, and check that the clock of your phone is "
            "set by itself."
        )
    log.info("second_factor.on", user=user.pk)
    return codes


def new_backup_codes(*, user: User) -> list[str]:
    """Ten codes in place of the old ones, to be shown once. Empty where there is no second factor."""
    with transaction.atomic():
        found = Authenticator.objects.select_for_update().filter(user=user, confirmed=True).first()
        return write_backup_codes(found) if found else []


def turn_off(*, user: User, why: str) -> bool:
    """Take the second factor and its codes away and end all sessions. False where there is none; twice is once.

    `why` is a word for the log: own, or reset (by a manager).
    """
    with transaction.atomic():
        gone, _ = Authenticator.objects.filter(user=user).delete()
        if gone:
            user.end_sessions()
    if gone:
        log.info("second_factor.off", user=user.pk, why=why)
    return bool(gone)


def please_wait(wait: timedelta) -> str:
    """For people who tried too often."""
    seconds = int(wait.total_seconds()) + 1
    length = f"{seconds} seconds" if seconds < 120 else f"{seconds // 60 + 1} minutes"
    return f"Too many wrong codes. Wait {length} and then try again."
