"""How a call, text or e-mail can end, and what follows from it: the closed list that agents choose from."""

from dataclasses import dataclass
from typing import Final

from intake.models import LeadStatus


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way it can end.

    `reached`: the person answered, so a new lead becomes contacted. `stage`: where the lead goes after that, if
    its present stage allows. `asks_when`: a time for the next call is mandatory. `stops`: the person goes on the
    do-not-contact list. `tone` colours it: good, info, warn, bad, quiet.
    """

    code: str
    label: str
    reached: bool
    tone: str = "quiet"
    stage: LeadStatus | None = None
    asks_when: bool = False
    stops: bool = False


# In the order of the hot keys 1 to 9.
OUTCOMES: Final[dict[str, Outcome]] = {
    outcome.code: outcome
    for outcome in (
        Outcome("no_answer", "No answer", reached=False),
        Outcome("voicemail", "Left a voicemail", reached=False),
        Outcome("call_back", "Call back later", True, "info", LeadStatus.CONTACTED, asks_when=True),
        Outcome("spoke", "Spoke: interested", True, "good", LeadStatus.CONTACTED),
        Outcome("quoted", "Quoted", True, "good", LeadStatus.QUOTED),
        Outcome("sold", "Sold", True, "good", LeadStatus.SOLD),
        Outcome("not_interested", "Not interested", True, "quiet", LeadStatus.LOST),
        Outcome("wrong_number", "Wrong number", False, "warn", LeadStatus.LOST),
        Outcome("do_not_call", "Asked not to be called", True, "bad", LeadStatus.LOST, stops=True),
    )
}


def label_of(code: str) -> str:
    """The words for an outcome's code; an unknown one (an older list) is shown as it is, without underscores."""
    known = OUTCOMES.get(code)
    return known.label if known else code.replace("_", " ").capitalize()
