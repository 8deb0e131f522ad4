"""What this room knows and does when a lead goes back to its vendor: tries as evidence, candidates, letting go."""

from datetime import UTC, datetime
from typing import Any, Final

from agents.assignment.claimable import withdraw
from agents.assignment.turns import give_turn_back, turn_of
from agents.models import Assignment, Channel, Communication, Direction, FollowUp
from agents.outcomes import OutcomeCard, playbook
from compliance.returns import find_duplicates, find_listed
from intake.models import CandidateGround, Lead
from intake.returns.candidates import note_candidate, note_candidates, renew_windows
from leadcrm.lib.batch import Batch

# More than any contract asks for; the newest count.
_MOST: Final = 100

# Leads whose contract takes anything back and whose window may be open, with the outcomes of their calls: by the
# index on a lead's communications, for those leads alone.
_BY_OUTCOME: Final = """
    SELECT lead.id AS lead_id, ground.reason
    FROM (SELECT source_id, max(days) AS days FROM intake_returnterm GROUP BY source_id) AS terms
    JOIN intake_lead lead ON lead.source_id = terms.source_id
        AND lead.received_at > %(now)s::timestamptz - terms.days * interval '1 day'
    JOIN agents_communication said ON said.lead_id = lead.id
    JOIN unnest(%(outcomes)s::text[], %(reasons)s::text[]) AS ground (outcome, reason)
        ON ground.outcome = said.outcome
"""


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


def find_by_outcome(*, now: datetime) -> int:
    """Note leads whose calls ended so before the contract, or the outcome, said that they can go back. How many."""
    grounds = playbook().returnable
    params = {"now": now, "outcomes": list(grounds), "reasons": list(grounds.values())}
    return note_candidates(found=_BY_OUTCOME, params=params, ground=CandidateGround.OUTCOME, now=now)


def find_candidates(*, now: datetime) -> int:
    """Note every lead that might go back and was not noted yet; windows follow their contracts. How many were new."""
    renew_windows()
    return find_by_outcome(now=now) + find_listed(now=now) + find_duplicates(now=now)
