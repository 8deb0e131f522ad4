"""What a provider of texts and calls must be able to do, and which one this installation has."""

from typing import Final, Protocol

from django.conf import settings

from agents.messaging.results import Taken
from agents.models import DeliveryProvider
from agents.telephony import twilio


class Provider(Protocol):
    """One provider. Its calls go out through leadcrm.lib.http, never inside a transaction."""

    name: DeliveryProvider

    def is_on(self) -> bool:
        """True when it is set up to send texts."""

    def can_call(self) -> bool:
        """True when it is set up to put calls through as well."""

    def send_text(self, *, to: str, body: str, status_url: str) -> Taken:
        """Send `body` to `to` (E.164); what becomes of it is told to `status_url`. Raises NotSent's kinds."""

    def ring(self, *, to: str, answer_url: str, status_url: str) -> Taken:
        """Ring the agent's phone `to`; once a key is pressed, `answer_url` says what next. Raises NotSent's kinds."""


# Another provider is a module with one of these, and a line here.
PROVIDERS: Final[dict[str, Provider]] = {"twilio": twilio.client}


def provider() -> Provider | None:
    """The one that is set up; None where texts are off."""
    chosen = PROVIDERS.get(settings.TELEPHONY)
    return chosen if chosen is not None and chosen.is_on() else None
