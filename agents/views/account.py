"""Logging in, with a second factor where there is one, and changing one's password."""

from axes.handlers.proxy import AxesProxyHandler
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.signals import user_login_failed
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse_lazy
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django_otp import login as otp_login

from agents.forms import LoginForm
from agents.forms_second_factor import CodeForm
from agents.models import Authenticator
from agents.second_factor.codes import Verdict, check_code
from agents.second_factor.enrolling import please_wait
from agents.second_factor.half_login import forget, password_given, who_gave_password
from agents.second_factor.policy import is_asked
from agents.views.second_factor import SHUT, WRONG
from leadcrm.models import User


class LogIn(LoginView):
    """E-mail and password, then the code of those who have a second factor.

    `next` is followed only to this product's own addresses.
    """

    authentication_form = LoginForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Log in, or ask for the code: until it is right, nobody is logged in."""
        user = form.get_user()
        assert isinstance(user, User)
        if not is_asked(user):
            return super().form_valid(form)
        aim = self.get_redirect_url()
        password_given(session=self.request.session, user=user, next_page=aim, now=timezone.now())
        return redirect("login_code")


@never_cache
def login_code(request: HttpRequest) -> HttpResponse:
    """The second step of logging in. Wrong codes are slowed down, and count for the lock as wrong passwords do."""
    half = who_gave_password(session=request.session, now=timezone.now())
    if half is None:
        forget(request.session)
        if not request.user.is_authenticated:
            messages.info(
                request, "Log in with your password first. The code must follow within five minutes."
            )
        return redirect("login")
    user, backend, aim = half
    form = CodeForm(request.POST or None, backup="backup" in request.GET)
    if request.method == "POST" and form.is_valid():
        verdict = _check(request, user, form.cleaned_data["code"])
        if verdict.answer == "right":
            return _let_in(request, user, backend, aim)
        form.add_error("code", _words(verdict))
    return render(request, "registration/code.html", {"form": form, "backup": "backup" in request.GET})


def _check(request: HttpRequest, user: User, code: str) -> Verdict:
    """The code is looked at unless the login is locked; a wrong one counts. The lock's page comes by its middleware."""
    credentials = {"username": user.email}
    if not AxesProxyHandler.is_allowed(request, credentials):
        request.axes_locked_out = True  # type: ignore[attr-defined]
        return Verdict("wrong")
    verdict = check_code(user=user, code=code, now=timezone.now())
    if verdict.answer == "wrong":
        user_login_failed.send(sender=__name__, credentials=credentials, request=request)
    return verdict


def _let_in(request: HttpRequest, user: User, backend: str, aim: str) -> HttpResponse:
    forget(request.session)
    login(request, user, backend=backend)
    otp_login(request, Authenticator.objects.get(user=user))
    return redirect(aim or resolve_url("queue"))


def _words(verdict: Verdict) -> str:
    return {"wait": please_wait(verdict.wait), "shut": SHUT}.get(verdict.answer, WRONG)


class ChangePassword(PasswordChangeView):
    """A new password, for those who know the old one."""

    template_name = "registration/password_change_form.html"
    success_url = reverse_lazy("queue")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        """Change it and say so."""
        answer = super().form_valid(form)
        messages.success(self.request, "Your password is changed.")
        return answer
