"""What managers do to many posts, leads and sources at once (leadcrm.bulk)."""

from typing import Any

from intake.admin.leads import LeadDesk
from intake.admin.return_candidates import ASK, AskForm, AskLeadForm, DismissForm, ReturnCandidateDesk
from intake.admin.sources import CHANGE, SourceDesk
from intake.admin.submissions import RUN_AGAIN, SubmissionDesk
from intake.going_live import NotReady, go_live
from intake.models import (
    CandidateState,
    Lead,
    LeadStatus,
    ReturnReason,
    Source,
    SourceStatus,
    SubmissionState,
)
from intake.reasons import said
from intake.redecide import RERUN, CannotRedecide, redecide
from intake.returns.asking import AlreadyAsked, CannotReturn, ask_return, lock_lead
from intake.returns.candidates import AlreadySettled, dismiss_candidate
from intake.returns.windows import NEVER
from leadcrm.lib.admin.bulk import BulkAction, Doing, NotDone, offer


def _cannot_go(lead: Any) -> str:
    return f"It is {lead.get_status_display().lower()}: it stays." if lead.status in NEVER else ""


def _stage(lead: Any) -> str:
    return str(LeadStatus(lead.status).label)


def _ask_return(lead: Any, doing: Doing) -> str:
    return _asked(lead, ReturnReason(doing.values["reason"]), doing)


def _ask_of_candidate(row: Any, doing: Doing) -> str:
    return _asked(row.lead, ReturnReason(row.reason), doing)


def _settled(row: Any) -> str:
    return "" if row.state == CandidateState.OPEN else "It is settled already."


def _candidate(row: Any) -> str:
    return f"{row.get_state_display()}, {row.get_reason_display().lower()}"


def _lock_its_lead(row: Any) -> None:
    """Asking for a return locks the lead before its candidates, so nobody may lock one of them first."""
    lock_lead(row.lead)


def _dismiss(row: Any, doing: Doing) -> str:
    try:
        dismiss_candidate(row=row, why=doing.values["note"], by=doing.by, now=doing.now)
    except AlreadySettled:
        raise NotDone("The vendor was asked meanwhile.") from None
    return "Not to be returned."


def _asked(lead: Lead, reason: ReturnReason, doing: Doing) -> str:
    try:
        asked = ask_return(lead=lead, reason=reason, note=doing.values["note"], now=doing.now, by=doing.by)
    except CannotReturn as refused:
        raise NotDone(str(refused)) from None
    except AlreadyAsked:
        raise NotDone("A return for another reason waits for the vendor.") from None
    if asked.repeated:
        raise NotDone("It was asked before and waits for the vendor.")
    return f"Asked: {reason.label.lower()}."


def _decided(post: Any) -> str:
    return "" if post.state in RERUN else "It has its decision: the vendor knows the answer."


def _state(post: Any) -> str:
    return SubmissionState(post.state).label.partition(":")[0]


def _run_again(post: Any, doing: Doing) -> str:
    try:
        row = redecide(
            submission=post, actor=doing.by, now=doing.now,
            concluded=lambda row: doing.note(_became(row), done=row.state != SubmissionState.FAILED),
        )  # fmt: skip
    except CannotRedecide as refused:
        raise NotDone(f"{refused}.") from None
    if row.state == SubmissionState.FAILED:
        raise NotDone(_became(row))
    return _became(row)


def _became(row: Any) -> str:
    if row.state == SubmissionState.FAILED:
        return f"It failed again ({row.error})."
    lead = f", A-{row.lead_number}" if row.lead_number else ""
    return f"{_state(row)}{f': {said(row.reason).lower()}' if row.reason else lead}."


def _status(source: Any) -> str:
    return SourceStatus(source.status).label.partition(":")[0]


def _pause(source: Any, doing: Doing) -> str:
    Source.objects.filter(pk=source.pk).update(status=SourceStatus.PAUSED)
    return "Paused."


def _resume(source: Any, doing: Doing) -> str:
    try:
        go_live(source=source, although_missing=False, now=doing.now)
    except NotReady as lacking:
        raise NotDone(f"Missing: {lacking}. Its own page opens it all the same.") from None
    return "Live."


RETURN_LEADS = BulkAction(
    name="ask-returns", label="Ask for a return", permission=ASK, do=_ask_return, form=AskLeadForm, joins=("source",),
    does="The vendor of each lead is asked to take it back, for one reason. Leads keep their stage until it answers.",
    against=_cannot_go, seen=_stage,
)  # fmt: skip
ASK_CANDIDATES = BulkAction(
    name="ask-candidates", label="Ask for the return", permission=ASK, do=_ask_of_candidate, form=AskForm,
    does="The vendor of each lead is asked to take it back, for the reason it was found for, with one note.",
    against=_settled, seen=_candidate, joins=("lead",), lock_first=_lock_its_lead, rows=("lead", "leads"),
)  # fmt: skip
DISMISS_CANDIDATES = BulkAction(
    name="dismiss-candidates", label="Do not return", permission=ASK, do=_dismiss, form=DismissForm,
    does="They leave this list. An agent who proposes one again brings it back.",
    against=_settled, seen=_candidate, rows=("lead", "leads"),
)  # fmt: skip
RUN_POSTS_AGAIN = BulkAction(
    name="run-posts-again", label="Run again", permission=RUN_AGAIN.permission, do=_run_again, own_transactions=True,
    does="Posts that have no decision are decided now, in your name, by today's settings. Who is accepted is bought.",
    against=_decided, seen=_state, rows=("post", "posts"),
)  # fmt: skip
PAUSE_SOURCES = BulkAction(
    name="pause-sources", label="Pause", permission=CHANGE, do=_pause, style="danger", joins=("vendor",),
    does="From now on every post of these sources is refused with the reason source_paused.",
    against=lambda source: "It is paused already." if source.status == SourceStatus.PAUSED else "", seen=_status,
)  # fmt: skip
RESUME_SOURCES = BulkAction(
    name="resume-sources", label="Resume (go live)", permission=CHANGE, do=_resume, joins=("vendor",),
    does="From now on accepted posts of these sources are bought. Those whose check-list lacks something stay paused.",
    against=lambda source: "" if source.status == SourceStatus.PAUSED else "It is not paused.", seen=_status,
)  # fmt: skip

offer(LeadDesk, RETURN_LEADS)
offer(ReturnCandidateDesk, ASK_CANDIDATES, DISMISS_CANDIDATES)
offer(SubmissionDesk, RUN_POSTS_AGAIN)
offer(SourceDesk, PAUSE_SOURCES, RESUME_SOURCES)
