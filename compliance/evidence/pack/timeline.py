"""What happened, in order: one line per moment that a row tells of. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from compliance.evidence.pack import words
from compliance.evidence.pack.collect import Evidence
from compliance.evidence.pack.rows import Row, moment_of
from compliance.models import (
    CertificateState,
    ContactAct,
    ErasureKind,
    Outcome,
    Provider,
    Purpose,
    RelationshipKind,
    ReviewAction,
    RevocationChannel,
    RevocationOrigin,
    RevocationScope,
    ScrubService,
    SuppressionKind,
)
from intake.editable import field_label
from intake.models import LeadEventKind, SubmissionState


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. `zone` is the consumer's clock (IANA key); `ref` names the row in evidence.json; `tone` bad or ""."""

    at: datetime
    zone: str
    title: str
    detail: str
    ref: str
    tone: str = ""


# How tables are called where the rows of evidence.json are pointed to.
NAMES: Final[Mapping[str, str]] = {
    "intake_submission": "post", "intake_consentrecord": "consent", "intake_leadevent": "lead event",
    "compliance_certificateanswer": "certificate answer", "compliance_scrubanswer": "scrub answer",
    "compliance_businessrelationship": "relationship", "compliance_zoneconfirmation": "zone confirmation",
    "compliance_contactdecision": "contact decision", "compliance_contactattempt": "attempt",
    "compliance_listedlead": "became listed", "compliance_legalhold": "legal hold", "agents_communication": "record",
    "agents_delivery": "delivery", "agents_bridgedcall": "call put through", "agents_inboundtext": "text received",
}  # fmt: skip

Teller = Callable[[Row, Evidence], Iterator[Entry]]


def timeline(evidence: Evidence) -> list[Entry]:
    """Every entry, oldest first; of equal moments in the order of the sections."""
    entries = [
        entry
        for key, teller in TELLERS.items()
        for row in evidence.sections.get(key, ())
        for entry in teller(row, evidence)
    ]
    return sorted(entries, key=lambda entry: entry.at)


HEAD: Final = ("When (UTC)", "On the consumer's clock", "What", "Details", "Row in evidence.json")


def as_table(evidence: Evidence) -> Iterator[tuple[str, ...]]:
    """The rows of timeline.csv, under HEAD."""
    for entry in timeline(evidence):
        yield words.utc(entry.at), words.clock(entry.at, entry.zone), entry.title, entry.detail, entry.ref


def who(evidence: Evidence, key: int | None, otherwise: str = "the product") -> str:
    """A person's name."""
    return evidence.people.get(key, f"user {key}") if key else otherwise


def zone_for(row: Row, evidence: Evidence) -> str:
    """The clock of the lead a row is about; of the oldest lead where it is about none."""
    fallback = next(iter(evidence.zones.values()), "UTC")
    lead = row.values.get("lead_id") or (row.id if row.table == "intake_lead" else None)
    return evidence.zones.get(int(lead), fallback) if lead else fallback


def _entry(
    row: Row, evidence: Evidence, at: str, title: str, detail: str = "", tone: str = ""
) -> Iterator[Entry]:
    if row[at] is not None:
        key = row.id if len(row.id) < 20 else f"\N{HORIZONTAL ELLIPSIS}{row.id[-10:]}"
        ref = f"{NAMES.get(row.table, row.table.partition('_')[2])} {key}"
        zone = row.values.get("zone") if row.table == "compliance_contactdecision" else ""
        yield Entry(moment_of(row[at]), zone or zone_for(row, evidence), title, detail, ref, tone)


def _post(row: Row, evidence: Evidence) -> Iterator[Entry]:
    source = evidence.sources.get(row["source_id"], f"source {row['source_id']}")
    state = SubmissionState(row["state"]).label
    lead = f", lead A-{row['lead_number']}" if row["lead_number"] else ""
    test = "Test post" if row["test"] else "Post"
    yield from _entry(
        row,
        evidence,
        "received_at",
        f"{test} received from {source}",
        f"{state}{lead} {row['reason']}".strip(),
    )


def _decision(row: Row, evidence: Evidence) -> Iterator[Entry]:
    checks = "; ".join(told_check(check) for check in row["checks"])
    by = who(evidence, row["decided_by_id"])
    title = f"Decision on the post: {Outcome(row['outcome']).label.lower()} {row['reason']}".strip()
    yield from _entry(row, evidence, "decided_at", title, f"By {by}. {checks}")


def told_check(check: Mapping[str, Any]) -> str:
    """One check of a decision in a few words."""
    said = f"{check.get('check', '')}: {check.get('outcome', '')}"
    return f"{said} ({check['detail']})" if check.get("detail") else said


