"""Home: the queue."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from agents.models import Agent
from agents.queries import sees_everything, visible_owners
from agents.queue import queue
from agents.views.requests import SignedIn


@require_safe
@login_required
def home(request: SignedIn) -> HttpResponse:
    """The queue of the agent who asks; for people without an agent's profile, where else to go."""
    user = request.user
    if not (Agent.objects.filter(user=user).exists() or user.leads.exists()):
        everybody = sees_everything(user)
        context = {"everybody": everybody, "leads": everybody or len(visible_owners(user)) > 1}
        return render(request, "agents/no_queue.html", context)
    groups = queue(user=user, now=timezone.now())
    waiting = sum(len(group.rows) for group in groups if group.key == "new")
    return render(request, "agents/queue.html", {"groups": groups, "waiting": waiting})
