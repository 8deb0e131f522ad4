"""What a signed-in person's request is, and the lead its address names."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from agents.queries import visible_leads
from intake.models import Lead
from leadcrm.models import User


class SignedIn(HttpRequest):
    """A request behind `login_required`: its user is a person. For types only."""

    user: User


def lead_or_404(request: SignedIn, number: int, *, erased: bool = False) -> Lead:
    """The lead A-`number` if its reader may see it; else 404, as for one that does not exist.

    Nothing can be done on the lead of a person who was erased: 404 as well, unless `erased` ones are wanted.
    """
    leads = visible_leads(request.user).select_related("vendor", "source", "owner")
    leads = leads if erased else leads.filter(erased_at__isnull=True)
    return get_object_or_404(leads, pk=number)