def _consent(row: Row, evidence: Evidence) -> Iterator[Entry]:
    flag = {True: "yes", False: "no", None: "no flag posted"}[row["given"]]
    yield from _entry(
        row, evidence, "given_at", f"Consent of A-{row['lead_id']}, by the vendor's post", f"Given: {flag}"
    )


def _event(row: Row, evidence: Evidence) -> Iterator[Entry]:
    kind = LeadEventKind(row["kind"])
    change = " \N{RIGHTWARDS ARROW} ".join(part for part in (row["old"], row["new"]) if part)
    said = ". ".join(part for part in (change, row["reason"], f"By {who(evidence, row['actor_id'])}") if part)
    what = (
        f"{kind.label.lower()}, {field_label(row['field']).lower()}" if row["field"] else kind.label.lower()
    )
    yield from _entry(row, evidence, "at", f"A-{row['lead_id']}: {what}", said)


def _certificate(row: Row, evidence: Evidence) -> Iterator[Entry]:
    name = Provider(row["provider"]).label
    if row["state"] == CertificateState.RETAINED:
        yield from _entry(row, evidence, "retained_at", f"{name} certificate of A-{row['lead_id']} retained")


def _certificate_answer(row: Row, evidence: Evidence) -> Iterator[Entry]:
    name, purpose = Provider(row["provider"]).label, Purpose(row["purpose"]).label
    status = f"HTTP {row['http_status']}" if row["http_status"] else "no answer"
    yield from _entry(
        row, evidence, "asked_at", f"{name} asked: {purpose}", f"{row['outcome']} {row['reason']} ({status})"
    )


def _scrub(row: Row, evidence: Evidence) -> Iterator[Entry]:
    codes = f", codes {', '.join(row['codes'])}" if row["codes"] else ""
    litigator = ", litigator" if row["litigator"] else ""
    title = f"{ScrubService(row['service']).label} asked about {row['phone']}"
    tone = "bad" if row["state"] == "listed" else ""
    yield from _entry(
        row, evidence, "asked_at", title, f"{row['state']} {row['why']}".strip() + litigator + codes, tone
    )


def _became_listed(row: Row, evidence: Evidence) -> Iterator[Entry]:
    listed = f"{row['phone']} found on list {row['dnc_list_id']}, version {row['version_id']}"
    yield from _entry(
        row, evidence, "found_at", f"A-{row['lead_id']} became listed: taken out of the queue", listed, "bad"
    )
    yield from _entry(
        row,
        evidence,
        "cleared_at",
        f"A-{row['lead_id']} no longer held back by that list",
        row["cleared_why"],
    )


def _zone(row: Row, evidence: Evidence) -> Iterator[Entry]:
    zone = row["zone"] or "taken back"
    title = f"Time zone of A-{row['lead_id']} confirmed: {zone}"
    yield from _entry(row, evidence, "at", title, f"By {who(evidence, row['by_id'])}: {row['reason']}")


def _asked(row: Row, evidence: Evidence) -> Iterator[Entry]:
    act = ContactAct(row["act"]).label
    answer = "allowed" if row["allowed"] else "refused"
    why = "; ".join(reason["text"] for reason in row["reasons"])
    title = f"{act}, {row['phone']}: {answer}"
    said = f"Asked by {who(evidence, row['user_id'])}. {why}".strip()
    yield from _entry(row, evidence, "at", title, said, "" if row["allowed"] else "bad")


def _attempt(row: Row, evidence: Evidence) -> Iterator[Entry]:
    if int(row.id) not in evidence.decided_attempts:
        by = who(evidence, row["user_id"])
        yield from _entry(row, evidence, "at", f"{row['channel'].capitalize()} to {row['phone']}", f"By {by}")


_STATES: Final = {
    "queued": "waits to be sent", "sending": "is being sent", "unsure": "perhaps sent, nobody can tell",
    "sent": "taken by the carrier", "delivered": "delivered", "undelivered": "not delivered", "failed": "not sent",
}  # fmt: skip


def _communication(row: Row, evidence: Evidence) -> Iterator[Entry]:
    ways = {"out": "to", "in": "from", "none": "on"}
    title = f"{row['channel'].capitalize()} {ways[row['direction']]} A-{row['lead_id']}"
    outcome = f": {row['outcome'].replace('_', ' ')}" if row["outcome"] else ""
    said = [f"Recorded by {who(evidence, row['author_id'])}", row["subject"], row["body"], row["explanation"]]
    yield from _entry(row, evidence, "at", title + outcome, ". ".join(part for part in said if part))


def _delivery(row: Row, evidence: Evidence) -> Iterator[Entry]:
    """The last that is known: when it was written is told with the words."""
    why = f"{row['error']} ({row['error_code']})" if row["error_code"] else ""
    said = [f"Carried by {row['provider']}, tried {row['attempts']} times", why]
    yield from _entry(
        row, evidence, "updated_at", f"Message {row['communication_id']}: {_STATES.get(row['state'], row['state'])}",
        ". ".join(part for part in said if part),
    )  # fmt: skip


