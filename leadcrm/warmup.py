"""What a web process does before its first request, so that no vendor waits for it."""

from django.urls import get_resolver
from django.utils import timezone

from compliance.calling.legal_days import holiday_name
from compliance.calling.zones import load_table
from intake.serializers import read_posted
from leadcrm.lib import normalize


def warm_up() -> None:
    """Load tables, compile the address patterns, read one made-up post. No database is needed."""
    normalize.warm()
    load_table()
    holiday_name("LA", timezone.localdate())  # the package reads its tables at its first question
    get_resolver().url_patterns  # noqa: B018 - the access imports every view
    read_posted({"phone": "2125550123", "email": "warm@example.com", "zip": "10001"}, live=False)
