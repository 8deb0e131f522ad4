"""What is missing and what speaks against the agency, found in the rows and said openly. Pure."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from compliance.evidence.pack.collect import Evidence
from compliance.evidence.pack.rows import Row, moment_of
from compliance.models import (
    CertificateState,
    Confidence,
    ContactChannel,
    ListKind,
    Provider,
    RevocationScope,
    SuppressionKind,
)

SCOPE_OF: Final = {ContactChannel.CALL: RevocationScope.CALLS, ContactChannel.TEXT: RevocationScope.TEXTS}

ALWAYS: Final = (
    (
        "Posts that were refused leave no lead, are kept sealed and cannot be searched by number. Of them only those "
        "are here that an outside scrub or certificate service was asked about."
    ),
    (
        "Calls are what agents dialled or recorded in this product. Calls made past it (other telephones, other "
        "systems, a vendor's own calls) are not known to it."
    ),
)


def gaps(evidence: Evidence) -> list[str]:
    """Every gap and exception, one sentence each; what holds for every pack comes last."""
    found = [said for find in FINDERS for said in find(evidence)]
    return [*dict.fromkeys(found), *ALWAYS]  # a request may have listed a number and an address: said once


def _certificates(evidence: Evidence) -> Iterator[str]:
    by_lead: dict[int, list[Row]] = {}
    for row in evidence.sections["certificates"]:
        by_lead.setdefault(row["lead_id"], []).append(row)
    for lead in evidence.sections["leads"]:
        rows = by_lead.get(int(lead.id), [])
        if not rows:
            yield f"A-{lead.id}: no certificate came with the post, so none was retained."
        for row in rows:
            if row["state"] != CertificateState.RETAINED:
                name = Provider(row["provider"]).label
                why = f" ({row['error'].replace('_', ' ')})" if row["error"] else ""
                yield f"A-{lead.id}: the {name} certificate was not retained: {row['state']}{why}."
            if row["wording_agrees"] is False:
                yield f"A-{lead.id}: the certificate shows another consent wording than the vendor posted."


def _consents(evidence: Evidence) -> Iterator[str]:
    found = {int(row.id): row for row in evidence.sections["consents"]}
    for lead in evidence.sections["leads"]:
        row = found.get(int(lead.id))
        if row is None:
            yield f"A-{lead.id}: no consent is on record."
            continue
        if lead["expired_at"]:
            yield f"A-{lead.id}: what the evidence said of the person was erased on {lead['expired_at'][:10]}."
            continue
        missing = [
            words
            for words, there in (
                ("its wording", row["text"]), ("an IP address", row["ip_address"]), ("the page", row["page_url"]),
                ("a user agent", row["user_agent"]), ("the seller named", row["seller"]),
            )
            if not there
        ]  # fmt: skip
        if missing:
            yield f"A-{lead.id}: the consent was posted without {', '.join(missing)}."
        if row["given"] is False:
            yield f"A-{lead.id}: the vendor posted that no consent was given."


def _posts(evidence: Evidence) -> Iterator[str]:
    for row in evidence.sections["posts"]:
        if "unreadable" in row.more:
            yield f"The body of post {row.id} cannot be opened: {row.more['unreadable']}."


def _unasked(evidence: Evidence) -> Iterator[str]:
    unasked = [
        row
        for row in evidence.sections["communications"]
        if row["channel"] in ("call", "text") and row["direction"] == "out" and row["decision_id"] is None
    ]
    if unasked:
        yield f"{_count(unasked, 'outgoing call or text')} recorded without a decision whether it was allowed."


def _not_sent(evidence: Evidence) -> Iterator[str]:
    """A message is recorded when it is written; that says nothing of its way."""
    states = [row["state"] for row in evidence.sections["deliveries"]]
    if failed := sum(state in ("failed", "undelivered") for state in states):
        yield f"{failed} recorded text{'s' * (failed != 1)} or e-mail{'s' * (failed != 1)} did not reach the person."
    if unsure := states.count("unsure"):
        yield f"Of {unsure} text{'s' * (unsure != 1)} or e-mail{'s' * (unsure != 1)} nobody can tell whether sent."


def _forbidden(evidence: Evidence) -> Iterator[str]:
    refused = {
        row.id for row in evidence.sections["contact_decisions"] if not row["allowed"] and row["act"] == "log"
    }
    for row in evidence.sections["communications"]:
        if row["decision_id"] and str(row["decision_id"]) in refused:
            said = f" Explanation recorded: {row['explanation']}" if row["explanation"] else ""
            yield f"The {row['channel']} of {_utc(row['at'])} took place although it was refused.{said}"


def _after_request(evidence: Evidence) -> Iterator[str]:
    """Attempts by a way that a request to stop was about, while it was in force."""
    for request in evidence.sections["requests_to_stop"]:
        if request["kind"] != SuppressionKind.INTERNAL:
            continue
        begin, end = moment_of(request["added_at"]), _moment(request["released_at"])
        after = [
            row
            for row in evidence.sections["contact_attempts"]
            if request["scope"] in (RevocationScope.ALL, SCOPE_OF.get(row["channel"]))
            and begin < moment_of(row["at"])
            and (end is None or moment_of(row["at"]) < end)
        ]
        if after:
            yield (
                f"{_count(after, 'attempt')} after the request to stop of {_utc(request['added_at'])}, "
                f"the first at {_utc(after[0]['at'])}."
            )


def _late(evidence: Evidence) -> Iterator[str]:
    """Requests that were entered later than the rule allows."""
    for row in evidence.sections["revocations"]:
        if row["applied_at"][:10] > row["honour_by"]:
            yield (
                f"The request to stop of {_utc(row['received_at'])} was put in force at {_utc(row['applied_at'])}, "
                f"after the deadline of {row['honour_by']}."
            )


def _erased(evidence: Evidence) -> Iterator[str]:
    for row in evidence.sections["erasures"]:
        until = f" until {row['keep_until'][:10]}" if row["keep_until"] else ""
        yield (
            f"The person was erased on {row['at'][:10]} (receipt {row.id}): profile and notes are gone; what the "
            f"evidence said of the person is shown as it is kept sealed{until}."
        )
    shut = [row for row in evidence.rows() if "unopened" in row.more]
    if shut:
        yield f"{_count(shut, 'row')} kept sealed, of which the personal part does not open."


def _utc(text: str) -> str:
    return f"{text[:16].replace('T', ' ')} UTC"


def _moment(text: str | None) -> datetime | None:
    return moment_of(text) if text else None


def _lists(evidence: Evidence) -> Iterator[str]:
    if not any(span.kind == ListKind.NATIONAL for span in evidence.lists):
        yield "No version of the national do-not-call registry was held in this time."
    doubtful = {
        (answer["code"], word)
        for row in evidence.sections["contact_decisions"]
        for answer in row["lists"]
        for word in _doubts(answer["state"], answer["stale"])
    }
    for code, word in sorted(doubtful):
        yield f"At some contact the list {code} was {word}; the contact's own record says when."


def _doubts(state: str, stale: bool) -> Iterator[str]:
    if state == "unknown":
        yield "unable to answer"
    elif stale:
        yield "out of date"


def _rules(evidence: Evidence) -> Iterator[str]:
    used = {key for row in evidence.sections["contact_decisions"] for key, _ in row["rules"]}
    unsure = [
        rule
        for key, rule in evidence.rulebook.rules.items()
        if key in used and rule.confidence == Confidence.LOW and rule.confirmed_at is None
    ]
    if unsure:
        names = ", ".join(f"{rule.state} version {rule.version}" for rule in unsure)
        yield f"Rules used here that were of low confidence and confirmed by nobody: {names}."


def _count(rows: list[Row], what: str) -> str:
    return f"{len(rows)} {what}{'s' if len(rows) != 1 else ''}"


FINDERS: Final[tuple[Callable[[Evidence], Iterator[str]], ...]] = (
    _after_request, _late, _forbidden, _unasked, _not_sent, _erased, _consents, _certificates, _posts, _lists, _rules,
)  # fmt: skip
