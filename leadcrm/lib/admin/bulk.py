"""Acts on many rows at once: what each says, whom it may touch, and what it does to one row. Knows no rows itself.

A new one is a BulkAction in a desk's `bulk`; the confirmation, the result, the record and the repeating come with it
(leadcrm.bulk).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

# At most so many rows at a time: a page that somebody can still look through.
MOST: Final = 500


class NotDone(Exception):
    """This row was left as it is; the message says why, for people, as a sentence."""


@dataclass(frozen=True, slots=True)
class Doing:
    """What goes with every row of one run: what was filled in, who does it, and when."""

    values: Mapping[str, Any]
    by: Any
    now: datetime


def nothing(row: Any) -> str:
    """Nothing stands against it."""
    return ""


@dataclass(frozen=True, slots=True)
class BulkAction:
    """One act. `do(row, doing)` acts on one row and says in a sentence what came of it, or raises NotDone.

    `permission` is asked of the user whenever something is shown or done. `against(row)` says why a row cannot be
    touched, or nothing; `seen(row)` in words what must still be so when it is done as it was when the person looked:
    where it differs the row is left. `form` asks for what all rows share. `do` runs in the transaction that locks
    the row and notes the result, unless `own_transactions`: then it sees to both races and repeats itself. `rows`
    is what one and many are called, where that is not the name of their model.
    `name` is unique among all acts and never reused, since runs are kept under it.
    """

    name: str
    label: str
    does: str
    permission: str
    do: Callable[[Any, Doing], str]
    form: type[forms.Form] | None = None
    against: Callable[[Any], str] = nothing
    seen: Callable[[Any], str] = nothing
    joins: tuple[str, ...] = ()
    own_transactions: bool = False
    rows: tuple[str, str] | None = None
    style: str = "default"


@dataclass(frozen=True, slots=True)
class ListAction:
    """An act that draws a page of its own about ticked rows, or about all that match (`everything`, without bound)."""

    name: str
    label: str
    permission: str
    go: Callable[[HttpRequest, QuerySet[Any], bool], HttpResponse]


Offered: TypeAlias = BulkAction | ListAction
ACTIONS: Final[dict[str, BulkAction]] = {}


def offer(desk: Any, *actions: Offered) -> None:
    """Put `actions` into the choice above the list of `desk` (a class with leadcrm.bulk.desk.Bulk)."""
    desk.bulk = [*desk.bulk, *actions]
    ACTIONS.update({each.name: each for each in actions if isinstance(each, BulkAction)})
