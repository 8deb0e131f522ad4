"""My numbers, and those of who I lead."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from agents.numbers import GRACE, WEEKS, numbers_of, people_to_choose
from agents.numbers_shown import charts, lines
from agents.views.requests import SignedIn
from leadcrm.lib.samples import FEW
from leadcrm.models import User


@require_safe
@login_required
def numbers(request: SignedIn) -> HttpResponse:
    """The reader's numbers; with `whose` in the address those of somebody the reader leads, else 404."""
    people = list(people_to_choose(request.user))
    whose = request.GET.get("whose", "")
    person = _chosen(people, whose) if whose else request.user
    context: dict[str, Any] = {
        "person": person,
        "people": people if [one.pk for one in people] != [request.user.pk] else [],
        "mine": person == request.user,
        "weeks": WEEKS, "few": FEW, "grace": GRACE,
    }  # fmt: skip
    if person in people:
        found = numbers_of(person=person, now=timezone.now())
        context |= {"numbers": found, "lines": lines(numbers=found, person=person)}
        context["charts"] = [] if found.is_empty else charts(numbers=found, person=person)
    return render(request, "agents/numbers.html", context)


def _chosen(people: list[User], whose: str) -> User:
    found = next((person for person in people if str(person.pk) == whose), None)
    if found is None:
        raise Http404
    return found
