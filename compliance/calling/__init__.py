"""May this person be called or texted now? Zones, rules as rows, attempts, and the answer with its reasons.

may_contact(lead=..., phone=..., user=..., channel="call", now=...)        # one number; nothing is written
may_contact_many(leads=..., user=..., channel="call", now=...)             # a queue, by the lead's key
calling_windows(leads=..., now=...)                                        # the hours ahead, whoever asks
ask_to_contact(lead=..., phone=..., user=..., channel=..., act="dial", request_id=..., now=...)   # and recorded
    replay_contact(decision)                                                   # from what it keeps, years later
"""

from compliance.calling.acting import RequestIdTaken, ask_to_contact, permission_of
from compliance.calling.asking import NotTheirNumber, Windows, calling_windows, may_contact, may_contact_many
from compliance.calling.permission import REASONS, WARNINGS, Permission, Why
from compliance.calling.replay import Replayed, replay_contact

__all__ = [
    "REASONS",
    "WARNINGS",
    "NotTheirNumber",
    "Permission",
    "Replayed",
    "RequestIdTaken",
    "Why",
    "Windows",
    "ask_to_contact",
    "calling_windows",
    "may_contact",
    "may_contact_many",
    "permission_of",
    "replay_contact",
]
