"""Exports."""

from django.utils import timezone

from agents.models import Export, ExportKind
from leadcrm.testing.factories.base import LazyFunction, Rows, SubFactory, UserFactory


class ExportFactory(Rows[Export]):
    class Meta:
        model = Export

    kind = ExportKind.LEADS
    made_by = SubFactory(UserFactory)
    what = "The whole list"
    columns = ["number", "status"]
    started_at = LazyFunction(timezone.now)
    seen_at = LazyFunction(timezone.now)
