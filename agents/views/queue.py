"""Home: the queue, and the way from one lead to the next."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from agents.models import Agent
from agents.outcomes import playbook
from agents.queries import sees_everything, visible_owners
from agents.queue import first_callable, queue
from agents.views.requests import SignedIn, lead_or_404


@require_safe
@login_required
def home(request: SignedIn) -> HttpResponse:
    """The queue of the agent who asks; for people without an agent's profile, where else to go."""
    user = request.user
    if not (Agent.objects.filter(user=user).exists() or user.leads.exists()):
        everybody = sees_everything(user)
        no_queue = {"everybody": everybody, "leads": everybody or len(visible_owners(user)) > 1}
        return render(request, "agents/no_queue.html", no_queue)
    groups = queue(user=user, now=timezone.now())
    waiting = sum(len(group.rows) for group in groups if group.key == "new")
    context = {"groups": groups, "waiting": waiting, "outcomes": playbook().offered}
    return render(request, "agents/queue.html", context)


@require_safe
@login_required
def next_lead(request: SignedIn, number: int) -> HttpResponse:
    """From the lead A-`number` to the first of the queue that may be called now; to the queue where there is none."""
    lead = lead_or_404(request, number, erased=True)
    found = first_callable(user=request.user, but=lead.pk, now=timezone.now())
    if found is None:
        messages.info(request, "Nobody else in your queue may be called now.")
        return redirect("queue")
    return redirect("lead", number=found.pk)
