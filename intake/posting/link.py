"""The link of a source's posting instructions: whoever has it can read them, until it is replaced."""

import secrets
from typing import Final

from django.conf import settings
from django.urls import reverse

from intake.models import Source
from intake.sources import SOURCES, SourceConfig
from leadcrm.lib.config import ConfigCache


def _sources_by_token(_: None) -> dict[str, int]:
    return dict(Source.objects.values_list("posting_token", "pk"))


TOKENS: Final = ConfigCache[None, dict[str, int]](_sources_by_token)


def posting_url(source: Source, name: str = "posting") -> str:
    """The whole address of the page, or of what else is called `name` in intake.posting.urls."""
    return f"{settings.PUBLIC_URL}{reverse(name, args=[source.posting_token])}"


def source_of_token(token: str, config_version: int) -> SourceConfig | None:
    """The source whose link holds `token`, None for one that was never given out, or was replaced."""
    source_id = TOKENS.get(None, config_version).get(token)
    return SOURCES.get(source_id, config_version) if source_id is not None else None


def replace_link(*, source: Source) -> str:
    """A new link for `source`, whose address is returned; the old one leads nowhere from now on. Keys stay."""
    source.posting_token = secrets.token_hex(16)
    source.save(update_fields=["posting_token"])
    return posting_url(source)
