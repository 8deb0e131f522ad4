"""What a web process does before its first request, so that no vendor waits for it."""

from django.urls import get_resolver

from intake.serializers import read_posted
from leadcrm.lib import normalize


def warm_up() -> None:
    """Load tables, compile the address patterns, read one made-up post. No database is needed."""
    normalize.warm()
    get_resolver().url_patterns  # noqa: B018 - the access imports every view
    read_posted({"phone": "2125550123", "email": "warm@example.com", "zip": "10001"}, live=False)
