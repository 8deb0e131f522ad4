"""The hard filters: may this agent have this lead now? Pure; each refusal is a code with words for people."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from django.conf import settings

from agents.assignment.places import StateFrom, state_of
from agents.assignment.roster import AgentCard
from agents.licensing import license_gap
from intake.models import Lead

ExclusionCode = Literal[
    "left", "not_receiving", "no_weight", "state_unknown", "unlicensed", "license_not_yet", "license_expired",
    "language", "time_zone", "off_hours", "daily_cap", "hourly_cap", "untouched",
    "had_it",
]  # fmt: skip

WORDS: Final[dict[ExclusionCode, str]] = {
    "left": "no longer works here",
    "not_receiving": "not receiving leads",
    "no_weight": "weight 0 in this pool",
    "state_unknown": "the lead's state is unknown",
    "unlicensed": "no license for the state and line",
    "license_not_yet": "license not in effect yet",
    "license_expired": "license expired",
    "language": "does not speak the lead's language",
    "time_zone": "set to a time zone that does not exist",
    "off_hours": "outside working hours",
    "daily_cap": "daily limit reached",
    "hourly_cap": "hourly limit reached",
    "untouched": "too many leads not touched yet",
    "had_it": "had this lead before",
}

# Words that vendors' forms use; anything else is taken by its first two letters if it looks like a code.
_LANGUAGES: Final = {
    "english": "en", "spanish": "es", "español": "es", "espanol": "es", "chinese": "zh", "mandarin": "zh",
    "cantonese": "zh", "vietnamese": "vi", "tagalog": "tl", "korean": "ko", "russian": "ru", "french": "fr",
    "portuguese": "pt", "haitian creole": "ht", "creole": "ht", "arabic": "ar", "polish": "pl",
}  # fmt: skip
_ENGLISH: Final = "en"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a lead asks of whoever gets it. `now` is aware, `today` the date on the agency's clock."""

    source_id: int
    vendor_id: int
    interest: str
    line: str
    state: str
    state_from: StateFrom
    language: str
    now: datetime
    today: date
    had: frozenset[int] = frozenset()  # agents from whom it was taken, who do not get it again


@dataclass(frozen=True, slots=True)
class Load:
    """What an agent got this day and this hour, and how many leads wait for a first touch."""

    day: int = 0
    hour: int = 0
    untouched: int = 0


def wanted_by(lead: Lead, *, line: str, now: datetime) -> Wanted:
    """What `lead` (saved or not) asks of an agent; `line` is its interest's line of authority, if known."""
    state, state_from = state_of(state=lead.state, zip5=lead.zip, phone=lead.phone)
    return Wanted(
        source_id=lead.source_id,
        vendor_id=lead.vendor_id,
        interest=lead.interest,
        line=line,
        state=state,
        state_from=state_from,
        language=language_of({**lead.extra, **lead.attributes}),
        now=now,
        today=now.astimezone(settings.AGENCY_ZONE).date(),
    )


def language_of(said: dict[str, Any]) -> str:
    """The language a lead names, as an ISO 639-1 code; English when it names none that can be read."""
    raw = said.get("language") or said.get("preferred_language") or ""
    word = raw.strip().lower() if isinstance(raw, str) else ""
    code = _LANGUAGES.get(word, word.replace("_", "-").partition("-")[0])
    return code if len(code) == 2 and code.isalpha() else _ENGLISH


def standing_refusal(agent: AgentCard, wanted: Wanted) -> ExclusionCode | None:
    """Why the agent may not have such a lead then, however few others there are; None when nothing is."""
    if not agent.active:
        return "left"
    if not agent.receiving:
        return "not_receiving"
    if agent.id in wanted.had:
        return "had_it"
    refusal = license_refusal(agent, wanted)
    if refusal:
        return refusal
    if wanted.language != _ENGLISH and wanted.language not in agent.languages:
        return "language"
    return hours_refusal(agent, wanted.now)


def license_refusal(agent: AgentCard, wanted: Wanted) -> ExclusionCode | None:
    """None when a license for the state and the line (or the very product) is valid on `wanted.today`."""
    return license_gap(agent, state=wanted.state, lines={wanted.interest, wanted.line}, today=wanted.today)


def hours_refusal(agent: AgentCard, now: datetime) -> ExclusionCode | None:
    """None when `now` lies in the agent's hours on the agent's own clock, or there are no hours set."""
    if agent.zone is None:
        return "time_zone"
    if not agent.hours:
        return None
    local = now.astimezone(agent.zone)
    clock = local.time().replace(microsecond=0)  # so that hours until 23:59:59 include the last second
    works = any(day == local.weekday() and starts <= clock <= ends for day, starts, ends in agent.hours)
    return None if works else "off_hours"


def load_refusal(agent: AgentCard, load: Load) -> ExclusionCode | None:
    """Why the agent has enough leads; None when there is room for one more."""
    if agent.daily_cap is not None and load.day >= agent.daily_cap:
        return "daily_cap"
    if agent.hourly_cap is not None and load.hour >= agent.hourly_cap:
        return "hourly_cap"
    if agent.untouched_limit is not None and load.untouched >= agent.untouched_limit:
        return "untouched"
    return None
