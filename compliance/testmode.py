"""The ZIPs that force an outcome in test posts, so that vendors can see every answer (wire-contract section 7)."""

from dataclasses import dataclass
from typing import Final

from intake.post import Reason


@dataclass(frozen=True, slots=True)
class Forced:
    """What a magic ZIP asks for: these reasons (none: accepted), after a wait, or no decision at all."""

    reasons: tuple[Reason, ...] = ()
    wait_seconds: float = 0
    unavailable: bool = False


FORCED: Final[dict[str, Forced]] = {
    "99999": Forced(),
    "00001": Forced((Reason("duplicate", "We have this person already.", "phone"),)),
    "00002": Forced((Reason("suppressed_dnc", "This person must not be contacted.", "phone"),)),
    "00003": Forced((Reason("cap_reached", "The cap of this source is reached.", retry_after=3600),)),
    "00004": Forced((Reason("invalid_field", "Forced by the test ZIP.", "zip"),)),
    "00005": Forced((Reason("consent_invalid", "Forced by the test ZIP.", "trustedform_cert_url"),)),
    "00006": Forced(wait_seconds=3),
    "00007": Forced(unavailable=True),
}
