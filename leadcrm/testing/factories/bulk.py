"""Acts on many rows."""

from django.utils import timezone

from leadcrm.models import BulkItem, BulkRun, BulkState
from leadcrm.testing.factories.base import LazyFunction, Rows, Sequence, SubFactory, UserFactory


class BulkRunFactory(Rows[BulkRun]):
    """Confirmed, and about agents."""

    class Meta:
        model = BulkRun

    action = "pause-agents"
    label = "Pause"
    model = "agents.agent"
    what = "1 ticked"
    by = SubFactory(UserFactory)
    state = BulkState.RUNNING
    created_at = LazyFunction(timezone.now)
    confirmed_at = LazyFunction(timezone.now)


class BulkItemFactory(Rows[BulkItem]):
    class Meta:
        model = BulkItem

    run = SubFactory(BulkRunFactory)
    object_id = Sequence(str)
    name = "Test Agent"
