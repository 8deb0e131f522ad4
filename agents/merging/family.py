"""The leads that were made one: which one is worked, and which others lead to it."""

from django.db.models import Q, QuerySet

from agents.models import LeadMerge
from intake.models import Lead


def others_of(lead: Lead) -> QuerySet[Lead]:
    """The other leads of the same person: the one `lead` was merged into, and all that were merged into that one."""
    stays = lead.merged_into_id or lead.pk
    return Lead.objects.filter(Q(pk=stays) | Q(merged_into=stays)).exclude(pk=lead.pk)


def merged_into(lead: Lead) -> QuerySet[Lead]:
    """The leads that were merged into `lead`, in the end: whatever was written on them is shown with it."""
    return Lead.objects.filter(merged_into=lead)


def standing_merges(lead: Lead) -> QuerySet[LeadMerge]:
    """The merges that made `lead` one with others, from either side, newest first."""
    return LeadMerge.objects.filter(Q(survivor=lead) | Q(merged=lead), undone_at=None).select_related(
        "survivor__owner", "merged__owner", "by"
    )
