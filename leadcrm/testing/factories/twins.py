"""Possible duplicates, pairs that are none, merges."""

from uuid import uuid4

from django.utils import timezone

from agents.models import Ground, LeadMerge, NotTwins, TwinGroup, TwinMark, TwinMember
from leadcrm.testing.factories.base import LazyFunction, Rows, SelfAttribute, SubFactory, UserFactory
from leadcrm.testing.factories.intake import LeadFactory


class TwinGroupFactory(Rows[TwinGroup]):
    class Meta:
        model = TwinGroup

    found_at = LazyFunction(timezone.now)
    grounds = LazyFunction(lambda: [str(Ground.PHONE)])


class TwinMemberFactory(Rows[TwinMember]):
    class Meta:
        model = TwinMember

    group = SubFactory(TwinGroupFactory)
    lead = SubFactory(LeadFactory)


class TwinMarkFactory(Rows[TwinMark]):
    """There is one row."""

    class Meta:
        model = TwinMark
        django_get_or_create = ("id",)

    id = 1


class NotTwinsFactory(Rows[NotTwins]):
    class Meta:
        model = NotTwins

    low = SubFactory(LeadFactory)
    high = SubFactory(LeadFactory)
    said_at = LazyFunction(timezone.now)
    said_by = SubFactory(UserFactory)


class LeadMergeFactory(Rows[LeadMerge]):
    """With leads that say so themselves."""

    class Meta:
        model = LeadMerge

    survivor = SubFactory(LeadFactory)
    merged = SubFactory(LeadFactory, status="lost", merged_into=SelfAttribute("..survivor"))
    at = LazyFunction(timezone.now)
    by = SubFactory(UserFactory)
    request_id = LazyFunction(uuid4)
    was_status = "new"
    was_status_at = SelfAttribute("at")
