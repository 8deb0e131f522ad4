"""The link of a source's posting instructions on the source's page, and the button that replaces it."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest
from django.utils.html import format_html

from intake.models import Source
from intake.posting.link import posting_url, replace_link
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.admin.words import DASH


def posting_links(source: Source) -> str:
    """The page, and beside it what programs read; a dash for a source that is not saved yet."""
    if source._state.adding:
        return DASH
    page, openapi, schema = (
        posting_url(source, name) for name in ("posting", "posting_openapi", "posting_schema")
    )
    return format_html(
        '<a href="{0}">{0}</a><br>for programs: <a href="{1}">OpenAPI</a>, <a href="{2}">JSON Schema</a>',
        page, openapi, schema,
    )  # fmt: skip


def _replace(request: HttpRequest, source: Any) -> None:
    desk: Any = admin.site.get_model_admin(Source)
    with transaction.atomic():
        replace_link(source=source)
        desk.log_change(request, source, "Replaced the link of the posting instructions")
    messages.success(request, "The posting instructions have a new link; send it to the vendor.")


REPLACE_LINK = Act(
    name="replace-posting-link", label="Replace the posting link", run=_replace, permission="intake.change_source",
    ask="The link that the vendor has leads nowhere from now on; the page gets a new one. Keys keep working.",
)  # fmt: skip
