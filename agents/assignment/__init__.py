"""Who gets a lead, and why: the last step of the decision (largest deficit over licensed agents)."""

from agents.assignment.assign import RULE, assign_lead
from agents.assignment.explain import Candidate, explain, explain_lead
from agents.assignment.simulate import Simulation, simulate
from agents.assignment.turns import give_turn_back
from agents.assignment.waiting import assign_waiting

__all__ = [
    "RULE",
    "Candidate",
    "Simulation",
    "assign_lead",
    "assign_waiting",
    "explain",
    "explain_lead",
    "give_turn_back",
    "simulate",
]
