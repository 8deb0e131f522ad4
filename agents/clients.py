"""Clients: the people who have a policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Exists, OuterRef

from agents.localtime import LocalTime, local_time
from agents.models import Policy
from agents.policies import policies_of
from agents.queries import visible_leads
from intake.models import Lead
from leadcrm.lib.pages import Keyset, keyset
from leadcrm.models import User

PAGE_SIZE: Final = 50


@dataclass(frozen=True, slots=True)
class Client:
    """A person and all their policies, those that were not asked for included."""

    lead: Lead
    local: LocalTime
    policies: Sequence[Policy]


@dataclass(frozen=True, slots=True)
class Clients:
    """A page of them."""

    rows: Sequence[Client]
    page: Keyset[Lead]


def clients(*, user: User, wanted: Mapping[str, Any], after: str, now: datetime) -> Clients:
    """The people `user` may see who have a policy that fits `wanted` (conditions on it), newest leads first.

    Nobody who was erased. A constant number of queries, nothing is counted.
    """
    fitting = Policy.objects.filter(lead=OuterRef("pk"), **wanted)
    leads = visible_leads(user).filter(Exists(fitting), erased_at__isnull=True).select_related("owner")
    page = keyset(leads, moment="received_at", after=after, size=PAGE_SIZE)
    sold = policies_of(lead.pk for lead in page.rows)
    return Clients([Client(lead, local_time(lead, now), sold.get(lead.pk, [])) for lead in page.rows], page)
