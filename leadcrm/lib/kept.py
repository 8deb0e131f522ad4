"""What people typed is theirs: a form that cannot be saved gives the words back, whatever was in the way.

The script of the pages (static/leadcrm/js/drafts.js) sends forms itself, so that a lost connection loses nothing; it
asks with the header HEADER where an answer leads. Without script the words stand on the page that says why.
"""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, RawPostDataException
from django.shortcuts import render, resolve_url

HEADER: Final = "X-Kept-Form"
# Where people write at length. Elsewhere (logging in, managing) forms hold passwords and keys, and are not given back.
DESKS: Final = ("/leads/", "/follow-ups/", "/clients/", "/policies/")
# A lead's page, at the beginning of the address of whatever is done on it.
_LEAD: Final = re.compile(r"/leads/A-[0-9]{1,18}/")
# The page that a form stood on, at the beginning of the address it is sent to.
_PAGE: Final = re.compile(rf"{_LEAD.pattern}|/(leads|follow-ups|claim|team|me)/")
NOT_DONE: Final = "Nothing was changed. If you have just pressed a button, press it again."
# What no person typed, or nobody may read over a shoulder.
_UNTYPED: Final = re.compile(
    r"csrfmiddlewaretoken|request_id|disputed|settle|left|typing|seen|seen_.*|.*(password|token|code|otp).*"
)


def typed_words(request: HttpRequest) -> list[tuple[str, str]]:
    """(name for people, text) of what a posted form of the agents' pages holds; [] for anything else."""
    if request.method != "POST" or not request.path.startswith(DESKS):
        return []
    try:
        posted = request.POST.items()
    except (SuspiciousOperation, RawPostDataException):
        return []  # no form of ours: it cannot be read, and an error page must not fail over it
    return [
        (name.removeprefix("about_").replace("_", " ").capitalize(), text)
        for name, text in posted
        if isinstance(text, str) and text.strip() and not _UNTYPED.fullmatch(name)
    ]


def give_back(request: HttpRequest, *, status: int, title: str, text: str, login: str = "") -> HttpResponse:
    """The page with the words of a form that was not saved. `login`: where to log in first."""
    context = {"title": title, "text": text, "status": status, "words": typed_words(request), "login": login}
    return render(request, "given_back.html", context, status=status)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW: a form drawn before its reader logged in or out again. Nothing was saved, nothing is lost."""
    if not typed_words(request):
        response = render(request, "403_csrf.html", status=403)
    else:
        response = give_back(
            request, status=403, title="This page was too old to save from",
            text="You logged in or out since it was opened, or cookies are switched off. Nothing was saved.",
        )  # fmt: skip
    response[HEADER] = "stale"
    return response


class KeptWordsMiddleware:
    """Innermost: sees what the view answered, before cookies are set on it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer `request`; see the cases."""
        response = self.get_response(request)
        if isinstance(response, HttpResponseRedirect) and request.method == "POST":
            return _redirected(request, response)
        if response.status_code == 405 and request.method == "GET" and (page := _PAGE.match(request.path)):
            # Whoever logs in again is sent to where they were: to the address of the form they had sent.
            if request.user.is_authenticated:
                messages.warning(request, NOT_DONE)
            return HttpResponseRedirect(page[0])
        return response


def _redirected(request: HttpRequest, response: HttpResponseRedirect) -> HttpResponse:
    logged_out = urlsplit(response.url).path == resolve_url(settings.LOGIN_URL)
    if HEADER in request.headers:
        return JsonResponse({"to": response.url, "saved": not logged_out})
    if not (logged_out and typed_words(request)):
        return response
    lead = _LEAD.match(request.path)
    login = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': lead[0] if lead else '/'})}"
    return give_back(
        request, status=401, title="You are logged out", login=login,
        text="Your session had ended before this was sent. Nothing was saved. Copy your words, log in, and save again.",
    )  # fmt: skip
