"""Buttons on a row's page: pause a source, issue a key, run a post again; and links above a list of rows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase


def always(obj: Any) -> bool:
    """The act is offered whatever the row says."""
    return True


@dataclass(frozen=True, slots=True)
class Act:
    """One button. `run(request, obj)` acts and answers, or returns None to go back to the row's page.

    Each POST has its permission: `permission` is asked of the user (`app.codename`), `when` of the row. `ask` is a
    sentence to be confirmed first; `page` means that `run` draws a page of its own on GET. `style` is "", default
    or danger.
    """

    name: str
    label: str
    run: Callable[[HttpRequest, Any], HttpResponseBase | None]
    permission: str
    when: Callable[[Any], bool] = always
    ask: str = ""
    page: bool = False
    style: str = ""

    def is_open(self, request: HttpRequest, obj: Any) -> bool:
        """True when this user may do it to this row now."""
        return self.is_allowed(request) and self.when(obj)

    def is_allowed(self, request: HttpRequest) -> bool:
        """True when this user may do it at all."""
        user: Any = request.user
        return bool(user.has_perm(self.permission))


@dataclass(frozen=True, slots=True)
class Tool:
    """One link above a list: `url(query)` gets the list's filters as they stand in its address."""

    label: str
    url: Callable[[str], str]
    permission: str

    def is_open(self, request: HttpRequest) -> bool:
        """True when this user is shown it."""
        user: Any = request.user
        return bool(user.has_perm(self.permission))
