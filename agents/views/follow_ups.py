"""What is planned: the list, and finishing or snoozing many at once."""

from typing import Final
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from agents.agenda import SECTIONS, agenda
from agents.forms_follow_ups import ChosenForm, SnoozeForm
from agents.models import FollowUpKind
from agents.promises import AlreadyPast, UnknownFollowUps, finish_follow_ups, snooze_each
from agents.views.requests import SignedIn

# What of the address says which part of the list it is.
PLACE: Final = ("show", "whose", "kind", "after")


@require_safe
@login_required
def follow_ups(request: SignedIn) -> HttpResponse:
    """The reader's open follow-ups; a leader's team's, if the address says so."""
    now = timezone.now()
    show, whose = request.GET.get("show", ""), request.GET.get("whose", "")
    kind = request.GET.get("kind", "")
    kind = kind if kind in FollowUpKind.values else ""
    after = request.GET.get("after", "")
    page = agenda(user=request.user, whose=whose, show=show, kind=kind, after=after, now=now)
    context = {
        "agenda": page,
        "page": page.page,
        "show": show if show in SECTIONS else "",
        "whose": whose,
        "kind": kind,
        "kind_label": FollowUpKind(kind).label if kind else "",
        "shown": [section for section in page.sections if section.rows],
        "query": _place(request, "show", "whose", "kind"),
        "here": _place(request),
        "form": SnoozeForm(None),
        "names_owner": bool(whose),
        "now": now,
    }
    return render(request, "agents/follow_ups.html", context)


@require_POST
@login_required
def finish_many(request: SignedIn) -> HttpResponse:
    """Mark the chosen ones as done. Doing it twice changes nothing."""
    form = ChosenForm(request.POST)
    if not form.is_valid():
        return _refused(request, form)
    try:
        done = finish_follow_ups(user=request.user, ids=form.cleaned_data["keys"], now=timezone.now())
    except UnknownFollowUps:
        raise Http404 from None
    messages.success(request, f"{_count(done)} done." if done else "They were done already.")
    return _back(request)


@require_POST
@login_required
def snooze_many(request: SignedIn) -> HttpResponse:
    """Move the chosen ones, each to the time meant where its consumer lives."""
    form, now = SnoozeForm(request.POST), timezone.now()
    if not form.is_valid():
        return _refused(request, form)
    try:
        moved = snooze_each(user=request.user, ids=form.cleaned_data["keys"], to=form.moment(now), now=now)
    except UnknownFollowUps:
        raise Http404 from None
    except AlreadyPast:
        messages.error(
            request, "That time has passed where one of them lives. Nothing was moved: choose a later one."
        )
        return _back(request)
    label = dict(form.fields["until"].choices)[form.cleaned_data["until"]]  # type: ignore[attr-defined]
    when = "the time you chose" if form.cleaned_data["until"] == "at" else label[0].lower() + label[1:]
    messages.success(request, f"{_count(moved)} snoozed: {when}." if moved else "They were done already.")
    return _back(request)


def _count(number: int) -> str:
    return f"{number} follow-up{'' if number == 1 else 's'}"


def _refused(request: SignedIn, form: ChosenForm) -> HttpResponse:
    """What is wrong, as a message: the list is to be read anew anyway."""
    for errors in form.errors.values():
        for error in errors:
            messages.error(request, str(error))
    return _back(request)


def _back(request: SignedIn) -> HttpResponse:
    place = _place(request)
    return redirect(reverse("follow_ups") + (f"?{place}" if place else ""))


def _place(request: SignedIn, *names: str) -> str:
    asked = {name: request.GET[name] for name in names or PLACE if request.GET.get(name)}
    return urlencode(asked)
