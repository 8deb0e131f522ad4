"""Which services can be asked. A service without a key is off, and whoever shows a certificate says so."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from compliance.clients import jornaya, trustedform
from compliance.models import Provider

_IS_ON: Final[dict[Provider, Callable[[], bool]]] = {
    Provider.TRUSTEDFORM: trustedform.is_on,
    Provider.JORNAYA: jornaya.is_on,
}
_KEYS: Final = {Provider.TRUSTEDFORM: "TRUSTEDFORM_API_KEY", Provider.JORNAYA: "JORNAYA_LAC"}


@dataclass(frozen=True, slots=True)
class Service:
    """One service as it is set up. `says` is a sentence for people."""

    provider: Provider
    on: bool
    says: str


def is_on(provider: Provider) -> bool:
    """True when the service has its key."""
    return _IS_ON[provider]()


def services() -> tuple[Service, ...]:
    """Every service there is a client for, on or off. Reads settings only."""
    return tuple(
        Service(
            provider=provider,
            on=is_on(provider),
            says=f"{provider.label} is on."
            if is_on(provider)
            else f"{provider.label} is off: {_KEYS[provider]} is not set. Its certificates are not retained.",
        )
        for provider in Provider
    )
