"""What happened to a lead, newest first: one list made of all that is written about it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from agents.assignment.explain import Candidate, explain
from agents.merging.family import merged_into, standing_merges
from agents.messaging.shown import ShownDelivery, show_call, show_delivery
from agents.models import (
    Assignment,
    AssignmentKind,
    BridgedCall,
    Channel,
    Communication,
    Direction,
    FollowUp,
    SlaEvent,
)
from agents.outcomes import Playbook, playbook
from agents.policy_words import lines_of_leads
from agents.returns_shown import lines_of
from compliance.models import Decision, RevocationOrigin
from compliance.revocation import requests_of
from intake.editable import field_label
from intake.models import Lead, LeadEvent, LeadEventKind, LeadStatus
from leadcrm.templatetags.ui import phone

# What one page shows; more than anybody scrolls through, and a bound on the work.
LIMIT: Final = 200
ICONS: Final = {Channel.CALL: "phone", Channel.TEXT: "message", Channel.EMAIL: "mail", Channel.NOTE: "note"}
_CHANNELS: Final = {icon: channel for channel, icon in ICONS.items()}
# What a reader may narrow the story to, by the word in the address: a channel, or all that is no communication.
NARROWED: Final = {
    "calls": Channel.CALL, "texts": Channel.TEXT, "emails": Channel.EMAIL, "notes": Channel.NOTE, "changes": None,
}  # fmt: skip
_HANDED: Final = {
    AssignmentKind.ROTATION: "by rotation: the pool owed this agent the most",
    AssignmentKind.STICKY: "because this agent already works with the person",
    AssignmentKind.LAST_LINK: "as the last link of the pool's chain",
    AssignmentKind.MANUAL: "by hand",
    AssignmentKind.OFFERED: "open to be claimed by the pool's members",
    AssignmentKind.CLAIMED: "claimed by the agent",
    AssignmentKind.HAND_ON: "handed on because it was left untouched",
    AssignmentKind.HAND_OVER: "with a colleague's whole book",
    AssignmentKind.NOBODY: "",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: when, what, who, and what there is to read more. `checks` and `candidates` open on request."""

    at: datetime
    icon: str
    title: str
    who: str = ""
    body: str = ""
    tone: str = "quiet"
    checks: list[dict[str, Any]] = field(default_factory=list)
    routing: Assignment | None = None
    candidates: list[Candidate] = field(default_factory=list)
    # Of a call that was made although it was not allowed: why not, and what the agent says to that.
    forbidden: tuple[str, ...] = ()
    explanation: str = ""
    # Of a text or an e-mail: the subject, and how far it came.
    subject: str = ""
    delivery: ShownDelivery | None = None
    # Of a line that stands on a lead which was merged into this one: that lead's number.
    of: str = ""


def timeline(*, lead: Lead, decision: Decision | None, only: str = "") -> list[Entry]:
    """Everything about `lead`, newest first, or what `only` names of it (a key of NARROWED; any other word: all).

    A constant number of queries; `lead` with vendor and source loaded. Of leads that were merged into it: how they
    came, what was said, done and sold, with their number.
    """
    channel = NARROWED.get(only)
    merged = list(merged_into(lead).select_related("vendor", "source").order_by("received_at"))
    leads = [lead.pk, *(other.pk for other in merged)]
    entries = [
        _arrival(lead, decision),
        *_assignments(lead),
        *_events(lead),
        *_sla(lead),
        *_communications(lead, leads, channel),
        *_bridged(lead, leads),
        *_done(lead, leads),
        *_policies(lead, leads),
        *_returns(lead),
        *_requests(lead),
        *(replace(_arrival(other, None), of=str(other)) for other in merged),
        *(_merges(lead) if merged else ()),
    ]
    if only in NARROWED:
        entries = [entry for entry in entries if _CHANNELS.get(entry.icon) == channel]
    # The sort is stable: of equal moments, what is listed later happened later and stands above.
    entries.sort(key=lambda entry: entry.at)
    entries.reverse()
    return entries


def _arrival(lead: Lead, decision: Decision | None) -> Entry:
    return Entry(
        at=lead.received_at,
        icon="inbox",
        title=f"Arrived from {lead.vendor}",
        who=lead.source.name,
        body=f"Decided in {decision.ms:.0f} ms" if decision else "",
        tone="info",
        checks=list(decision.checks) if decision else [],
    )


def _assignments(lead: Lead) -> Iterator[Entry]:
    records = Assignment.objects.filter(lead=lead).select_related("agent__user", "pool", "assigned_by")
    for record in reversed(records[:LIMIT]):
        handed = _HANDED[AssignmentKind(record.kind)]
        yield Entry(
            at=record.assigned_at,
            icon="route",
            title=_owner_change(record),
            who=str(record.assigned_by) if record.assigned_by else "",
            body=record.why or handed.capitalize(),
            tone="info" if record.agent else "warn",
            routing=record,
            # Only what the rotation gave has candidates, once in a lead's life: the queries stay few.
            candidates=explain(record) if record.candidates else [],
        )


def _owner_change(record: Assignment) -> str:
    """What became of the owner, for people."""
    if record.kind == AssignmentKind.OFFERED:
        return "Opened to be claimed"
    if record.agent is None:
        return "Left without an owner"
    return f"{'Claimed by' if record.kind == AssignmentKind.CLAIMED else 'Given to'} {record.agent}"


