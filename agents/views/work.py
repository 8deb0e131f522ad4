"""What agents post from a lead's page. Each view is one act, then the page again."""

from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from agents.casework import RequestIdTaken, add_follow_up, finish_follow_up
from agents.forms import CallForm, FollowUpForm, NoteForm, StageForm
from agents.localtime import zone_for_forms
from agents.notes import logged_otherwise, write_note
from agents.views.lead import show
from agents.views.requests import SignedIn, lead_or_404
from agents.wording import logged_meanwhile, wrapped_up
from agents.wrapup import ExplanationNeeded, change_stage, wrap_up_call
from intake.lifecycle import StaleTransition, TransitionNotAllowed
from intake.models import LeadStatus
from leadcrm.templatetags.ui import day_and_time

OTHER_LEAD: Final = (
    "This form belongs to another lead's page. Nothing was saved: copy your words and reload the page."
)

EXPLAIN: Final = (
    "This person must not be called. Say why the call was made all the same, or that they called us."
)

LOGGED_BEFORE: Final = (
    "This form was saved before, with another outcome or other words; that call stays as it is. For another call, "
    "copy your words and reload the page; what is missing, write as a note."
)


@require_POST
@login_required
def log_call(request: SignedIn, number: int) -> HttpResponse:
    """Log a call with its outcome and all that follows from it."""
    lead, now = lead_or_404(request, number), timezone.now()
    form = CallForm(request.POST, zone=zone_for_forms(lead)[0], now=now)
    if not form.is_valid():
        return show(request, lead, {"call_form": form})
    data = form.cleaned_data
    try:
        done = wrap_up_call(
            lead=lead, author=request.user, outcome=form.chosen, body=data["body"], next_at=data["next_at"],
            finish_due=data["finish"], request_id=data["request_id"], now=now,
            phone=lead.phone_2 if data["phone"] == "2" else lead.phone, incoming=data["incoming"],
            explanation=data["explanation"],
        )  # fmt: skip
    except RequestIdTaken:
        form.add_error(None, OTHER_LEAD)
        return show(request, lead, {"call_form": form})
    except ExplanationNeeded:
        form.add_error("explanation", EXPLAIN)
        return show(request, lead, {"call_form": form})
    if done.repeated and logged_otherwise(
        lead=lead, request_id=data["request_id"], outcome=form.chosen.code, body=data["body"]
    ):
        form.add_error(None, LOGGED_BEFORE)
        return show(request, lead, {"call_form": form})
    level, words = wrapped_up(lead=lead, outcome=form.chosen, done=done, now=now)
    messages.add_message(request, level, words)
    if other := logged_meanwhile(lead=lead, user=request.user, seen_at=data["seen_at"], now=now):
        messages.warning(request, other)
    return redirect("lead", number=number)


@require_POST
@login_required
def add_note(request: SignedIn, number: int) -> HttpResponse:
    """Write a note."""
    lead = lead_or_404(request, number)
    form = NoteForm(request.POST, auto_id="note_%s")
    if not form.is_valid():
        return show(request, lead, {"note_form": form})
    data = form.cleaned_data
    try:
        write_note(
            lead=lead,
            author=request.user,
            body=data["body"],
            request_id=data["request_id"],
            now=timezone.now(),
        )
    except RequestIdTaken:
        form.add_error(None, OTHER_LEAD)
        return show(request, lead, {"note_form": form})
    messages.success(request, "Note saved.")
    return redirect("lead", number=number)


@require_POST
@login_required
def add_promise(request: SignedIn, number: int) -> HttpResponse:
    """Plan a follow-up."""
    lead, now = lead_or_404(request, number), timezone.now()
    form = FollowUpForm(request.POST, zone=zone_for_forms(lead)[0], now=now, auto_id="follow_up_%s")
    if not form.is_valid():
        return show(request, lead, {"follow_up_form": form})
    due_at = form.cleaned_data["due_at"]
    add_follow_up(lead=lead, owner=request.user, due_at=due_at, what=form.cleaned_data["what"], now=now)
    messages.success(request, f"Planned for {day_and_time(due_at)} (agency time).")
    return redirect("lead", number=number)


@require_POST
@login_required
def finish(request: SignedIn, number: int, follow_up: int) -> HttpResponse:
    """Tick a follow-up off. Doing it twice changes nothing."""
    lead = lead_or_404(request, number)
    found = get_object_or_404(lead.follow_ups, pk=follow_up)
    finish_follow_up(follow_up=found, now=timezone.now())
    messages.success(request, f"Done: {found.what}.")
    return redirect("lead", number=number)


@require_POST
@login_required
def move(request: SignedIn, number: int) -> HttpResponse:
    """Change the stage; when somebody else was quicker, say so and change nothing."""
    lead = lead_or_404(request, number)
    form = StageForm(request.POST, status=lead.status, auto_id="stage_%s")
    if not form.is_valid():
        return show(request, lead, {"stage_form": form})
    to = LeadStatus(form.cleaned_data["to"])
    try:
        change_stage(
            lead=lead, seen=LeadStatus(form.cleaned_data["seen"]), to=to, reason=form.cleaned_data["reason"],
            actor=request.user, now=timezone.now(),
        )  # fmt: skip
    except (StaleTransition, TransitionNotAllowed) as refused:
        lead = lead_or_404(request, number)
        form.add_error(None, _refusal(refused, LeadStatus(lead.status), to))
        return show(request, lead, {"stage_form": form})
    messages.success(request, f"Stage is now {to.label}.")
    return redirect("lead", number=number)


def _refusal(refused: Exception, stage: LeadStatus, to: LeadStatus) -> str:
    """What went wrong, for a person."""
    if isinstance(refused, StaleTransition):
        return (
            f"Somebody moved this lead to {stage.label} while you had the page open. "
            "Nothing was changed: look at the timeline, then choose again."
        )
    return f"A lead that is {stage.label} cannot become {to.label}. Nothing was changed."