def _bridged(row: Row, evidence: Evidence) -> Iterator[Entry]:
    talked = f"{row['seconds']} seconds talked" if row["seconds"] else "Nobody talked, as far as is known"
    said = f"Begun by {who(evidence, row['user_id'])}. {talked}. {row['error']}".strip()
    yield from _entry(row, evidence, "created_at", f"Call put through by {row['provider']}", said)


def _text_received(row: Row, evidence: Evidence) -> Iterator[Entry]:
    """Of a known lead it is among the communications."""
    if row["lead_id"] is None:
        yield from _entry(row, evidence, "received_at", "Text received, of no lead then", row["body"])


def _review(row: Row, evidence: Evidence) -> Iterator[Entry]:
    action = ReviewAction(row["action"]).label
    waived = f" Overruled: {', '.join(row['waived'])}." if row["waived"] else ""
    said = f"By {who(evidence, row['by_id'])}.{waived} {row['note']}"
    yield from _entry(row, evidence, "at", f"Held post: {action.lower()} {row['reason']}".strip(), said)


def _revocation(row: Row, evidence: Evidence) -> Iterator[Entry]:
    scope = RevocationScope(row["scope"]).label.lower()
    way = RevocationChannel(row["channel"]).label.lower()
    said = f"“{row['words']}” " if row["words"] else ""
    said += f"In force from {row['applied_at'][:19].replace('T', ' ')} UTC (the rule's deadline: {row['honour_by']})."
    said += f" Entered by {who(evidence, row['by_id'], RevocationOrigin(row['origin']).label.lower())}."
    yield from _entry(row, evidence, "received_at", f"Request to stop: {scope}, {way}", said, "bad")


def _request(row: Row, evidence: Evidence) -> Iterator[Entry]:
    scope = RevocationScope(row["scope"])
    what = SuppressionKind(row["kind"]).label + (
        "" if scope == RevocationScope.ALL else f" ({scope.label.lower()})"
    )
    named = row["phone"] or row["email"] or "(erased)"
    by = who(evidence, row["added_by_id"])
    said = ". ".join(
        part for part in (row["reason"], row["channel"] and f"Came by: {row['channel']}") if part
    )
    yield from _entry(row, evidence, "added_at", f"{what}: {named}", f"Entered by {by}. {said}", "bad")
    freed = f"Released by {who(evidence, row['released_by_id'])}"
    freed += f": later consent of A-{row['reopened_by_id']}" if row["reopened_by_id"] else ""
    yield from _entry(row, evidence, "released_at", f"Entry released: {named}", freed)


def _relationship(row: Row, evidence: Evidence) -> Iterator[Entry]:
    kind = RelationshipKind(row["kind"]).label
    said = f"{row['started_on']} to {row['ends_on']}. {row['evidence']}. By {who(evidence, row['recorded_by_id'])}"
    yield from _entry(row, evidence, "recorded_at", f"Business relationship recorded: {kind}", said)
    why = f"By {who(evidence, row['withdrawn_by_id'])}: {row['withdrawn_why']}"
    yield from _entry(row, evidence, "withdrawn_at", "Business relationship withdrawn", why)


def _erasure(row: Row, evidence: Evidence) -> Iterator[Entry]:
    kept = f" Evidence kept sealed until {row['keep_until'][:10]}." if row["keep_until"] else ""
    said = f"By {who(evidence, row['by_id'])}.{kept}"
    yield from _entry(row, evidence, "at", f"Erased: {ErasureKind(row['kind']).label.lower()}", said)


def _hold(row: Row, evidence: Evidence) -> Iterator[Entry]:
    yield from _entry(
        row,
        evidence,
        "placed_at",
        "Legal hold placed",
        f"By {who(evidence, row['placed_by_id'])}: {row['reason']}",
    )
    why = f"By {who(evidence, row['lifted_by_id'])}: {row['lifted_why']}"
    yield from _entry(row, evidence, "lifted_at", "Legal hold lifted", why)


TELLERS: Final[Mapping[str, Teller]] = {
    "consents": _consent,
    "posts": _post,
    "scrub_answers": _scrub,
    "decisions": _decision,
    "reviews": _review,
    "lead_events": _event,
    "certificate_answers": _certificate_answer,
    "certificates": _certificate,
    "business_relationships": _relationship,
    "became_listed": _became_listed,
    "zone_confirmations": _zone,
    "contact_decisions": _asked,
    "contact_attempts": _attempt,
    "communications": _communication,
    "deliveries": _delivery,
    "bridged_calls": _bridged,
    "texts_received": _text_received,
    "revocations": _revocation,
    "requests_to_stop": _request,
    "erasures": _erasure,
    "legal_holds": _hold,
}
