"""The second factor of a login: an authenticator app (TOTP, RFC 6238) and backup codes, as devices of django-otp.

django-otp's own models keep the key and the codes as plain text, so that whoever reads the database could log in as
anybody. Here the key is sealed (leadcrm.lib.sealing) and of a code its digest is kept.
"""

from base64 import b32decode
from datetime import datetime
from typing import Any, ClassVar, Final

from django.conf import settings
from django.db import models
from django_otp.models import Device, DeviceManager, ThrottlingMixin
from django_otp.oath import TOTP

from leadcrm.lib.sealing import seal_text, unseal_text

STEP_SECONDS: Final = 30
DIGITS: Final = 6
# Codes of the step before and after count, too: clocks of phones go wrong by seconds, people type slowly.
TOLERANCE: Final = 1


class Authenticator(ThrottlingMixin, Device, models.Model):  # type: ignore[misc]
    """One person's authenticator app. Not `confirmed`: its set-up has begun, and it opens nothing yet.

    After a wrong code the next is looked at a second later, then two, four and so on (django-otp's throttling).
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="authenticator"
    )
    sealed_key = models.TextField(help_text="The shared secret in base32, sealed.")
    last_step = models.BigIntegerField(default=-1, help_text="Of the last code taken; it is not taken again.")
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = DeviceManager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(confirmed=True, confirmed_at__isnull=False)
                | models.Q(confirmed=False, confirmed_at__isnull=True),
                name="authenticator_confirmed_has_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"Authenticator of {self.user_id}"

    def get_throttle_factor(self) -> int:
        """Seconds after the first wrong code (django-otp asks)."""
        return 1

    @property
    def place(self) -> str:
        """What the key is sealed for; in another row it does not open."""
        return f"agents_authenticator.sealed_key:{self.user_id}"

    @property
    def key(self) -> str:
        """The shared secret in base32. Raises CannotOpen."""
        return unseal_text(self.sealed_key, place=self.place)

    def set_key(self, key: str) -> None:
        """Take the shared secret `key` (base32); the row is not saved."""
        self.sealed_key = seal_text(key, place=self.place)

    def step_of(self, code: str, *, now: datetime) -> int | None:
        """The step `code` belongs to if it is right at `now` and later than the last one taken. Raises CannotOpen."""
        totp = TOTP(b32decode(self.key), STEP_SECONDS, 0, DIGITS)
        totp.time = now.timestamp()
        return int(totp.t()) if totp.verify(int(code), TOLERANCE, self.last_step + 1) else None


class BackupCode(models.Model):
    """A code that opens once, for the day the phone is lost. Random enough (79 bits) that its SHA-256 tells nobody."""

    authenticator = models.ForeignKey(Authenticator, on_delete=models.CASCADE, related_name="backup_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["authenticator", "digest"], name="backup_code_once"),
        ]

    def __str__(self) -> str:
        return f"Backup code {self.pk}"
