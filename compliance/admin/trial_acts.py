"""The buttons of a trial: adopt, drop, extend. Each needs the permission of the setting itself."""

from datetime import timedelta
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from compliance.admin.trial_words import change_lines
from compliance.models import Cap, CheckSetting, Trial, TrialState
from compliance.trials.closing import CannotClose, LiveChanged, adopt_trial, drop_trial, extend_trial
from compliance.trials.looking_back import MOST_DAYS as MOST_PAST
from compliance.trials.looking_back import CannotLookBack, ask_look_back
from compliance.trials.settings import fingerprint, live_of
from compliance.trials.starting import MOST_DAYS, USUAL_DAYS
from leadcrm.lib.admin.acts import Act

# Asked of everybody; of who handles a trial of caps the right to change caps as well.
CHANGE: Final = "compliance.change_checksetting"


def refuse_stranger(request: HttpRequest, trial: Trial) -> None:
    """Raise PermissionDenied for who may not change the setting that `trial` is about."""
    desk: Any = admin.site.get_model_admin(Cap if trial.caps is not None else CheckSetting)
    if not (desk.has_change_permission(request) and desk.has_add_permission(request)):
        raise PermissionDenied


class AdoptForm(forms.Form):
    """Nothing to fill in, but a changed live setting must be seen."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    overwrite = forms.BooleanField(
        required=False, label="Overwrite the live setting, which was changed since the trial began"
    )


def adopt(request: HttpRequest, trial: Any) -> HttpResponse | None:
    """A page that shows what is written, and on POST writes it."""
    refuse_stranger(request, trial)
    user: Any = request.user
    if request.method == "POST":
        seen = request.POST.get("seen", "") if request.POST.get("overwrite") else ""
        try:
            adopt_trial(trial_id=trial.pk, by=user, now=timezone.now(), seen=seen)
        except LiveChanged:
            messages.warning(
                request, "The live setting was changed since this trial began. Look at it below."
            )
        except CannotClose as reason:
            messages.warning(request, str(reason))
            return None
        else:
            _note(request, trial, "Adopted: the tried setting is the live one now.")
            return None
    return _adopt_page(request, trial)


def _adopt_page(request: HttpRequest, trial: Trial) -> HttpResponse:
    desk: Any = admin.site.get_model_admin(Trial)
    lines, changed = change_lines(trial)
    form = AdoptForm(initial={"seen": fingerprint(live_of(trial))})
    if not changed:
        del form.fields["overwrite"]
    page: HttpResponse = desk.act_page(
        request, trial, "admin/compliance/trial_adopt.html", form=form, title="Adopt", lines=lines,
        live_changed=changed, submit="Make it the live setting",
    )  # fmt: skip
    return page


def _note(request: HttpRequest, trial: Trial, words: str) -> None:
    desk: Any = admin.site.get_model_admin(Trial)
    desk.log_change(request, trial, words)
    messages.success(request, words)


def drop(request: HttpRequest, trial: Any) -> None:
    """Close it; the live setting stays as it is."""
    refuse_stranger(request, trial)
    user: Any = request.user
    try:
        drop_trial(trial_id=trial.pk, by=user, now=timezone.now())
    except CannotClose as reason:
        messages.warning(request, str(reason))
        return
    _note(request, trial, "Dropped: the live setting stays as it is.")


class DaysForm(forms.Form):
    """How much longer."""

    days = forms.IntegerField(
        label="Days from now", min_value=1, max_value=MOST_DAYS, initial=USUAL_DAYS,
        help_text=f"{MOST_DAYS} at most.",
    )  # fmt: skip


def extend(request: HttpRequest, trial: Any) -> HttpResponse | None:
    """A page that asks until when."""
    refuse_stranger(request, trial)
    form = DaysForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        now = timezone.now()
        try:
            extend_trial(trial_id=trial.pk, ends_at=now + timedelta(days=form.cleaned_data["days"]), now=now)
        except CannotClose as reason:
            messages.warning(request, str(reason))
            return None
        _note(request, trial, f"Runs for another {form.cleaned_data['days']} days from now.")
        return None
    desk: Any = admin.site.get_model_admin(Trial)
    page: HttpResponse = desk.act_page(request, trial, "admin/act_form.html", form=form, title="Extend")
    return page


class PastForm(forms.Form):
    """How far back."""

    days = forms.IntegerField(
        label="Days before the trial began", min_value=1, max_value=MOST_PAST, initial=MOST_PAST,
        help_text=f"{MOST_PAST} at most. Thousands of posts take a worker some minutes.",
    )  # fmt: skip


def look_back(request: HttpRequest, trial: Any) -> HttpResponse | None:
    """A page that asks how far; a worker does it."""
    refuse_stranger(request, trial)
    form = PastForm(request.POST if request.method == "POST" else None)
    user: Any = request.user
    if form.is_valid():
        days = form.cleaned_data["days"]
        try:
            ask_look_back(trial_id=trial.pk, days=days, by=user, now=timezone.now())
        except CannotLookBack as reason:
            messages.warning(request, str(reason))
            return None
        _note(
            request,
            trial,
            f"Asked of the {days} days before it began: reload this page to see how far it is.",
        )
        return None
    desk: Any = admin.site.get_model_admin(Trial)
    page: HttpResponse = desk.act_page(
        request, trial, "admin/act_form.html", form=form, title="Look further back",
        intro="The trial is asked of recorded posts, as they came and on what was known of them then. Nothing is "
        "changed and no service is asked.",
    )  # fmt: skip
    return page


def _is(*states: TrialState) -> Any:
    return lambda trial: trial.state in states


ACTS: list[Act] = [
    Act(
        name="adopt", label="Adopt", run=adopt, permission=CHANGE, page=True, style="default",
        when=_is(TrialState.RUNNING, TrialState.ENDED),
    ),
    Act(
        name="extend", label="Extend", run=extend, permission=CHANGE, page=True, when=_is(TrialState.RUNNING)
    ),
    Act(
        name="look-back", label="Look further back", run=look_back, permission=CHANGE, page=True,
        when=_is(TrialState.RUNNING),
    ),
    Act(
        name="drop", label="Drop", run=drop, permission=CHANGE, style="danger",
        when=_is(TrialState.RUNNING, TrialState.ENDED),
        ask="The trial ends here and its figures are kept. The live setting stays as it is.",
    ),
]  # fmt: skip
