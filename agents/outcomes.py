"""How a call, text or e-mail can end: the closed list that agents choose from."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way it can end. `reached`: the person answered, so a new lead becomes contacted."""

    code: str
    label: str
    reached: bool


# In the order of the hot keys 1 to 9.
OUTCOMES: Final[dict[str, Outcome]] = {
    outcome.code: outcome
    for outcome in (
        Outcome("no_answer", "No answer", reached=False),
        Outcome("voicemail", "Left a voicemail", reached=False),
        Outcome("busy", "Busy", reached=False),
        Outcome("spoke", "Spoke with them", reached=True),
        Outcome("call_back", "Asked for a call back", reached=True),
        Outcome("appointment", "Made an appointment", reached=True),
        Outcome("not_interested", "Not interested", reached=True),
        Outcome("wrong_person", "Wrong person", reached=False),
        Outcome("bad_number", "Number not in service", reached=False),
    )
}
