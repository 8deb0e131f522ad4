"""Who may send requests to stop: the holder of an opt-out key."""

from compliance.models import OptOutKey
from intake.api.schema import KeyScheme
from intake.api.system_keys import SystemKeyAuthentication


class OptOutKeyAuthentication(SystemKeyAuthentication):
    """An opt-out key, which opens nothing else."""

    keys = OptOutKey


class OptOutKeyScheme(KeyScheme):  # type: ignore[no-untyped-call]
    """The key in the description of the API."""

    target_class = OptOutKeyAuthentication
    name = "OptOutKey"
