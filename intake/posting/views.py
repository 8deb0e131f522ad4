"""The posting instructions of one source, for people and for programs. No log-in: the link is the permission."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import conditional_page, require_safe

from intake.posting.link import posting_url
from intake.posting.page import Posting, find_posting, page_of
from intake.posting.schema import document, openapi
from leadcrm.lib.config import current_version

# Kept by the reader's own browser only, and asked for again each time: a link can be replaced at any moment.
HEADERS = {
    "Cache-Control": "private, no-cache",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
}


def _instructions(view: Callable[[HttpRequest, Posting], HttpResponse]) -> Callable[..., HttpResponse]:
    """Finds the source of the link; a page with status 404 for one that leads nowhere, whatever was asked for."""

    @wraps(view)
    def of_token(request: HttpRequest, token: str) -> HttpResponse:
        posting = find_posting(token, current_version())
        if posting is None:
            response = render(request, "intake/posting/gone.html", status=404)
        else:
            response = view(request, posting)
        for name, value in HEADERS.items():
            response[name] = value
        return response

    checked: Callable[..., HttpResponse] = require_safe(conditional_page(of_token))
    return checked


@_instructions
def page(request: HttpRequest, posting: Posting) -> HttpResponse:
    """The page for people."""
    return render(request, "intake/posting/page.html", page_of(posting, now=timezone.now()))


@_instructions
def json_schema(request: HttpRequest, posting: Posting) -> HttpResponse:
    """A lead of this source as JSON Schema (2020-12)."""
    url = posting_url(posting.source, "posting_schema")
    return _pretty(document(posting.source, posting.table, url), "application/schema+json")


@_instructions
def open_api(request: HttpRequest, posting: Posting) -> HttpResponse:
    """This source's part of the API as OpenAPI 3.1."""
    return _pretty(openapi(posting.source, posting.table), "application/json")


def _pretty(value: Any, content_type: str) -> HttpResponse:
    return JsonResponse(value, json_dumps_params={"indent": 2}, content_type=content_type)
