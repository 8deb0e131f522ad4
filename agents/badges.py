"""What the decision found, in a few words an agent reads before dialing."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from compliance.models import Decision, Suppression
from intake.models import ConsentRecord

TONES: Final = {"clear": "good", "listed": "bad", "unknown": "warn"}
# One list's answer in the detail of the check “suppression”: “national clear”, “state_tx unknown (no list), stale”.
_ANSWER: Final = re.compile(
    r"(?P<code>[a-z0-9_-]+) (?P<state>clear|listed|unknown)(?: \((?P<why>[^)]*)\))?(?P<stale>, stale)?"
)


@dataclass(frozen=True, slots=True)
class Badge:
    """A short statement, its tone (good, warn, bad, quiet), and the longer words behind it."""

    text: str
    tone: str
    why: str = ""


def badges(
    *, decision: Decision | None, consent: ConsentRecord | None, suppressed: Suppression | None
) -> list[Badge]:
    """The badges of a lead: the agency's own list now, the lists asked at the post, the proofs of consent."""
    found = [Badge(suppressed.get_kind_display(), "bad", suppressed.reason)] if suppressed else []
    lists = list(_lists(decision))
    found += lists or [
        Badge("No do-not-call list asked", "warn", "The decision asked none: unknown is not clear")
    ]
    found.append(_proof("TrustedForm certificate", bool(consent and consent.trustedform_cert_id)))
    found.append(_proof("Jornaya LeadiD", bool(consent and consent.jornaya_leadid)))
    return found


def _proof(name: str, present: bool) -> Badge:
    return Badge(name, "good") if present else Badge(f"No {name}", "quiet")


def _lists(decision: Decision | None) -> Iterator[Badge]:
    """One badge for each list the decision asked."""
    for answer in _ANSWER.finditer(str(_check(decision, "suppression").get("detail", ""))):
        why = ", ".join(filter(None, (answer["why"], "the list was out of date" if answer["stale"] else "")))
        tone = "warn" if answer["stale"] and answer["state"] == "clear" else TONES[answer["state"]]
        stale = " (stale)" if answer["stale"] else ""
        yield Badge(f"{_name(answer['code'])}: {answer['state']}{stale}", tone, why.capitalize())


def _name(code: str) -> str:
    """A list's code for people: national as National DNC, state_tx as TX DNC."""
    known = {"national": "National DNC", "litigator": "Litigators"}
    if code.startswith("state_"):
        return f"{code.removeprefix('state_').upper()} DNC"
    return known.get(code, code.replace("_", " ").capitalize())


def _check(decision: Decision | None, name: str) -> Mapping[str, Any]:
    """The record of the check `name`, or an empty one."""
    for check in decision.checks if decision else ():
        if isinstance(check, Mapping) and check.get("check") == name:
            return check
    return {}
