"""One's own page, and what its reader changes there. Nobody else's rows are ever touched: no key is in an address."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from agents.forms_me import HoursForm, NoticesForm, PauseForm, ProfileForm
from agents.me import fits_form, my_page, save_hours, save_profile
from agents.models import Agent
from agents.notices import settings_of
from agents.receiving import HandsOver, NotAtWork, pause_agent, resume_agent, usual_returns
from agents.second_factor.policy import has_one, is_offered
from agents.views.requests import SignedIn
from compliance.calling.zones import ZONE_NAMES
from leadcrm.templatetags.ui import day_and_time


@require_GET
@login_required
def me(request: SignedIn) -> HttpResponse:
    """The reader's own page."""
    return show(request)


def show(request: SignedIn, **changed: Any) -> HttpResponse:
    """The page with its forms; `changed` are those that came back with errors."""
    now = timezone.now()
    page = my_page(user=request.user, now=now)
    context: dict[str, Any] = {
        "page": page, "agent": page.agent, "second_factor_offered": is_offered(),
        "has_second_factor": has_one(request.user),
        "notices_form": NoticesForm(chosen=settings_of(request.user), auto_id="notices_%s"),
    }  # fmt: skip
    if agent := page.agent:
        may_set_hours = settings.AGENTS_SET_HOURS and fits_form(agent)
        context |= {
            "quick_times": usual_returns(agent, now),
            "zone": ZONE_NAMES.get(agent.zone.key, agent.zone.key.replace("_", " ")),
            "pause_form": PauseForm(agent=agent, now=now, auto_id="pause_%s"),
            "profile_form": ProfileForm(agent=agent, auto_id="profile_%s"),
            "hours_form": HoursForm(agent=agent, auto_id="hours_%s") if may_set_hours else None,
        }  # fmt: skip
    return render(request, "agents/me/page.html", {**context, **changed})


def _own_agent(request: SignedIn) -> Agent:
    """The reader as an agent at work. 404 for everybody else: there is no such thing to change."""
    agent = Agent.objects.select_related("user").filter(user=request.user, active=True).first()
    if agent is None:
        raise Http404
    return agent


@require_POST
@login_required
def pause(request: SignedIn) -> HttpResponse:
    """No new leads from now on; for those paused already, another reason or time."""
    agent, now = _own_agent(request), timezone.now()
    form = PauseForm(request.POST, agent=agent, now=now, auto_id="pause_%s")
    if not form.is_valid():
        return show(request, pause_form=form)
    back_at = form.cleaned_data["back_at"]
    try:
        pause_agent(agent_id=agent.pk, reason=form.cleaned_data["reason"], back_at=back_at, now=now)
    except NotAtWork:
        raise Http404 from None
    with timezone.override(agent.zone):
        until = f" until {day_and_time(back_at)}" if back_at else ""
    messages.success(request, f"You get no new leads{until}.")
    return redirect("me")


@require_POST
@login_required
def resume(request: SignedIn) -> HttpResponse:
    """New leads again. Doing it twice changes nothing."""
    try:
        resume_agent(agent_id=_own_agent(request).pk)
    except NotAtWork:
        raise Http404 from None
    except HandsOver:
        messages.warning(request, "Your leads are being handed over: you get no new ones until that is done.")
    else:
        messages.success(request, "You get new leads again.")
    return redirect("me")


@require_POST
@login_required
def profile(request: SignedIn) -> HttpResponse:
    """The own line and languages."""
    agent = _own_agent(request)
    form = ProfileForm(request.POST, agent=agent, auto_id="profile_%s")
    if not form.is_valid():
        return show(request, profile_form=form)
    save_profile(agent=agent, **form.cleaned_data)
    messages.success(request, "Saved.")
    return redirect("me")


@require_POST
@login_required
def hours(request: SignedIn) -> HttpResponse:
    """The own working hours, where agents may set them. 404 where managers do."""
    agent = _own_agent(request)
    if not (settings.AGENTS_SET_HOURS and fits_form(agent)):
        raise Http404
    form = HoursForm(request.POST, agent=agent, auto_id="hours_%s")
    if not form.is_valid():
        return show(request, hours_form=form)
    save_hours(agent=agent, stretches=form.stretches)
    messages.success(request, "Your hours are saved. They hold from the next lead on.")
    return redirect("me")


@require_POST
@login_required
def log_out_everywhere(request: SignedIn) -> HttpResponse:
    """End every session of the reader, this one included."""
    request.user.end_sessions()
    logout(request)
    messages.success(request, "You are logged out on every device.")
    return redirect("login")
