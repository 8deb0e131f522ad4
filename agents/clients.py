"""Clients: the people who have a policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q

from agents.localtime import LocalTime, local_time
from agents.models import Policy
from agents.policies import policies_of
from agents.queries import sees_everything, visible_leads
from intake.models import Lead
from leadcrm.lib.pages import Keyset, keyset
from leadcrm.models import User

PAGE_SIZE: Final = 50
# More than there ever are.
_ALL: Final = 1_000_000_000


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
    leads = visible_leads(user).filter(_who(user, wanted), erased_at__isnull=True).select_related("owner")
    page = keyset(leads, moment="received_at", after=after, size=PAGE_SIZE)
    sold = policies_of(lead.pk for lead in page.rows)
    return Clients([Client(lead, local_time(lead, now), sold.get(lead.pk, [])) for lead in page.rows], page)


def _who(user: User, wanted: Mapping[str, Any]) -> Q:
    """Who has such a policy.

    Of a month all policies are on leads of one age, and among few people's leads those of a carrier are rare: walking
    through the leads would be long. There such policies are found first and as a whole, which a limit asks for.
    """
    if "renewal_on__gte" in wanted or ("carrier" in wanted and not sees_everything(user)):
        return Q(pk__in=Policy.objects.filter(**wanted).order_by().values("lead")[:_ALL])
    return Q(Exists(Policy.objects.filter(lead=OuterRef("pk"), **wanted)))
