"""Is a person licensed for a state and a line today? Called by compliance as the step "licensed"."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Final, Literal

from django.conf import settings

from agents.assignment.roster import ROSTER, AgentCard, Roster
from leadcrm.lib.config import current_version
from leadcrm.models import User

LicenseGap = Literal["state_unknown", "unlicensed", "license_not_yet", "license_expired"]
NOT_AN_AGENT: Final = "is not an agent with licenses"


def licensed(
    *, user: User, wants: Iterable[tuple[str, str]], config_version: int, now: datetime
) -> Mapping[tuple[str, str], str]:
    """Per (USPS state, interest) of `wants`: "" where `user` holds a license valid today, else why not, for people.

    The answer fits behind a name: “has no license for Final expense in TX”. Today is the agency's date at `now`.
    `config_version` is the stamp of the committed configuration. Reads what is kept in the process; no query.
    """
    roster = ROSTER.get(None, config_version)
    today = now.astimezone(settings.AGENCY_ZONE).date()
    card = roster.by_user.get(user.pk)
    return {want: refusal(card, roster, *want, today) for want in wants}


def is_licensed(*, agent_id: int, state: str, interest: str, now: datetime) -> bool:
    """True when the agent holds a license for the state and the line (or the very product) on the agency's today."""
    roster = ROSTER.get(None, current_version())
    today = now.astimezone(settings.AGENCY_ZONE).date()
    return not refusal(roster.agents.get(agent_id), roster, state, interest, today)


def refusal(card: AgentCard | None, roster: Roster, state: str, interest: str, today: date) -> str:
    """Why there is no valid license, in words that fit behind a name; "" when there is one."""
    if card is None:
        return NOT_AN_AGENT
    why = license_gap(card, state=state, lines={interest, roster.lines.get(interest, interest)}, today=today)
    product = roster.products.get(interest, interest)
    words = {
        "state_unknown": "cannot show a license: the lead's state is unknown",
        "unlicensed": f"has no license for {product} in {state}",
        "license_not_yet": f"has a license for {product} in {state} that is not in effect yet",
        "license_expired": f"has a license for {product} in {state} that has expired",
    }
    return words[why] if why else ""


def license_gap(card: AgentCard, *, state: str, lines: set[str], today: date) -> LicenseGap | None:
    """None when a license of `card` for the state and one of `lines` (line of authority, product) is valid today."""
    if not state:
        return "state_unknown"
    held = [valid for line in lines for valid in card.licenses.get((state, line), ())]
    if any(starts <= today and (ends is None or today <= ends) for starts, ends in held):
        return None
    if any(starts > today for starts, _ in held):
        return "license_not_yet"
    return "license_expired" if held else "unlicensed"
