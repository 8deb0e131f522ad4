"""System checks: the product refuses to start misconfigured, and says which variable to set."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def refuse_bad_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Errors for settings no installation can mean: another database, evidence without a key."""
    found: list[CheckMessage] = []
    engine = settings.DATABASES["default"]["ENGINE"]
    if engine != "django.db.backends.postgresql":
        found.append(
            Error(
                f"DATABASE_URL names {engine}; leadcrm needs PostgreSQL 15 or later.",
                hint="DATABASE_URL=postgres://user:password@host:5432/name",
                id="leadcrm.E001",
            )
        )
    if not settings.EVIDENCE_KEYS and not settings.DEBUG:
        found.append(
            Error(
                "EVIDENCE_KEYS is empty; posts as they came would be stored unencrypted.",
                hint="EVIDENCE_KEYS=k1:$(openssl rand -base64 32); keep it like SECRET_KEY, apart from backups.",
                id="leadcrm.E002",
            )
        )
    if not settings.LOOKUP_KEY and not settings.DEBUG:
        found.append(
            Error(
                "LOOKUP_KEY is empty; nobody could be erased and still be kept from being called.",
                hint="LOOKUP_KEY=$(openssl rand -base64 32), once and for good; keep it like EVIDENCE_KEYS.",
                id="leadcrm.E003",
            )
        )
    return found + half_set_telephony() + open_metrics()


def open_metrics() -> list[CheckMessage]:
    """Errors where metrics would be open to whoever guesses a token, or tell of one process among several."""
    found: list[CheckMessage] = []
    if settings.METRICS == "token" and len(settings.METRICS_TOKEN) < 24:
        found.append(
            Error(
                "METRICS is token, and METRICS_TOKEN is no token of 24 characters or more.",
                hint="METRICS_TOKEN=$(openssl rand -hex 24), or METRICS=loopback.",
                id="leadcrm.E006",
            )
        )
    if settings.METRICS != "off" and not settings.METRICS_DIR and not settings.DEBUG:
        found.append(
            Error(
                "METRICS is on and METRICS_DIR is empty; whoever asks would hear of one process alone.",
                hint="METRICS_DIR=/run/leadcrm/metrics: for leadcrm alone, emptied when the machine starts.",
                id="leadcrm.E007",
            )
        )
    return found


def half_set_telephony() -> list[CheckMessage]:
    """Errors for a provider of texts that could neither send nor check who calls us."""
    if settings.TELEPHONY not in ("off", "twilio"):
        return [_telephony(f"TELEPHONY is {settings.TELEPHONY!r}; it is off or twilio.", "leadcrm.E004")]
    account, token = settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN
    sender = settings.TWILIO_FROM or settings.TWILIO_MESSAGING_SERVICE_SID
    if settings.TELEPHONY == "off" or (account and token and sender):
        return []
    needed = {
        "TWILIO_ACCOUNT_SID": account, "TWILIO_AUTH_TOKEN": token,
        "TWILIO_FROM or TWILIO_MESSAGING_SERVICE_SID": sender,
    }  # fmt: skip
    missing = ", ".join(name for name, value in needed.items() if not value)
    return [_telephony(f"Twilio is set up by half: {missing} is missing.", "leadcrm.E005")]


def _telephony(said: str, number: str) -> CheckMessage:
    return Error(said, hint="Set all of it, or TELEPHONY=off.", id=number)
