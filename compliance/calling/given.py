"""What an answer stands on besides rules and lists, as it is kept with it, and read again years later."""

from datetime import date, datetime
from typing import Any

from compliance.calling.facts import Asked, Facts, Held
from compliance.calling.rules import Book
from compliance.calling.ruling import POLICY_FIELDS
from compliance.calling.standing import Exemption
from compliance.calling.zones import states_of
from compliance.dnc.answers import Answer, Listed, Why
from compliance.models import CallingPolicy, ContactDecision


def as_given(
    asked: Asked, facts: Facts, book: Book, exempt: Exemption | None, unlicensed: str, now: datetime
) -> dict[str, Any]:
    """Everything `read_given` needs, as JSON. No phone, name or address stands in it."""
    policy = book.policy
    states = set(asked.states)
    return {
        "zip": asked.zip5,
        "state": asked.state,
        "interest": asked.interest,
        "policy": {"id": policy.pk, **{name: getattr(policy, name) for name in POLICY_FIELDS}},
        "bans": [ban.id for ban in book.bans if ban.states & states and ban.holds_at(now)],
        "zone_confirmation": list(facts.zone) if facts.zone else None,
        "suppressed": [_held(entry) for entry in facts.held],
        "attempts": [at.isoformat() for at in facts.attempts],
        "scrubs": [list(scrub) for scrub in facts.scrubs],
        "listings": [list(listing) for listing in facts.listings],
        "consent": _consent(facts),
        "exempt": {"words": exempt.words, "relationship": exempt.relationship} if exempt else None,
        "unlicensed": unlicensed,
    }


def _held(entry: Held) -> list[Any]:
    return [
        entry.kind, entry.scope, entry.revocation, entry.said_at.isoformat() if entry.said_at else None,
    ]  # fmt: skip


def _read_held(said: Any) -> Held:
    """Decisions made before requests had a scope kept the kind alone: it stood for everything."""
    if isinstance(said, str):
        return Held(said)
    kind, scope, revocation, at = said
    return Held(kind, scope, revocation, datetime.fromisoformat(at) if at else None)


def _consent(facts: Facts) -> dict[str, Any] | None:
    if facts.consent is None:
        return None
    flag, given_at, has_text = facts.consent
    return {"flag": flag, "given_at": given_at.isoformat(), "text": has_text}


def read_given(decision: ContactDecision) -> tuple[Asked, Facts, Exemption | None]:
    """The number asked about and what was known of it, as the decision keeps it."""
    given = decision.given
    asked = Asked(
        lead_id=decision.lead_id, phone=decision.phone, email="", state=given["state"], zip5=given["zip"],
        interest=given["interest"], states=states_of(phone=decision.phone, state=given["state"], zip5=given["zip"]),
    )  # fmt: skip
    consent = given["consent"]
    zone, exempt = given["zone_confirmation"], given["exempt"]
    facts = Facts(
        held=[_read_held(entry) for entry in given["suppressed"]],
        lists=[_answer(said) for said in decision.lists],
        attempts=[datetime.fromisoformat(at) for at in given["attempts"]],
        consent=(consent["flag"], datetime.fromisoformat(consent["given_at"]), consent["text"])
        if consent
        else None,
        zone=(zone[0], zone[1]) if zone else None,
        listings=[(key, name, kind) for key, name, kind in given["listings"]],
        scrubs=[(key, service, litigator) for key, service, litigator in given["scrubs"]],
    )
    return asked, facts, Exemption(exempt["words"], exempt["relationship"]) if exempt else None


def read_policy(decision: ContactDecision) -> CallingPolicy:
    """The policy that held."""
    said = decision.given["policy"]
    return CallingPolicy(pk=said["id"], **{name: said[name] for name in POLICY_FIELDS})


def _answer(said: dict[str, Any]) -> Answer:
    effective = said["effective_on"]
    return Answer(
        said["code"], Listed(said["state"]), Why(said["why"]), said["version"],
        date.fromisoformat(effective) if effective else None, said["stale"], kind=said["kind"], phone=said["phone"],
    )  # fmt: skip
