"""Outside scrub services: one table of clients, answers kept and used again while they are valid.

`asking` asks, `latest` reads what is known. A new service is a client and its line here.
"""

from typing import Final

from compliance.clients import blacklist_alliance, dnc_com, real_phone_validation
from compliance.clients.scrub import ScrubClient
from compliance.models import ScrubService
from compliance.scrubs.latest import latest, latest_answers

CLIENTS: Final[dict[str, ScrubClient]] = {
    ScrubService.BLACKLIST_ALLIANCE: blacklist_alliance.client,
    ScrubService.DNC_COM: dnc_com.client,
    ScrubService.REAL_PHONE_VALIDATION: real_phone_validation.client,
}

__all__ = ["CLIENTS", "latest", "latest_answers"]
