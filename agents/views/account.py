"""Logging in, and changing one's password."""

from django.contrib import messages
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.http import HttpResponse
from django.urls import reverse_lazy

from agents.forms import LoginForm


class LogIn(LoginView):
    """E-mail and password; `next` is followed only to this product's own addresses."""

    authentication_form = LoginForm
    redirect_authenticated_user = True


class ChangePassword(PasswordChangeView):
    """A new password, for those who know the old one."""

    template_name = "registration/password_change_form.html"
    success_url = reverse_lazy("queue")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        """Change it and say so."""
        answer = super().form_valid(form)
        messages.success(self.request, "Your password is changed.")
        return answer
