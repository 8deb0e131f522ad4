"""What managers do to many leads and agents at once (leadcrm.bulk)."""

from typing import Any

from django import forms

from agents.admin.leads import GIVE, GiveForm
from agents.admin.people import AgentDesk
from agents.assignment.again import CannotAssign, assign_again
from agents.casework import CannotGive, LeadChangedHands, give_lead
from agents.receiving import HandsOver, NotAtWork, pause_agent, resume_agent
from intake.admin import LeadDesk
from intake.models import OPEN_STATUSES, LeadStatus
from leadcrm.lib.admin.bulk import BulkAction, Doing, NotDone, offer

CHANGE = "agents.change_agent"


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(max_length=80, label="Why", help_text="Kept in each lead's history.")


def _closed(lead: Any) -> str:
    if lead.erased_at:
        return "It was erased."
    return "" if lead.status in OPEN_STATUSES else f"It is {lead.get_status_display().lower()}, not open."


def _not_to_be_worked(lead: Any) -> str:
    """A client may go to another agent; what is lost or returned is nobody's work."""
    return "" if lead.status == LeadStatus.SOLD and not lead.erased_at else _closed(lead)


def _stands(lead: Any) -> str:
    return f"{lead.get_status_display()}, {lead.owner or 'nobody'}"


def _give(lead: Any, doing: Doing) -> str:
    to = doing.values["agent"]
    try:
        give_lead(
            lead=lead, to_agent=to, actor=doing.by, reason=doing.values["reason"], now=doing.now,
            unlicensed_too=doing.values["unlicensed_too"],
        )  # fmt: skip
    except (CannotGive, LeadChangedHands) as refusal:
        raise NotDone(f"{refusal}.") from None
    return f"Given to {to}."


def _assign_again(lead: Any, doing: Doing) -> str:
    try:
        assignment = assign_again(lead=lead, actor=doing.by, reason=doing.values["reason"], now=doing.now)
    except CannotAssign as refusal:
        raise NotDone(f"{refusal}.".replace("..", ".")) from None
    return f"Now {lead.owner}'s: {assignment.get_kind_display().lower()}."


def _gone_or(receiving: bool) -> Any:
    def against(agent: Any) -> str:
        if not agent.active:
            return "Has left."
        same = "Receives leads already." if receiving else "Is paused already."
        return same if agent.receiving == receiving else ""

    return against


def _receives(agent: Any) -> str:
    return "receiving" if agent.receiving else "paused"


def _pause(agent: Any, doing: Doing) -> str:
    try:
        pause_agent(agent_id=agent.pk, reason=doing.values["reason"], back_at=None, now=doing.now)
    except NotAtWork:
        raise NotDone("Has left.") from None
    return "Paused: receives no new leads."


def _resume(agent: Any, doing: Doing) -> str:
    try:
        resume_agent(agent_id=agent.pk)
    except HandsOver:
        raise NotDone("The book is being handed over: no new leads until that is done.") from None
    except NotAtWork:
        raise NotDone("Has left.") from None
    return "Receives leads again."


class PauseForm(forms.Form):
    """Why."""

    reason = forms.CharField(max_length=200, required=False, label="Why", help_text="The agents read it.")


GIVE_LEADS = BulkAction(
    name="give-leads", label="Give to another agent", permission=GIVE.permission, do=_give, form=GiveForm,
    does="All of them go to one agent, with what is promised on them. It moves no rotation, and caps do not stop it.",
    against=_not_to_be_worked, seen=_stands, joins=("owner", "source"),
)  # fmt: skip
ASSIGN_LEADS = BulkAction(
    name="assign-leads", label="Assign again by the rules", permission=GIVE.permission, do=_assign_again,
    does="Each goes to whom its pool's rules choose among the others than its owner: who works with the person "
    "already, else who is next in turn. A turn that the owner paid for it comes back. "
    "Where nobody else may have it, it stays.",
    form=ReasonForm, against=_closed, seen=_stands, joins=("owner", "source"),
)  # fmt: skip
PAUSE_AGENTS = BulkAction(
    name="pause-agents", label="Pause", permission=CHANGE, do=_pause, form=PauseForm, style="danger",
    does="They receive no new leads until somebody switches them on again, here or they themselves.",
    against=_gone_or(receiving=False), seen=_receives, joins=("user",),
)  # fmt: skip
RESUME_AGENTS = BulkAction(
    name="resume-agents", label="Resume", permission=CHANGE, do=_resume, joins=("user",),
    does="They receive new leads again.", against=_gone_or(receiving=True), seen=_receives,
)  # fmt: skip

offer(LeadDesk, GIVE_LEADS, ASSIGN_LEADS)
offer(AgentDesk, PAUSE_AGENTS, RESUME_AGENTS)
