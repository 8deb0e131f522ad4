"""“Try it beside the live rules”: what the button of a check's setting does, and what is being tried of a row."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils import timezone

from compliance.models import CheckSetting, Trial, TrialState
from compliance.policy import BadParams
from compliance.trials.starting import CannotTry, try_check
from leadcrm.lib.admin.words import page_of

STARTED = "The trial runs beside the live rules. No post is decided otherwise; this page tells what it would change."


def try_setting(desk: Any, request: HttpRequest, row: CheckSetting | None) -> HttpResponse | None:
    """Start a trial of what the setting's form holds; None where the form is to be drawn with its errors.

    Raises PermissionDenied for who could not save it.
    """
    may = desk.has_add_permission(request) if row is None else desk.has_change_permission(request, row)
    if not may:
        raise PermissionDenied
    form = desk.get_form(request, row, change=row is not None)(request.POST, instance=row)
    if not form.is_valid():
        return None
    user: Any = request.user
    try:
        trial = try_check(setting=form.instance, by=user, now=timezone.now())
    except (CannotTry, BadParams) as reason:
        return refused(request, reason, request.get_full_path())
    return started(request, trial)


def started(request: HttpRequest, trial: Trial) -> HttpResponse:
    """To the new trial's page."""
    desk: Any = admin.site.get_model_admin(Trial)
    desk.log_addition(request, trial, "Started")
    messages.success(request, STARTED)
    return HttpResponseRedirect(page_of(trial))


def refused(request: HttpRequest, reason: Exception, back: str) -> HttpResponse:
    """Say why; to the trial that runs already, if that is why."""
    messages.warning(request, str(reason))
    running = getattr(reason, "running", None)
    return HttpResponseRedirect(page_of(running) if running else back)


def running_panel(request: HttpRequest, row: Any) -> str:
    """What is being tried of this row, for who may see trials."""
    user: Any = request.user
    if not user.has_perm("compliance.view_trial"):
        return ""
    running = Trial.objects.filter(state=TrialState.RUNNING, source=getattr(row, "source_id", row.pk))
    if isinstance(row, CheckSetting):
        running = running.filter(check_name=row.check_name)
    trials = [{"row": trial, "url": page_of(trial)} for trial in running.select_related("source__vendor")]
    context = {"trials": trials}
    return render_to_string("admin/compliance/trials_running.html", context, request) if trials else ""
