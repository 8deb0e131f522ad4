"""The road of a lead: intake -> compliance -> agents. The only forward pointers in the code are the paths below.

A room of the house never imports the next one; it calls the step by name. Paths are resolved with
`import_string`, not by Celery's registry, which a web process does not fill.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from django.utils.module_loading import import_string

STEPS: Final[dict[str, str]] = {
    # intake -> compliance: may we take this lead?  (post, batch) -> Decided
    "decide": "compliance.decision.decide",
    # intake -> compliance: would we take such a lead?  (post, batch) -> Decided
    "decide_ping": "compliance.bidding.decide_ping",
    # intake -> compliance: end these pings and give their places back.  (pings, now) -> how many
    "end_pings": "compliance.held_places.end_pings",
    # intake -> compliance: does the source want outside services asked first?  (source_id, config_version) -> bool
    "is_consulted": "compliance.consult.is_consulted",
    # intake -> compliance: ask them, outside the transaction.  (post) -> Post
    "consult": "compliance.consult.consult",
    # intake -> compliance: what do the checks ask of the source's posts?  (source_id, config_version) -> Asked
    "asked": "compliance.asked.asked_of",
    # intake -> compliance: when are two lines one person?  (source_id, config_version) -> SamePerson | None
    "same_person": "compliance.same_person.same_person_of",
    # compliance -> agents: who gets it?  (lead, config_version, now, batch, dry_run) -> Routed
    "assign": "agents.assignment.assign_lead",
    # intake -> compliance: is a source ready to go live?  (source, trials, config_version, now) -> check-list items
    "ready_terms": "compliance.going_live.ready_terms",
    # compliance -> agents: is there somebody for its leads?  (source, states, config_version, now) -> items
    "ready_agents": "agents.going_live.ready_agents",
    # intake -> compliance -> agents: copy to a cloned source what hangs on its origin.  (origin, clone, same_pools)
    "clone_terms": "compliance.cloning.clone_terms",
    "clone_routes": "agents.cloning.clone_routes",
    # compliance -> agents: may this person sell there?  (user, wants, config_version, now) -> words per want
    "licensed": "agents.licensing.licensed",
    # compliance -> agents: erase what agents wrote and what was written to them.  (leads, phones, now) -> rows by kind
    "erase_conversations": "agents.forgetting.erase_conversations",
    # compliance -> agents: is a text of these numbers kept, whosever they are?  (phones) -> bool
    "texts_from": "agents.forgetting.texts_from",
    # compliance -> agents: when was the last word with these leads' persons?  (leads) -> moment per lead
    "last_words": "agents.forgetting.last_words",
    # compliance -> agents: what was said to and by these people?  (leads) -> rows, oldest first
    "communications": "agents.queries.communications_of",
    # compliance -> agents: what became of texts and e-mails, of calls put through, and what came in?  -> rows
    "deliveries": "agents.messaging.evidence.deliveries_of",
    "bridged_calls": "agents.messaging.evidence.bridged_calls_of",
    "inbound_texts": "agents.messaging.evidence.inbound_texts_of",
    # intake -> agents: whose leads may this person see?  (user) -> QuerySet
    "visible_leads": "agents.queries.visible_leads",
    # intake -> agents, compliance: what speaks for a return.  (lead) -> JSON
    "attempts_of": "agents.returning.attempts_of",
    "return_facts": "compliance.returns.return_facts",
    # intake -> agents: a lead went back to its vendor.  (lead, now)
    "let_go": "agents.returning.let_go",
    # compliance -> agents: seal what agents' room keeps sealed under the first key.  (done, batch) -> progress
    "reseal": "agents.second_factor.resealing.reseal_authenticators",
}
TASKS: Final[dict[str, str]] = {
    # A stored submission that waits for its decision. Argument: submission_id.
    "decide": "compliance.tasks.decide_submission",
    # Webhooks that are due. No argument.
    "deliver": "intake.tasks.deliver_webhooks",
    # Imports of leads that are at work. No argument.
    "carry_imports": "intake.tasks.carry_imports",
}


@cache
def step(name: str) -> Callable[..., Any]:
    """The function that takes the step `name`. Raises KeyError for a step that is not in the table."""
    found: Callable[..., Any] = import_string(STEPS[name])
    return found


def ring(name: str, **ids: Any) -> None:
    """Tell a worker, after commit, that a row waits for the task `name`. A dead broker is no error: the row stays.

    The sweep (intake.tasks.sweep_submissions) finds what no message told of.
    """
    from leadcrm.lib.doorbell import ring_after_commit

    ring_after_commit(import_string(TASKS[name]), ids)
