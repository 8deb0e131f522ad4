"""What stands against a number whatever the hour: requests, lists, consent, license. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from compliance.calling.facts import Asked, Facts
from compliance.calling.permission import Why
from compliance.checks.suppression import NOT_SET_UP
from compliance.dnc.answers import Answer, Listed
from compliance.models import CallingPolicy, ContactChannel, ListKind, SuppressionKind

# Lists that a relationship or a written consent stands above.
_REGISTRIES: Final = frozenset({ListKind.NATIONAL, ListKind.STATE})


@dataclass(frozen=True, slots=True)
class Exemption:
    """What permits a call to a number on a national or state list. `relationship` is the row's id, or None."""

    words: str
    relationship: int | None = None


def objections(
    asked: Asked,
    facts: Facts,
    *,
    channel: str,
    policy: CallingPolicy,
    exempt: Exemption | None,
    now: datetime,
) -> Iterator[Why]:
    """Every reason that no hour takes away, in the order of their weight."""
    yield from _of_own_list(facts, channel)
    yield from _of_lists(facts, policy, exempt)
    yield from _of_consent(facts, channel, policy, exempt, now)


def _of_own_list(facts: Facts, channel: str) -> Iterator[Why]:
    """What the person asked for, named by the earliest request; the code says whether there is one to show."""
    held = [entry for entry in facts.held if entry.stops(channel)]
    own = [entry for entry in held if entry.kind == SuppressionKind.INTERNAL]
    said = [(entry.said_at, entry) for entry in own if entry.said_at is not None]
    if said:
        said_at, first = min(said, key=lambda pair: (pair[0], pair[1].revocation or 0))
        what = {"calls": "call", "texts": "text"}.get(first.scope, "contact")
        yield Why("revoked", f"Asked us on {_day(said_at)} not to {what} them (request {first.revocation})")
    elif own:
        yield Why("opted_out", "This person asked us not to contact them")
    if any(entry.kind == SuppressionKind.LITIGATOR for entry in held):
        yield Why("litigator", "This person is on our list of known litigators")


def _of_lists(facts: Facts, policy: CallingPolicy, exempt: Exemption | None) -> Iterator[Why]:
    for answer in facts.lists:
        if exempt and answer.kind in _REGISTRIES:
            continue
        yield from _of_list(answer, facts, policy)
    for _, service, litigator in facts.scrubs:
        name = service.replace("_", " ")
        if litigator:
            yield Why("litigator", f"{name} lists this number as a known litigator's")
        else:
            yield Why("scrub_listed", f"{name} lists this number")
    listed_now = any(answer.state is Listed.LISTED for answer in facts.lists)
    held_back = [name for _, name, kind in facts.listings if not (exempt and kind in _REGISTRIES)]
    if held_back and not listed_now:
        names = ", ".join(dict.fromkeys(held_back))
        yield Why("became_listed", f"On {names} since the lead was bought")


def _of_list(answer: Answer, facts: Facts, policy: CallingPolicy) -> Iterator[Why]:
    dated = f" of {answer.effective_on:%b %d, %Y}" if answer.effective_on else ""
    name = answer.list_code.replace("_", " ")
    if answer.kind == ListKind.REASSIGNED:
        if answer.state is Listed.LISTED and not _is_newer(facts, answer):
            yield Why("reassigned", f"The {name} list{dated} names this number, and the consent is older")
        return
    if answer.state is Listed.LISTED:
        code = "litigator" if answer.kind == ListKind.LITIGATOR else "dnc_listed"
        yield Why(code, f"On the {name} list{dated}")
    if answer.why in NOT_SET_UP or not policy.stale_list_blocks:
        return
    if answer.stale:
        yield Why("list_stale", f"The {name} list{dated} is out of date: what it says no longer counts")
    elif answer.state is Listed.UNKNOWN:
        yield Why("list_unknown", f"The {name} list{dated} does not cover this area code")


def _is_newer(facts: Facts, answer: Answer) -> bool:
    """A list of reassigned numbers knows nothing of a consent given after its date."""
    if facts.consent is None or answer.effective_on is None:
        return False
    return timezone.localtime(facts.consent[1]).date() > answer.effective_on


def _of_consent(
    facts: Facts, channel: str, policy: CallingPolicy, exempt: Exemption | None, now: datetime
) -> Iterator[Why]:
    if facts.consent is None:
        if channel == ContactChannel.TEXT:
            yield Why("no_consent", "A text needs a consent, and none is on record")
        return
    flag, given_at, _ = facts.consent
    if flag is False:
        yield Why("no_consent", "This person did not consent")
    elif consent_is_old(given_at, policy, now) and not (exempt and exempt.relationship):
        days = policy.consent_max_age_days
        yield Why("consent_expired", f"The consent of {_day(given_at)} is older than {days} days")


def consent_is_old(given_at: datetime, policy: CallingPolicy, now: datetime) -> bool:
    """True from the moment the consent is older than the policy's days, to the second."""
    days = policy.consent_max_age_days
    return days is not None and now - given_at > timedelta(days=days)


def _day(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%b %d, %Y}"


def wants_exemption(facts: Facts, policy: CallingPolicy, now: datetime) -> bool:
    """True where a relationship or a written consent would make a difference."""
    listed = any(
        answer.kind in _REGISTRIES
        and (answer.state is Listed.LISTED or (answer.state is Listed.UNKNOWN or answer.stale))
        and answer.why not in NOT_SET_UP
        for answer in facts.lists
    )
    old = facts.consent is not None and consent_is_old(facts.consent[1], policy, now)
    return listed or old or bool(facts.listings)


def by_consent(facts: Facts, policy: CallingPolicy, now: datetime) -> Exemption | None:
    """The exemption by written consent, where the agency has switched it on and the consent is one."""
    if not policy.written_consent_exempts or facts.consent is None:
        return None
    flag, given_at, has_text = facts.consent
    if flag is False or not has_text or consent_is_old(given_at, policy, now):
        return None
    return Exemption(f"Listed, but this person consented in writing on {_day(given_at)}")


def remarks(facts: Facts, exempt: Exemption | None) -> Iterator[Why]:
    """What is worth saying beside the answer."""
    if exempt:
        yield Why("exempt", exempt.words)
    for answer in facts.lists:
        if answer.why in NOT_SET_UP:
            yield Why(
                "list_not_set_up",
                f"The {answer.list_code.replace('_', ' ')} list was never loaded: nobody was looked up",
            )
    if facts.consent is None:
        yield Why("consent_missing", "No consent is on record for this lead")
