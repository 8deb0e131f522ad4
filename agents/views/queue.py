"""Home: the queue, and the way from one lead to the next."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from agents.localtime import SNOOZES, snooze_time, when_there, zone_for_forms
from agents.models import Agent
from agents.outcomes import playbook
from agents.promises import snooze_follow_ups
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
    context = {
        "groups": groups,
        "waiting": waiting,
        "outcomes": playbook().offered,
    }
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


@require_POST
@login_required
def snooze(request: SignedIn, number: int, follow_up: int) -> HttpResponse:
    """Put what is due on the lead A-`number` off to a time on its person's clock, then the queue again."""
    lead, now = lead_or_404(request, number), timezone.now()
    found = get_object_or_404(lead.follow_ups, pk=follow_up)
    choice = request.POST.get("until", "")
    if choice not in SNOOZES:
        messages.error(request, "Choose until when to put it off. Nothing was changed.")
        return redirect("queue")
    until = snooze_time(choice, zone_for_forms(lead)[0], now)
    moved = snooze_follow_ups(user=request.user, ids=[found.pk], until=until, now=now)
    said = (
        f"Snoozed: {found.what}, {when_there(lead, until, now)}." if moved else f"Done already: {found.what}."
    )
    messages.success(request, said)
    return redirect("queue")
