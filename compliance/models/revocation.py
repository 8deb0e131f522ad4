"""Requests to stop, as they came: what was said, when, by which way, and what it was about."""

from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import Q

from intake.models import Key, Lead


class RevocationScope(models.TextChoices):
    """What a person no longer wants. Everything, unless they said otherwise."""

    ALL = "all", "Everything"
    CALLS = "calls", "Calls only"
    TEXTS = "texts", "Texts only"
    EMAIL = "email", "E-mail only"


# Whom these are held for may not be called, and is not bought.
STOPS_CALLS: Final = (RevocationScope.ALL, RevocationScope.CALLS)


class RevocationChannel(models.TextChoices):
    """The way the request came in."""

    CALL = "call", "On the phone"
    TEXT = "text", "By text"
    EMAIL = "email", "By e-mail"
    LETTER = "letter", "By letter"
    PERSON = "person", "In person"
    API = "api", "From another system"
    WEB = "web", "On a web page"


class RevocationOrigin(models.TextChoices):
    """Who put it in."""

    AGENT = "agent", "An agent, on the lead's page"
    CALL = "call", "An agent, after a call"
    ADMIN = "admin", "A manager"
    API = "api", "Another system"
    TEXT = "text", "A text that came in"
    EMAIL = "email", "An e-mail that came in"
    LINK = "link", "The person, by the link in an e-mail"


class Revocation(models.Model):
    """One request to stop. Append-only: never edited, never deleted; what it brought about is in Suppression."""

    phone = models.CharField(max_length=16, blank=True, help_text="E.164.")
    phone_2 = models.CharField(max_length=16, blank=True, help_text="E.164; the person's other number.")
    email = models.EmailField("e-mail", blank=True)
    person_hash = models.CharField(
        max_length=64,
        blank=True,
        help_text="In place of the number of a person who was erased: a keyed digest.",
    )
    scope = models.CharField(max_length=5, choices=RevocationScope, default=RevocationScope.ALL)
    channel = models.CharField(max_length=6, choices=RevocationChannel)
    words = models.TextField(blank=True, help_text="As the person said them.")
    received_at = models.DateTimeField(help_text="When the person said so.")
    honour_by = models.DateField(
        help_text="Ten business days after it came in (47 CFR 64.1200(a)(10)). A deadline that was met at once."
    )
    applied_at = models.DateTimeField(help_text="From this moment on it is in force.")
    lead = models.ForeignKey(
        Lead, on_delete=models.PROTECT, null=True, blank=True, related_name="revocations"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        db_index=False,
    )  # fmt: skip
    origin = models.CharField(max_length=5, choices=RevocationOrigin)
    origin_key = models.CharField(max_length=16, blank=True, help_text="Prefix of the key that sent it.")
    external_id = models.CharField(max_length=128, blank=True, help_text="The sender's own number for it.")

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = "request to stop"
        verbose_name_plural = "requests to stop"
        indexes: ClassVar = [
            models.Index(fields=["phone"], name="revocation_phone", condition=~Q(phone="")),
            models.Index(fields=["phone_2"], name="revocation_phone_2", condition=~Q(phone_2="")),
            models.Index(fields=["email"], name="revocation_email", condition=~Q(email="")),
            models.Index(fields=["person_hash"], name="revocation_person", condition=~Q(person_hash="")),
            models.Index(fields=["received_at"], name="revocation_received"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(phone="", email="", person_hash=""), name="revocation_names_someone"
            ),
            models.CheckConstraint(
                condition=Q(scope__in=RevocationScope.values), name="revocation_scope_known"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=RevocationChannel.values), name="revocation_channel_known"
            ),
            models.CheckConstraint(
                condition=Q(origin__in=RevocationOrigin.values), name="revocation_origin_known"
            ),
            models.UniqueConstraint(
                fields=["origin", "origin_key", "external_id"], name="revocation_once",
                condition=~Q(external_id=""),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"Request {self.pk} of {self.received_at:%Y-%m-%d}"


class OptOutKey(Key):
    """A key by which another system, such as a texting provider, sends requests to stop. It opens nothing else."""

    class Meta:
        ordering: ClassVar = ["-created_at"]
        verbose_name = "opt-out key"
