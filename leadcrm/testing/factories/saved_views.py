"""Saved views of the list of leads."""

from django.utils import timezone

from agents.models import SavedView
from leadcrm.testing.factories.base import LazyFunction, Rows, Sequence, SubFactory, UserFactory


class SavedViewFactory(Rows[SavedView]):
    class Meta:
        model = SavedView

    user = SubFactory(UserFactory)
    name = Sequence(lambda n: f"View {n}")
    query = "state=TX"
    created_at = LazyFunction(timezone.now)