def _events(lead: Lead) -> Iterator[Entry]:
    """Changes of stage and edits; arrival and owner have richer records of their own."""
    kinds = (LeadEventKind.STATUS, LeadEventKind.EDITED)
    events = (
        LeadEvent.objects.filter(lead=lead, kind__in=kinds).select_related("actor").order_by("-at", "-pk")
    )
    for event in reversed(events[:LIMIT]):
        stage = event.kind == LeadEventKind.STATUS
        yield Entry(
            at=event.at,
            icon="stage" if stage else "edit",
            title=f"{_stage(event.old)} → {_stage(event.new)}"
            if stage
            else f"{field_label(event.field)} corrected",
            who=str(event.actor) if event.actor else "",
            body=event.reason if stage else f"{_said(event.old)} → {_said(event.new)}",
        )


def _said(value: str) -> str:
    """What a field said, for people."""
    return phone(value) or "(empty)"


def _sla(lead: Lead) -> Iterator[Entry]:
    """Reminders and other steps; a change of owner that came of them has its own record."""
    events = SlaEvent.objects.filter(lead=lead, lapsed=False).order_by("-id")
    for event in reversed(events[:LIMIT]):
        yield Entry(event.at, "clock", event.get_kind_display(), body=event.what, tone="warn")


def _stage(value: str) -> str:
    return str(LeadStatus(value).label) if value in LeadStatus.values else value


def _communications(lead: Lead, leads: Sequence[int], channel: Channel | None = None) -> Iterator[Entry]:
    said = Communication.objects.filter(lead__in=leads).select_related("author", "decision", "delivery")
    said = said if channel is None else said.filter(channel=channel)
    book = playbook()
    for item in reversed(said[:LIMIT]):
        known = book.outcomes.get(item.outcome)
        yield Entry(
            at=item.at,
            icon=ICONS[Channel(item.channel)],
            title=_what(item, book),
            who=str(item.author) if item.author else "",
            body=item.body,
            tone="bad" if _forbidden(item) else known.tone if known else "quiet",
            forbidden=_forbidden(item),
            explanation=item.explanation,
            subject=item.subject,
            delivery=show_delivery(item.delivery) if hasattr(item, "delivery") else None,
            of=_of(item.lead_id, lead),
        )


def _of(lead_id: int, lead: Lead) -> str:
    """The number of a lead that was merged into `lead`; "" of its own."""
    return "" if lead_id == lead.pk else f"A-{lead_id}"


def _merges(lead: Lead) -> Iterator[Entry]:
    for merge in standing_merges(lead).filter(survivor=lead):
        yield Entry(
            merge.at, "stage", f"A-{merge.merged_id} was merged into this lead", str(merge.by), tone="info"
        )


def _bridged(lead: Lead, leads: Sequence[int]) -> Iterator[Entry]:
    """Calls that the provider put through; how they went is the agent's to log."""
    for call in BridgedCall.objects.filter(lead__in=leads).select_related("user")[:LIMIT]:
        words, tone = show_call(call)
        yield Entry(
            at=call.created_at,
            icon="phone",
            title=words,
            who=str(call.user),
            tone=tone,
            of=_of(call.lead_id, lead),
        )


def _forbidden(item: Communication) -> tuple[str, ...]:
    """Why this was not allowed when it was done; () when it was, or nobody asked."""
    refused = item.decision is not None and not item.decision.allowed
    return tuple(why["text"] for why in item.decision.reasons) if refused and item.decision else ()


def _what(item: Communication, book: Playbook) -> str:
    if item.channel == Channel.NOTE:
        return "Note"
    way = (
        f"{item.get_channel_display()} received"
        if item.direction == Direction.IN
        else item.get_channel_display()
    )
    return f"{way}: {book.label(item.outcome)}" if item.outcome else way


def _policies(lead: Lead, leads: Sequence[int]) -> Iterator[Entry]:
    """What was sold, and what became of it."""
    for line in reversed(list(lines_of_leads(leads))):
        of = _of(line.lead_id, lead)
        yield Entry(
            at=line.at, icon="check", title=line.title, who=line.who, body=line.body, tone="good", of=of
        )


def _returns(lead: Lead) -> Iterator[Entry]:
    """Its way back to the vendor."""
    for line in reversed(list(lines_of(lead.pk))):
        yield Entry(at=line.at, icon="out", title=line.title, who=line.who, body=line.body, tone=line.tone)


def _done(lead: Lead, leads: Sequence[int]) -> Iterator[Entry]:
    done = (
        FollowUp.objects.filter(lead__in=leads, done_at__isnull=False)
        .select_related("owner")
        .order_by("-done_at")
    )
    for item in reversed(done[:LIMIT]):
        assert item.done_at is not None
        of = _of(item.lead_id, lead)
        yield Entry(item.done_at, "check", f"Done: {item.what}", str(item.owner), tone="quiet", of=of)


def _requests(lead: Lead) -> Iterator[Entry]:
    """Requests to stop that no agent wrote down on this lead's page: those came with a note or a call of their own."""
    for request in requests_of(phones=(lead.phone, lead.phone_2), email=lead.email)[:LIMIT]:
        if request.lead_id == lead.pk and request.origin in (RevocationOrigin.AGENT, RevocationOrigin.CALL):
            continue
        yield Entry(
            at=request.applied_at,
            icon="stop",
            title=f"Asked us to stop: {request.get_scope_display().lower()}",
            who=str(request.by) if request.by else request.get_origin_display(),
            body=request.words,
            tone="bad",
        )
