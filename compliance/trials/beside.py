"""Asking the running trials of a post that is being decided: on the facts of the decision, with no lock of their own.

Asked when the checks are through and before an owner is looked for, so that nobody waits for a pool meanwhile. A trial
can neither change the decision nor break it. What only it wants to know is read in one round trip for all trials.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import structlog
from django.conf import settings

from compliance import dedupe
from compliance.check import CheckInput, Facts, Verdict
from compliance.checks import duplicate, suppression
from compliance.facts import facts_of, facts_query
from compliance.models import WouldBe
from compliance.policy import Policy, SetCheck, SetTrial
from compliance.reopening import HELD, consent_of
from compliance.trials.usage import bought_query, tried_usage
from compliance.trials.would import CannotTell, Live, Would, refuse_unasked, would_be
from compliance.trials.writing import Tried, broken
from intake.post import Post, Reason
from leadcrm.lib.db import Query, Row, fetch_aside

log = structlog.get_logger(__name__)

_HELD: Final = f"SELECT coalesce(array_agg(kind), '{{}}')::text[] FROM ({HELD}) AS found (kind)"  # noqa: S608
_EARLIER: Final = {
    match: f"SELECT row_to_json(found) FROM ({sql}) AS found"  # noqa: S608 - constants
    for match, sql in dedupe.EARLIER.items()
}
Merge = Callable[[Facts, list[Row]], Facts]


@dataclass(frozen=True, slots=True)
class Asked:
    """A decision under way: `facts` are None where none were read, `records` its lines so far."""

    post: Post
    policy: Policy
    facts: Facts | None
    records: Sequence[Mapping[str, Any]]
    reasons: tuple[Reason, ...]
    local: datetime

    @property
    def live(self) -> Live:
        """What the checks have made of the post."""
        lines = {str(line["check"]): line for line in self.records}
        refused_by = str(self.records[-1]["check"]) if self.reasons else ""
        return Live(lines, refused_by, self.reasons)


def ask_beside(asked: Asked) -> list[Tried]:
    """What each running trial would say of the post. Never raises; costs nothing where no trial runs.

    Test posts and pings are not tried, for they buy nothing; nor is a post that a person has ruled on, which was tried
    when it arrived.
    """
    post = asked.post
    if not asked.policy.trials or post.test or post.is_ping or post.ruling is not None:
        return []
    running = [trial for trial in asked.policy.trials if post.now < trial.ends_at]
    live = asked.live
    try:
        facts = _read_aside(asked, running, live)
    except Exception as error:  # the reads were rolled back by themselves
        log.error("trial.broke", submission_id=post.submission.pk.hex, exc_info=error)
        return [Tried(trial.trial_id, broken(error)) for trial in running]
    return [Tried(trial.trial_id, _said(trial, asked, live, facts)) for trial in running]


def _said(trial: SetTrial, asked: Asked, live: Live, facts: Mapping[int, Facts]) -> Would:
    def ask(item: SetCheck, *, tried: bool) -> Verdict:
        return _ask(item, asked, facts[trial.trial_id] if tried else facts[0])

    try:
        return would_be(trial, asked.policy.checks, live, ask)
    except CannotTell as why:
        return Would(WouldBe.OPEN, (), str(why))
    except Exception as error:  # a trial must not cost a post
        log.error(
            "trial.broke", trial=trial.trial_id, submission_id=asked.post.submission.pk.hex, exc_info=error
        )
        return broken(error)


def _ask(item: SetCheck, asked: Asked, facts: Facts) -> Verdict:
    post = asked.post
    if item.check.needs_facts and "phone" not in post.fields:
        return Verdict.passed()
    refuse_unasked(item, post)
    return item.check.run(
        CheckInput(post, item.params, post.now, post.now.astimezone(settings.AGENCY_ZONE), facts)
    )


def _read_aside(asked: Asked, running: Sequence[SetTrial], live: Live) -> dict[int, Facts]:
    """The facts for each trial by its key, and under 0 those of the live rules. At most one round trip."""
    base, queries, merges = asked.facts or Facts(), list[Query](), list[tuple[int, Merge]]()
    if any(_wants_all(trial, asked, live) for trial in running):
        queries.append(_all_facts(asked))
        merges.append((0, lambda _, rows: facts_of(rows[0], asked.policy.caps, asked.local)))
    for trial in running:
        if trial.check_name in live.lines and (wanted := _wanted(trial, asked)):
            queries.append(wanted[0])
            merges.append((trial.trial_id, wanted[1]))
    found = fetch_aside(*queries) if queries else []
    facts = {0: base, **{trial.trial_id: base for trial in running}}
    for (key, merge), rows in zip(merges, found, strict=True):
        facts[key] = merge(base, rows)
    return facts


def _wants_all(trial: SetTrial, asked: Asked, live: Live) -> bool:
    """True when the tried check refused the post before any facts were read, and the checks behind it want them."""
    return (
        asked.facts is None
        and live.refused_by == trial.check_name
        and "phone" in asked.post.fields
    )  # fmt: skip


def _all_facts(asked: Asked) -> Query:
    params = {item.check.name: item.params for item in asked.policy.checks}
    reopens = params[suppression.check.name].later_consent_reopens
    return facts_query(
        asked.post, params[duplicate.check.name], asked.policy.caps, asked.local,
        consented_at=consent_of(asked.post) if reopens else None, numbered=False,
    )  # fmt: skip


def _wanted(trial: SetTrial, asked: Asked) -> tuple[Query, Merge] | None:
    """What `trial` must know beyond the facts of the decision, and how it is put among them; None: nothing."""
    post, item = asked.post, trial.item
    if item is None or asked.facts is None:
        return None
    if trial.caps is not None:
        tried, used = trial.caps, dict(trial.used or {})
        return bought_query(trial.trial_id, tried, asked.local), lambda facts, rows: replace(
            facts, caps=tried_usage(rows, tried, used, asked.local)
        )
    live = next(each.params for each in asked.policy.checks if each.check.name == trial.check_name)
    if trial.check_name == duplicate.check.name and item.params != live:
        query = Query(
            _EARLIER[item.params.match],
            {**dedupe.person_params(post), **dedupe.window_params(post, item.params)},
        )
        return query, lambda facts, rows: replace(
            facts, earlier=dedupe.read_earlier(rows[0][0] if rows else None)
        )
    if trial.check_name == suppression.check.name and (
        item.params.later_consent_reopens != live.later_consent_reopens
    ):
        consented_at = consent_of(post) if item.params.later_consent_reopens else None
        query = Query(_HELD, {**dedupe.person_params(post), "consented_at": consented_at})
        return query, lambda facts, rows: replace(facts, suppressed=frozenset(rows[0][0]))
    return None
