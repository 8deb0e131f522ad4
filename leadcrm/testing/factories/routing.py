"""Replays of routing."""

from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from agents.models import ReplayState, RoutingReplay
from leadcrm.testing.factories.base import LazyFunction, Rows, SubFactory, UserFactory


class RoutingReplayFactory(Rows[RoutingReplay]):
    """Done, of a day without leads."""

    class Meta:
        model = RoutingReplay

    request_id = LazyFunction(uuid4)
    first = LazyFunction(lambda: timezone.localdate() - timedelta(days=1))
    last = LazyFunction(lambda: timezone.localdate() - timedelta(days=1))
    asked_at = LazyFunction(timezone.now)
    asked_by = SubFactory(UserFactory)
    state = ReplayState.DONE
    finished_at = LazyFunction(timezone.now)
    result = LazyFunction(
        lambda: {
            "leads": 0, "skipped": 0, "changed": 0, "owners": [], "unassigned": [], "reasons": [], "sample": [],
        }
    )  # fmt: skip
