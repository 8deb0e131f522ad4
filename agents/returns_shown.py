"""What a lead's page shows of going back to its vendor: until when, for which reasons, and how a return stands."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from intake.models import CandidateState, Lead, LeadStatus, Return, ReturnCandidate, ReturnState
from intake.returns.windows import NEVER, Window, terms_of, windows_of
from leadcrm.models import User

ASK: Final = "intake.add_return"


@dataclass(frozen=True, slots=True)
class Returning:
    """`windows` that are open; `asked` waits for the vendor; `grounds` were found or proposed and not settled.

    `asks`: the reader asks the vendor; else proposes.
    """

    windows: tuple[Window, ...]
    asked: Return | None
    past: Sequence[Return]
    grounds: Sequence[ReturnCandidate]
    sold: bool
    asks: bool

    @property
    def ends_at(self) -> datetime | None:
        """When the last window closes; None where none is open."""
        return max((window.ends_at for window in self.windows), default=None)

    @property
    def ground(self) -> ReturnCandidate | None:
        """The reason that is to be decided first: its window closes first."""
        return next(iter(self.grounds), None)

    @property
    def can_be_sent(self) -> bool:
        """True where the reader may ask or propose now."""
        return bool(self.windows) and self.asked is None

    @property
    def is_shown(self) -> bool:
        """True where there is anything to tell."""
        return bool(self.windows or self.asked or self.past)


def returning_of(*, lead: Lead, user: User, now: datetime) -> Returning:
    """How `lead` stands with its vendor, as `user` is to see it. Three queries, however much there is to tell."""
    rows = list(Return.objects.filter(lead=lead).select_related("asked_by", "decided_by")[:10])
    candidates = list(
        ReturnCandidate.objects.filter(lead=lead, state=CandidateState.OPEN, until_at__gt=now).order_by(
            "until_at", "pk"
        )
    )
    possible = lead.status not in NEVER
    windows = windows_of(lead, terms_of(lead.source_id)) if possible else ()
    return Returning(
        windows=tuple(window for window in windows if window.is_open(now)),
        asked=next((row for row in rows if row.state == ReturnState.ASKED), None),
        past=[row for row in rows if row.state != ReturnState.ASKED],
        grounds=candidates if possible else (),
        sold=lead.status == LeadStatus.SOLD,
        asks=user.has_perm(ASK),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline."""

    at: datetime
    title: str
    who: str
    body: str
    tone: str


_ANSWERS: Final = {
    ReturnState.TAKEN: ("The vendor took it back", "good"),
    ReturnState.REFUSED: ("The vendor refused the return", "warn"),
    ReturnState.WITHDRAWN: ("Return withdrawn", "quiet"),
}


def lines_of(lead_id: int) -> Iterator[Line]:
    """What was proposed, asked and answered, for the timeline. What it is worth stands nowhere here."""
    for candidate in ReturnCandidate.objects.filter(lead=lead_id).select_related("proposed_by", "settled_by"):
        why = candidate.get_reason_display().lower()
        if candidate.proposed_by:
            title = f"Proposed for a return: {why}"
            yield Line(candidate.found_at, title, str(candidate.proposed_by), candidate.note, "info")
        if candidate.state == CandidateState.DISMISSED and candidate.settled_at:
            who, title = str(candidate.settled_by or ""), f"Not to be returned: {why}"
            yield Line(candidate.settled_at, title, who, candidate.settled_why, "quiet")
    for row in Return.objects.filter(lead=lead_id).select_related("asked_by", "decided_by"):
        title = f"Asked to take it back: {row.get_reason_display().lower()}"
        yield Line(row.asked_at, title, str(row.asked_by or "a program"), row.note, "info")
        if row.decided_at:
            title, tone = _ANSWERS[ReturnState(row.state)]
            yield Line(row.decided_at, title, str(row.decided_by or ""), row.words, tone)
