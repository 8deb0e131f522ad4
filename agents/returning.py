"""What this room knows and does when a lead goes back to its vendor: tries as evidence, candidates, letting go."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from agents.assignment.claimable import withdraw
from agents.assignment.turns import give_turn_back, turn_of
from agents.models import Assignment, Channel, Communication, Direction, FollowUp
from agents.outcomes import OutcomeCard, playbook
from compliance.returns import find_duplicates, find_listed
from intake.models import CandidateGround, Lead
from intake.returns.candidates import (
    days_between,
    note_candidate,
    note_candidates,
    oldest_returnable,
    renew_windows,
)
from leadcrm.lib.batch import Batch

# More than any contract asks for; the newest count.
_MOST: Final = 100

# The outcomes of calls with the leads that arrived in a span, by the index on a lead's communications.
_BY_OUTCOME: Final = """
    SELECT lead.id AS lead_id, ground.reason
    FROM intake_lead lead
    JOIN agents_communication said ON said.lead_id = lead.id
    JOIN unnest(%(outcomes)s::text[], %(reasons)s::text[]) AS ground (outcome, reason)
        ON ground.outcome = said.outcome
    WHERE lead.received_at >= %(since)s AND lead.received_at < %(until)s
        AND lead.source_id IN (SELECT source_id FROM intake_returnterm)
"""
# How far back the hourly search for duplicates looks; the nightly one looks at all.
LATELY: Final = timedelta(days=1)


def attempts_of(*, lead: Lead) -> list[dict[str, Any]]:
    """The calls, texts and e-mails to the person of `lead`, oldest first: when, how, with which outcome.

    For a vendor to read: no names, no words that were said.
    """
    sent = Communication.objects.filter(lead=lead, direction=Direction.OUT).exclude(channel=Channel.NOTE)
    book = playbook()
    return [
        {
            "at": said.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "channel": said.channel,
            "outcome": book.label(said.outcome) if said.outcome else "",
        }
        for said in reversed(sent.order_by("-at", "-pk")[:_MOST])
    ]


def let_go(*, lead: Lead, now: datetime) -> None:
    """End what was planned on `lead`, which has just gone back, and give its turn back to the agent who paid for it.

    In the transaction that returns it; once for a lead, which the database sees to (one_taken_return_of_lead). The
    newest turn that the lead cost is given back: whoever let it lapse before (SLA) has paid for that.
    """
    FollowUp.objects.filter(lead=lead, done_at__isnull=True).update(done_at=now)
    batch = Batch()
    withdraw(lead_id=lead.pk, now=now, batch=batch)
    batch.flush()
    for assignment in Assignment.objects.filter(lead=lead, agent__isnull=False).order_by(
        "-assigned_at", "-pk"
    ):
        if assignment.agent_id in turn_of(assignment):
            give_turn_back(assignment)
            return


def note_outcome(*, lead: Lead, outcome: OutcomeCard, now: datetime) -> None:
    """Make `lead` a candidate where its call ended so that its vendor takes it back. In the call's transaction."""
    if outcome.return_reason:
        note_candidate(lead=lead, reason=outcome.return_reason, ground=CandidateGround.OUTCOME, now=now)


def find_by_outcome(*, now: datetime, since: datetime) -> int:
    """Note leads of since `since` whose calls ended so before contract or outcome said that they go back. How many."""
    grounds = playbook().returnable
    params = {"outcomes": list(grounds), "reasons": list(grounds.values())}
    return sum(
        note_candidates(
            found=_BY_OUTCOME, params={**params, "since": start, "until": end}, now=now,
            ground=CandidateGround.OUTCOME,
        )
        for start, end in days_between(since, now)
    )  # fmt: skip


def find_candidates(*, now: datetime, whole: bool) -> int:
    """Note leads that might go back and were not noted yet. How many were new.

    With `whole` every lead whose window may be open is looked at, and windows follow their contracts; without, what
    changes by itself: lists, and duplicates among the leads of the last day.
    """
    since = oldest_returnable(now)
    found = find_listed(now=now)
    if not whole:
        return found + find_duplicates(now=now, since=max(since, now - LATELY))
    renew_windows()
    return found + find_by_outcome(now=now, since=since) + find_duplicates(now=now, since=since)
