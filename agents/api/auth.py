"""Who may read reports from outside: the holder of a report key."""

from agents.models import ReportKey
from intake.api.schema import KeyScheme
from intake.api.system_keys import SystemKeyAuthentication


class ReportKeyAuthentication(SystemKeyAuthentication):
    """A report key, which opens nothing else."""

    keys = ReportKey


class ReportKeyScheme(KeyScheme):  # type: ignore[no-untyped-call]
    """The key in the description of the API."""

    target_class = ReportKeyAuthentication
    name = "ReportKey"
