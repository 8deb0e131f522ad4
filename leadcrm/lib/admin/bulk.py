"""Acts on many rows at once: what each says, whom it may touch, and what it does to one row. Knows no rows itself.

A new one is a BulkAction in a desk's `bulk`; the confirmation, the result, the record and the repeating come with it
(leadcrm.bulk).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol, TypeAlias

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

# At most so many rows at a time: a page that somebody can still look through.
MOST: Final = 500


class NotDone(Exception):
    """This row was left as it is; the message says why, for people, as a sentence."""


class Note(Protocol):
    """Writes what became of a row; `done` is False where it was left, and `words` say why."""

    def __call__(self, words: str, *, done: bool = True) -> None: ...


def unnoted(words: str, *, done: bool = True) -> None:
    """There is no run that would keep it."""


@dataclass(frozen=True, slots=True)
class Doing:
    """What goes with every row of one run: what was filled in, who does it, and when.

    `note` is for acts with transactions of their own: called inside the one that acts, it stands or falls with the act,
    so that whoever goes on after a death finds the row done and not “changed since you looked”.
    """

    values: Mapping[str, Any]
    by: Any
    now: datetime
    note: Note = unnoted


def nothing(row: Any) -> str:
    """Nothing stands against it."""
    return ""


def unlocked(row: Any) -> None:
    """Nothing has to be locked before the row."""


@dataclass(frozen=True, slots=True)
class BulkAction:
    """One act. `do(row, doing)` acts on one row and says in a sentence what came of it, or raises NotDone.

    `permission` is asked of the user whenever something is shown or done. `against(row)` says why a row cannot be
    touched, or nothing; `seen(row)` in words what must still be so when it is done as it was when the person looked:
    where it differs the row is left. `form` asks for what all rows share. `do` runs in the transaction that locks
    the row and notes the result; `lock_first(row)` takes what others lock before such a row. With `own_transactions`,
    which is for acts that ask outside services, nothing is locked: `do` sees to races itself and calls `doing.note`
    where it commits. `rows` is what one and many are called, where that is not the name of their model.
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
    lock_first: Callable[[Any], None] = unlocked
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
