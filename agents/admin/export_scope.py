"""Of which list a file is made: a managers' list as it is filtered, ticked rows, a saved view, the agents' list."""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR, SEARCH_VAR
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, QueryDict

from agents.filters import LeadFilter
from agents.models import ExportKind
from agents.queries import owners_to_choose, visible_leads
from agents.saved_views import visible_views
from intake.models import Lead, Submission
from leadcrm.lib.keys import key_from
from leadcrm.models import User

MODELS: Final = {ExportKind.LEADS: Lead, ExportKind.POSTS: Submission}
# What an export's address and form hold: the query of the managers' list, of the agents' list, a view's key, keys.
LIST, FILTERS, VIEW, SELECTED = "list", "filters", "view", "selected"


@dataclass(frozen=True, slots=True)
class Scope:
    """The rows of a file, what they are in words (without what was searched for: it may name a consumer), their keys.

    `keys` are those of ticked rows, else nothing.
    """

    rows: QuerySet[Any]
    words: str
    keys: tuple[str, ...] = ()


def scope_of(request: HttpRequest, kind: ExportKind) -> Scope:
    """What `request` asks for, of the rows its user may see. Raises Http404 for a view that is not theirs."""
    user: Any = request.user
    if keys := request.POST.getlist(SELECTED):
        return ticked(request, kind, keys)
    if kind == ExportKind.LEADS and VIEW in request.GET:
        view = visible_views(user).filter(pk=key_from(request.GET[VIEW])).first()
        if view is None:
            raise Http404
        found = _filtered(user, view.query)
        return Scope(found.rows, f"View “{view.name}”: {found.words}")
    if kind == ExportKind.LEADS and FILTERS in request.GET:
        return _filtered(user, request.GET[FILTERS])
    return _listed(request, kind, request.GET.get(LIST, ""))


def ticked(request: HttpRequest, kind: ExportKind, keys: Iterable[str]) -> Scope:
    """The rows of these keys, where they are keys and the user may see them."""
    field: Any = MODELS[kind]._meta.pk
    known = []
    for key in keys:
        try:
            known.append(str(field.to_python(key)))
        except ValidationError:
            continue
    rows = _desk(kind).get_queryset(request).filter(pk__in=known)
    return Scope(rows, f"{len(known):,} ticked in the list", tuple(known))


def _filtered(user: User, query: str) -> Scope:
    """As the agents' list filters. What cannot be read is left out there, too."""
    asked = QueryDict(query)
    filters = LeadFilter(asked, queryset=visible_leads(user), owners=owners_to_choose(user))
    words = ", ".join(f"{chip.label}: {chip.text}" for chip in filters.chips())
    return Scope(filters.qs, words or "All leads")


def _listed(request: HttpRequest, kind: ExportKind, query: str) -> Scope:
    """As the managers' list filters and searches. A query that the list would refuse is the whole list, as there."""
    asked: Any = copy(request)
    asked.GET = QueryDict(query, mutable=True)
    asked.GET.pop(PAGE_VAR, None)
    desk = _desk(kind)
    try:
        listed = desk.get_changelist_instance(asked)
    except IncorrectLookupParameters:
        asked.GET = QueryDict()
        listed = desk.get_changelist_instance(asked)
    return Scope(listed.queryset, _words(asked, listed) or "The whole list")


def _words(asked: HttpRequest, listed: Any) -> str:
    said, left = [], set(asked.GET) - {SEARCH_VAR, "o", "e"}
    for spec in listed.filter_specs:
        used = left & set(spec.expected_parameters())
        left -= used
        chosen = [str(choice["display"]) for choice in spec.choices(listed) if choice["selected"]]
        if used:
            said.append(f"{str(spec.title).capitalize()}: {', '.join(chosen) or 'by address'}")
    if left:  # a condition written into the address by hand: its value may be a phone number
        said.append(f"By {', '.join(sorted(left))}")
    if asked.GET.get(SEARCH_VAR, "").strip():
        said.append("Found by a search")
    return "; ".join(said)


def _desk(kind: ExportKind) -> Any:
    return admin.site.get_model_admin(MODELS[kind])
