"""Closes every page to those who must have a second factor and did not give one."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from agents.second_factor.policy import has_one, must_have
from leadcrm.lib.api_errors import error_response
from leadcrm.lib.frontdoor import API_PREFIX

# Of the API, what people may do by their session as well.
BY_SESSION_TOO: Final = frozenset({"lead-return"})
# What must stay open: the way in, the way out, the set-up itself, and what machines ask.
OPEN: Final = frozenset({"login", "login_code", "logout", "set_up_second_factor", "healthz", "readyz"})


class SecondFactorGate:
    """Leads people to the set-up before any other page, where the agency demands it (SECOND_FACTOR).

    Stands after django-otp's middleware. The API has keys, and is let through but for what a session may do as well.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer `request`."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """None to go on; else the way to the set-up, or to the log-in for those who have one and did not give it."""
        match = request.resolver_match
        name = match.view_name if match else ""
        of_api = request.path.startswith(API_PREFIX)
        if name in OPEN or (of_api and name not in BY_SESSION_TOO):
            return None
        user: Any = request.user
        if not user.is_authenticated or not must_have(user) or user.is_verified():
            return None
        if of_api:
            return error_response(403, "forbidden", "Log in with your second factor first.")
        if has_one(user):
            logout(request)
            return redirect_to_login(request.get_full_path())
        return _away(request, reverse("set_up_second_factor"))


def _away(request: HttpRequest, address: str) -> HttpResponse:
    """To another page; a part of a page that is fetched by script takes the whole page there."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)
