"""The reader's own second factor: setting it up, new backup codes, turning it off."""

import segno
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from django_otp import login as otp_login

from agents.forms_second_factor import ProofForm
from agents.models import Authenticator
from agents.second_factor.codes import check_code
from agents.second_factor.enrolling import (
    AlreadyOn,
    CodeRefused,
    address_of,
    begin_set_up,
    confirm,
    new_backup_codes,
    please_wait,
    turn_off,
)
from agents.second_factor.policy import factor_of, is_offered, must_have
from agents.views.requests import SignedIn

WRONG = "This code is not right, or was used already. Wait for the next one in the app."
SHUT = "Your app cannot be checked at the moment. Use a backup code, or ask your manager to reset your second factor."


def _offered() -> None:
    if not is_offered():
        raise Http404


@never_cache
@require_GET
@login_required
def overview(request: SignedIn) -> HttpResponse:
    """Whether it is on, since when, how many backup codes are left."""
    _offered()
    factor = factor_of(request.user)
    context = {"factor": factor, "must_have": must_have(request.user)}
    return render(request, "agents/me/second_factor.html", context)


@never_cache
@login_required
def set_up(request: SignedIn) -> HttpResponse:
    """Scan, type the first code, get the backup codes. The key stays the same while the page is reloaded."""
    _offered()
    now = timezone.now()
    form = ProofForm(request.POST or None, request=request)
    try:
        if request.method == "POST" and form.is_valid():
            codes = confirm(user=request.user, code=form.cleaned_data["code"], now=now)
            return _switched_on(request, codes)
    except CodeRefused as why:
        form.add_error("code", str(why))
    except AlreadyOn:
        return redirect("second_factor")
    try:
        draft = begin_set_up(user=request.user, now=now)
    except AlreadyOn:
        return redirect("second_factor")
    picture = segno.make(address_of(draft), error="m").svg_data_uri(scale=5, border=4, light="#fff")
    key = " ".join(draft.key[n : n + 4] for n in range(0, len(draft.key), 4))
    context = {"form": form, "picture": picture, "key": key, "must_have": must_have(request.user)}
    return render(request, "agents/me/second_factor_set_up.html", context)


def _switched_on(request: SignedIn, codes: list[str]) -> HttpResponse:
    """This session goes on and has given its factor; all others have ended. The codes are shown this once."""
    update_session_auth_hash(request, request.user)
    otp_login(request, Authenticator.objects.get(user=request.user))
    return render(request, "agents/me/backup_codes.html", {"codes": codes, "fresh": True})


@never_cache
@login_required
def codes(request: SignedIn) -> HttpResponse:
    """Ten new backup codes in place of the old ones, for the password and a code."""
    form = _proved(request)
    if not isinstance(form, ProofForm):
        return render(request, "agents/me/backup_codes.html", {"codes": new_backup_codes(user=request.user)})
    return render(request, "agents/me/second_factor_proof.html", {"form": form, "act": "codes"})


@never_cache
@login_required
def off(request: SignedIn) -> HttpResponse:
    """Turn it off, for the password and a code; all other sessions end."""
    form = _proved(request)
    if isinstance(form, ProofForm):
        context = {"form": form, "act": "off", "must_have": must_have(request.user)}
        return render(request, "agents/me/second_factor_proof.html", context)
    turn_off(user=request.user, why="own")
    update_session_auth_hash(request, request.user)
    messages.success(request, "Your second factor is off. The app can forget its entry.")
    return redirect("second_factor")


def _proved(request: SignedIn) -> ProofForm | bool:
    """True when password and code of a POST are right; else the form to show. 404 where there is nothing to change."""
    _offered()
    if factor_of(request.user) is None:
        raise Http404
    form = ProofForm(request.POST or None, request=request)
    if request.method != "POST" or not form.is_valid():
        return form
    verdict = check_code(user=request.user, code=form.cleaned_data["code"], now=timezone.now())
    if verdict.answer == "right":
        return True
    words = {"wrong": WRONG, "wait": please_wait(verdict.wait), "shut": SHUT}
    form.add_error("code", words[verdict.answer])
    return form
