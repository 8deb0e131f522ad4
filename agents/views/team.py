"""The team's page: who is at work, what waits with whom; pause and resume."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agents.receiving import HandsOver, pause_agent, resume_agent
from agents.team import SHOWN, agents_led, team
from agents.views.requests import SignedIn


class PauseForm(forms.Form):
    """Why somebody gets no new leads."""

    reason = forms.CharField(
        max_length=200, label="Why", help_text="The agent reads it, and it stands in the history.",
        widget=forms.TextInput(attrs={"autofocus": True}),
    )  # fmt: skip


@require_safe
@login_required
def team_page(request: SignedIn) -> HttpResponse:
    """The agents whom the reader leads; for managers, everybody."""
    members = team(user=request.user, now=timezone.now())
    return render(request, "agents/team.html", {"members": members, "more": len(members) == SHOWN})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def pause(request: SignedIn, agent: int) -> HttpResponse:
    """No new leads for one agent, with a reason. Done twice, the first moment stands."""
    found = get_object_or_404(agents_led(request.user), pk=agent)
    form = PauseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        pause_agent(agent_id=found.pk, reason=form.cleaned_data["reason"], back_at=None, now=timezone.now())
        messages.success(request, f"{found} gets no new leads until somebody resumes it.")
        return redirect("team")
    status = 422 if form.errors else 200
    return render(request, "agents/team_pause.html", {"form": form, "agent": found}, status=status)


@require_POST
@login_required
def resume(request: SignedIn, agent: int) -> HttpResponse:
    """New leads again for one agent. Done twice, nothing changes."""
    found = get_object_or_404(agents_led(request.user), pk=agent)
    try:
        resume_agent(agent_id=found.pk)
    except HandsOver:
        messages.warning(
            request, f"The leads of {found} are being handed over: no new ones until that is done."
        )
    else:
        messages.success(request, f"{found} gets new leads again.")
    return redirect("team")
