"""Saved views: the filters of the list of leads, kept under a name and shared with the teams one leads."""

from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import QueryDict

from agents.filters import LeadFilter
from agents.models import SavedView, Team
from agents.queries import owners_to_choose, visible_leads
from leadcrm.models import User

MOST_VIEWS: Final = 20
LONGEST_NAME: Final = 40
LONGEST_QUERY: Final = 300


class ViewRefused(Exception):
    """A view that cannot be kept so; the text says to its owner why."""


def visible_views(user: User) -> QuerySet[SavedView]:
    """The views above `user`'s list: the own ones, and what the leader of the own team shares. By name."""
    leader = Team.objects.filter(agents__user=user, leader__isnull=False).values("leader")
    return SavedView.objects.filter(Q(user=user) | Q(shared=True, user__in=leader))


def leads_a_team(user: User) -> bool:
    """Whether there is a team that `user` may share views with."""
    return Team.objects.filter(leader=user).exists()


def filters_in(asked: QueryDict, filters: LeadFilter) -> str:
    """The filters filled in `asked`, in the form's order, as they stand in an address; "" for none."""
    return urlencode([(name, asked[name]) for name in filters.filters if asked.get(name)])


def save_view(*, user: User, name: str, query: str, shared: bool, now: datetime) -> SavedView:
    """Keep the filters in `query` under `name`; a view of that name (in any case) is replaced. Twice is once.

    `shared` counts for leaders of a team only. Raises ViewRefused: no name, no filter, one that does not hold for
    `user`, or MOST_VIEWS reached.
    """
    name, query = _name(name), _checked(user, query)
    shared = shared and leads_a_team(user)
    with transaction.atomic():
        _lock(user)
        own = SavedView.objects.filter(user=user)
        if view := own.filter(name__iexact=name).first():
            view.name, view.query, view.shared = name, query, shared
            view.save(update_fields=["name", "query", "shared"])
            return view
        if own.count() >= MOST_VIEWS:
            raise ViewRefused(f"You have {MOST_VIEWS} saved views. Delete one first.")
        return own.create(user=user, name=name, query=query, shared=shared, created_at=now)


def change_view(*, user: User, view_id: int, name: str, shared: bool) -> SavedView | None:
    """Another name for an own view, and whether the team has it; None where `user` has no such view.

    Raises ViewRefused: no name, or one that another of the own views has.
    """
    name = _name(name)
    with transaction.atomic():
        _lock(user)
        own = SavedView.objects.filter(user=user)
        view = own.filter(pk=view_id).first()
        if view is None:
            return None
        if own.filter(name__iexact=name).exclude(pk=view_id).exists():
            raise ViewRefused(f"You have a view “{name}” already.")
        view.name, view.shared = name, shared and leads_a_team(user)
        view.save(update_fields=["name", "shared"])
    return view


def delete_view(*, user: User, view_id: int) -> bool:
    """Delete an own view; False where `user` has no such view, or has it no longer."""
    return SavedView.objects.filter(user=user, pk=view_id).delete()[0] > 0


def _lock(user: User) -> None:
    """One change of a person's views at a time."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _name(name: str) -> str:
    name = " ".join(name.replace("\0", "").split())
    if not name:
        raise ViewRefused("Give the view a name.")
    if len(name) > LONGEST_NAME:
        raise ViewRefused(f"A name has at most {LONGEST_NAME} characters.")
    return name


def _checked(user: User, query: str) -> str:
    """The filters of `query` that the list knows, each read as the list would read it."""
    asked = QueryDict(query)
    filters = LeadFilter(asked, queryset=visible_leads(user), owners=owners_to_choose(user))
    kept = filters_in(asked, filters)
    if not kept:
        raise ViewRefused("Choose a filter first; then save the view.")
    if not filters.is_valid() or len(kept) > LONGEST_QUERY:
        raise ViewRefused("One of these filters cannot be read. Correct it, then save the view.")
    return kept
