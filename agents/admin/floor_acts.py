"""Pausing and resuming an agent from the floor: in their history, and back to the same floor."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from agents.floor.people import STATES
from agents.forms_me import PauseForm
from agents.models import Agent
from agents.receiving import HandsOver, NotAtWork, pause_agent, resume_agent, usual_returns
from agents.team import agents_led
from leadcrm.lib.clock import time_words
from leadcrm.lib.keys import key_from
from leadcrm.lib.places import STATES as PLACES
from leadcrm.templatetags.ui import day_and_time

MAY_PAUSE: Final = "agents.change_agent"


class FloorPauseForm(PauseForm):
    """Why, and until when: one of the usual moments, or any on the agent's own clock."""

    usual = forms.ChoiceField(label="Until", required=False)

    field_order = ("reason", "usual", "back_at")

    def __init__(self, *args: Any, agent: Agent, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, agent=agent, now=now, **kwargs)
        # Kept by their place: the moments themselves move on while the form is filled in.
        self.moments = dict(enumerate(usual_returns(agent, now)))
        choices = [(str(key), f"{words} ({_time(at)})") for key, (words, at) in self.moments.items()]
        usual: Any = self.fields["usual"]
        usual.choices = [("", "Somebody resumes them"), *choices]
        back_at, reason = self.fields["back_at"], self.fields["reason"]
        back_at.label = "Or until"
        back_at.help_text = (
            f"On the agent's clock, which shows {_time(f'{now.astimezone(agent.zone):%H:%M}')} now."
        )
        reason.help_text = "The agent reads it, and it stands in the history."
        reason.widget.attrs["autofocus"] = True

    def clean(self) -> dict[str, Any]:
        """`back_at` as typed, else as chosen."""
        values = self.cleaned_data
        chosen = values.get("usual")
        if chosen and not values.get("back_at"):
            field: Any = self.fields["back_at"]
            values["back_at"] = field.to_python(self.moments[int(chosen)][1])
        return values


def _time(at: str) -> str:
    """4:30 PM, of a wall time whose last five characters are hour and minute."""
    return time_words(time.fromisoformat(at[-5:]))


def filters_of(given: Mapping[str, Any]) -> dict[str, str]:
    """The floor's filters in an address: a team's key, where they are licensed, a state; each only if it can be one."""
    team, place, state = (str(given.get(name, "")) for name in ("team", "licensed", "state"))
    found = {"team": team} if key_from(team) else {}
    if place in PLACES:
        found["licensed"] = place
    return {**found, "state": state} if state in STATES else found


def act(request: HttpRequest) -> HttpResponse:
    """The form to pause an agent, or what was asked for. 403 without the permission, 404 for nobody of theirs."""
    user: Any = request.user
    if not user.has_perm(MAY_PAUSE):
        raise PermissionDenied
    if request.method == "POST" and "resume" in request.POST:
        return _resume(request, _agent(user, request.POST["resume"]))
    return _pause(request, _agent(user, request.GET.get("pause", "")))


def _agent(user: Any, key: str) -> Agent:
    agent = agents_led(user).filter(pk=key_from(key)).first()
    if agent is None:
        raise Http404
    return agent


def _resume(request: HttpRequest, agent: Agent) -> HttpResponse:
    try:
        with transaction.atomic():
            resume_agent(agent_id=agent.pk)
            _note(request, agent, "Receives leads again, from the live floor")
    except HandsOver:
        messages.error(request, f"The book of {agent} is being handed over: no new leads until that is done.")
    except NotAtWork:
        messages.error(request, f"{agent} has left: nothing was changed.")
    else:
        messages.success(request, f"{agent} gets new leads again.")
    return _back(request)


def _pause(request: HttpRequest, agent: Agent) -> HttpResponse:
    now = timezone.now()
    form = FloorPauseForm(request.POST or None, agent=agent, now=now)
    if request.method == "POST" and form.is_valid():
        back_at = form.cleaned_data["back_at"]
        until = f" until {day_and_time(back_at)}" if back_at else " until somebody resumes them"
        try:
            with transaction.atomic():
                pause_agent(agent_id=agent.pk, reason=form.cleaned_data["reason"], back_at=back_at, now=now)
                _note(request, agent, f"Paused{until}, from the live floor")
        except NotAtWork:
            messages.error(request, f"{agent} has left: nothing was changed.")
        else:
            messages.success(request, f"{agent} gets no new leads{until}.")
        return _back(request)
    context = {
        **admin.site.each_context(request), "title": f"Pause {agent}", "form": form, "agent": agent,
        "back": _floor(request),
    }  # fmt: skip
    status = 422 if form.errors else 200
    return TemplateResponse(request, "admin/agents/floor_pause.html", context, status=status)


def _note(request: HttpRequest, agent: Agent, words: str) -> None:
    desk: Any = admin.site.get_model_admin(Agent)
    desk.log_change(request, agent, words)


def _back(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(_floor(request))


def _floor(request: HttpRequest) -> str:
    """The floor with the filters it had."""
    query = urlencode(filters_of(request.GET))
    return reverse("admin:page_live_floor") + (f"?{query}" if query else "")
