"""What the decision found, in a few words an agent reads before dialing."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from compliance.models import Decision, Suppression
from intake.models import ConsentRecord

TONES: Final = {"clear": "good", "listed": "bad", "unknown": "warn"}
# Decisions made before the check “suppression” recorded its answers told them in words only: “national clear”,
# “state_tx unknown (no list), stale”.
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
    """One badge for each list the decision asked, and for each number where there were two."""
    check = _check(decision, "suppression")
    for answer in check.get("lists") or _told_in_words(str(check.get("detail", ""))):
        yield list_badge(answer)


def list_badge(answer: Mapping[str, Any]) -> Badge:
    """One list's answer, as the check “suppression” records it (compliance.checks.suppression.as_records)."""
    name, state, stale = _name(answer["code"], answer.get("kind", "")), answer["state"], answer["stale"]
    name += ", second phone" if answer.get("phone") == 2 else ""
    if answer["why"] == "not_asked":
        return Badge(f"{name}: not asked", "quiet")
    reason = str(answer["why"]).replace("_", " ")
    why = ", ".join(filter(None, (reason, "the list was out of date" if stale else "")))
    tone = "warn" if stale and state == "clear" else TONES[state]
    said = answer.get("reassigned") or state
    return Badge(
        f"{name}: {said.replace('_', ' ')}{' (stale)' if stale else ''}",
        tone,
        why[:1].upper() + why[1:],
    )


def _told_in_words(detail: str) -> Iterator[dict[str, Any]]:
    """The answers of decisions that were recorded as a text only."""
    for found in _ANSWER.finditer(detail):
        yield {
            "code": found["code"], "state": found["state"], "why": found["why"] or "", "stale": bool(found["stale"])
        }  # fmt: skip


def _name(code: str, kind: str) -> str:
    """A list's code for people: national as National DNC, state_tx as TX DNC."""
    known = {"national": "National DNC", "litigator": "Litigators", "reassigned": "Reassigned numbers"}
    if code.startswith("state_"):
        return f"{code.removeprefix('state_').upper()} DNC"
    words = known.get(code, code.replace("_", " ").capitalize())
    return f"{words} (litigators)" if kind == "litigator" and code != "litigator" else words


def _check(decision: Decision | None, name: str) -> Mapping[str, Any]:
    """The record of the check `name`, or an empty one."""
    for check in decision.checks if decision else ():
        if isinstance(check, Mapping) and check.get("check") == name:
            return check
    return {}
