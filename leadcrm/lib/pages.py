"""What all pages share: error pages for people (and the API's errors for programs), pages by key."""

import base64
import binascii
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from django.db import OperationalError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from leadcrm.lib.api_errors import error_response
from leadcrm.lib.frontdoor import API_PREFIX
from leadcrm.lib.kept import give_back, typed_words
from leadcrm.lib.keys import key_from

M = TypeVar("M", bound=Model)
# Where the managers' pages begin; who lost the way there finds back there.
MANAGERS: Final = "/admin/"


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler400."""
    return _answer(
        request, 400, "bad_request", "This request cannot be read",
        "Something in it is malformed. Go back, reload the page and try again.",
    )  # fmt: skip


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler403."""
    return _answer(
        request, 403, "forbidden", "You may not do this",
        "Your account does not have the right for this page. Ask your manager if you need it.",
    )  # fmt: skip


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """handler404. Also what a stranger sees of a lead that exists: nothing tells the two apart."""
    if typed_words(request):
        return give_back(
            request, status=404, title="Nothing was saved",
            text="The lead is not yours to see: it may have gone to a colleague while you wrote. Copy your words, and "
            "ask your team's leader or your manager who has it now.",
        )  # fmt: skip
    return _answer(
        request, 404, "not_found", "There is nothing here",
        "The address may be mistyped, or the lead is not yours to see, for example since it went to a colleague.",
    )  # fmt: skip


def broken(request: HttpRequest) -> HttpResponse:
    """handler500; a database that cannot be reached is told as 503. Asks neither database nor session."""
    if isinstance(sys.exc_info()[1], OperationalError):
        return _answer(
            request, 503, "unavailable", "We are out of reach for a moment",
            "The database does not answer. Nothing you sent was half-saved. Try again in a few seconds.",
            retry_after=5,
        )  # fmt: skip
    return _answer(
        request, 500, "internal", "Something broke on our side",
        "It has been logged. Go back and try again; if it stays, tell your administrator the number below.",
        retry_after=30,
    )  # fmt: skip


def _answer(
    request: HttpRequest, status: int, code: str, title: str, text: str, *, retry_after: int | None = None
) -> HttpResponse:
    if request.path.startswith(API_PREFIX):
        return error_response(status, code, f"{title}.", retry_after=retry_after)
    managers = MANAGERS if request.path.startswith(MANAGERS) else ""
    context = {
        "title": title, "text": text, "status": status, "words": typed_words(request), "managers": managers,
    }  # fmt: skip
    response = render(
        request, "given_back.html" if context["words"] else "error.html", context, status=status
    )
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


@dataclass(frozen=True, slots=True)
class Keyset(Generic[M]):
    """A page of rows. `older` is the `after` of the next page, or "" on the last one."""

    rows: Sequence[M]
    older: str
    first: bool


def keyset(rows: QuerySet[M], *, moment: str, after: str, size: int, ascending: bool = False) -> Keyset[M]:
    """The `size` rows of `rows` that follow the mark `after` ("": from the newest), by `moment` and key, descending.

    With `ascending` from the oldest on. Costs the same on every page and counts nothing. A mark that cannot be read
    starts from the beginning.
    """
    mark = _read_mark(after)
    way, sign = ("g", "") if ascending else ("l", "-")
    if mark:
        at, pk = mark
        passed = {moment: at, "pk__lte" if ascending else "pk__gte": pk}
        rows = rows.filter(Q(**{f"{moment}__{way}te": at}) & ~Q(**passed))
    found = list(rows.order_by(f"{sign}{moment}", f"{sign}pk")[: size + 1])
    more = len(found) > size
    found = found[:size]
    return Keyset(found, _mark(found[-1], moment) if more else "", first=mark is None)


def _mark(row: Any, moment: str) -> str:
    text = f"{getattr(row, moment).isoformat()}|{row.pk}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_mark(mark: str) -> tuple[datetime, int] | None:
    try:
        text = base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)).decode()
        at, _, pk = text.partition("|")
        moment, key = datetime.fromisoformat(at), key_from(pk)
        return (moment, key) if moment.tzinfo and key else None
    except (ValueError, binascii.Error):
        return None
