"""What the decision asks of assignment, and what it is told."""

from dataclasses import dataclass
from typing import Literal

RoutedKind = Literal["rotation", "sticky", "last_link", "offered", "nobody"]


@dataclass(frozen=True, slots=True)
class Routed:
    """Who gets a lead.

    `owner_id` is the user's key, or None. With None, `refuse` says whether the post is refused with `no_agent`
    (True) or the lead is taken and waits where a manager sees it (False). `why` is a sentence for managers.
    """

    kind: RoutedKind
    owner_id: int | None
    refuse: bool
    why: str
    pool_id: int | None = None


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """An earlier open or sold lead of the same person, newest first: its owner is asked first (sticky)."""

    lead_id: int
    owner_id: int
    is_client: bool
