"""The banner that tells of new leads, putting it aside, and how its reader wants to be told."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from agents.forms_me import NoticesForm
from agents.notices import Standing, news, put_aside, save_settings, settings_of, standing
from agents.polling import make_token
from agents.views.me import show
from agents.views.polling import TOKEN_HEADER
from agents.views.requests import SignedIn
from leadcrm.lib.keys import key_from

# A lead is written a moment after the moment it says it came.
_COMMIT: Final = timedelta(seconds=5)


@require_safe
@login_required
def banner(request: SignedIn) -> HttpResponse:
    """The banner's content as it is now, with a fresh token to poll with; empty when there is nothing to tell.

    `?since=` (Unix seconds) leaves out what came before: the queue shows that by itself.
    """
    now = timezone.now()
    found = standing(user=request.user, now=now, since=_since(request))
    answer = render(request, "agents/notices/banner.html", context_of(request, found, now))
    answer[TOKEN_HEADER] = token_of(request, found)
    answer["X-For-User"] = str(request.user.pk)  # a page that somebody else opened shows nothing of it
    answer["Cache-Control"] = "no-store"
    return answer


def context_of(request: SignedIn, found: Standing, now: datetime) -> dict[str, Any]:
    """What the banner's template needs."""
    return {
        "request": request,
        "news": news(user=request.user, lead_ids=found.fresh, now=now),
        "standing": found,
    }


def token_of(request: SignedIn, found: Standing) -> str:
    """A token for this browser's pages."""
    return make_token(found.watcher, session_key=request.session.session_key or "")


def _since(request: SignedIn) -> datetime | None:
    text = request.GET.get("since", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        return None
    return datetime.fromtimestamp(int(text), UTC) - _COMMIT


@require_POST
@login_required
def seen(request: SignedIn) -> HttpResponse:
    """Tell no more of the leads named. Keys that are no numbers are none."""
    asked = [key_from(key) for key in request.POST.getlist("lead")[:100]]
    put_aside(user=request.user, lead_ids=[key for key in asked if key])
    return redirect("queue") if "back" in request.POST else HttpResponse(status=204)


@require_POST
@login_required
def save(request: SignedIn) -> HttpResponse:
    """How the reader wants to be told."""
    form = NoticesForm(request.POST, chosen=settings_of(request.user), auto_id="notices_%s")
    if not form.is_valid():
        return show(request, notices_form=form)
    save_settings(user=request.user, **form.cleaned_data)
    messages.success(request, "Saved. Your open pages take it up when they are opened again.")
    return redirect("me")
