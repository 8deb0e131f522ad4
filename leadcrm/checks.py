"""System checks: the product refuses to start misconfigured, and says which variable to set."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def refuse_bad_settings(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Errors for settings no installation can mean: a database that is not PostgreSQL."""
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
    return found
