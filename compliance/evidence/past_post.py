"""The post of a decision as it was understood then: body, contract, policy, the word of a reviewer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from compliance.checks import ping
from compliance.evidence.history import NotKept, policy_as_of, source_as_of
from compliance.models import Decision, Review, ReviewAction
from compliance.policy import BadParams, Policy
from compliance.review import REFUSALS
from intake.api.parsers import parse_body
from intake.flatten import BodyRefused
from intake.models import Submission
from intake.originals import body_of, query_of
from intake.post import Post, Reason, Ruling, Terms
from intake.sources import SourceConfig
from intake.understanding import understand
from leadcrm.lib.sealing import CannotOpen


class CannotReplay(Exception):
    """Something that the decision needs is not kept; the message says what, for people."""


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a decision was made of. `records` are the lines of its record by check; `wrong` what cannot be."""

    post: Post
    policy: Policy
    records: Mapping[str, Mapping[str, Any]]
    versions: Mapping[str, int]  # do-not-call list -> version
    wrong: tuple[str, ...] = ()


@dataclass(slots=True)
class Recall:
    """Configurations of the past, each read once: for who replays many decisions in a row."""

    _sources: dict[tuple[int, int], SourceConfig] = field(default_factory=dict)
    _policies: dict[tuple[int, int], Policy] = field(default_factory=dict)

    def source(self, source_id: int, version: int) -> SourceConfig:
        """As compliance.evidence.history.source_as_of."""
        if (source_id, version) not in self._sources:
            self._sources[source_id, version] = source_as_of(source_id, version)
        return self._sources[source_id, version]

    def policy(self, source_id: int, version: int) -> Policy:
        """As compliance.evidence.history.policy_as_of."""
        if (source_id, version) not in self._policies:
            self._policies[source_id, version] = policy_as_of(source_id, version)
        return self._policies[source_id, version]


def version_of(decision: Decision) -> int:
    """The version of the configuration that `decision` names. Raises CannotReplay."""
    version = decision.data_versions.get("config")
    if not isinstance(version, int):
        raise CannotReplay("it does not say under which configuration it was made")
    return version


def situation_of(decision: Decision, version: int, recall: Recall | None = None) -> Situation:
    """The situation of `decision`, under the configuration of `version`. Raises CannotReplay."""
    submission, recall = decision.submission, recall or Recall()
    payload = _payload(submission)
    try:
        source = recall.source(submission.source_id, version)
        policy = recall.policy(submission.source_id, version)
    except (NotKept, BadParams) as error:
        raise CannotReplay(str(error)) from None
    post = understand(
        submission=submission, source=source, payload=payload, config_version=version, now=decision.decided_at,
        test=submission.test,
    )  # fmt: skip
    records = {str(line.get("check")): line for line in decision.checks if isinstance(line, dict)}
    post = with_past_terms(post, records.get(ping.check.name, {}))
    ruling, wrong = _ruling(decision, records.get("review"))
    return Situation(
        replace(post, ruling=ruling), policy, records, dict(decision.data_versions.get("lists") or {}), wrong
    )


def with_past_terms(post: Post, record: Mapping[str, Any]) -> Post:
    """`post` with what its ping promised it, as the record of the check says; unchanged where it names no ping.

    The ping itself may be gone: what it promised is sealed with the decision. Its fields are not, so that a refusal
    is told from the record alone.
    """
    if "ping_id" not in post.fields or not record:
        return post
    reasons = [
        (str(told.get("code", "")), str(told.get("field", ""))) for told in record.get("reasons") or ()
    ]
    if record.get("outcome") != "pass" or "price" not in record:
        return replace(post, no_terms=tuple(Reason(code, "", field) for code, field in reasons))
    price = Decimal(record["price"])
    terms = Terms(
        ping_id=UUID(record["ping"]), price=price, rule=record.get("price_rule"),
        expires_at=datetime.fromisoformat(record["expires_at"]), holds=record.get("place") == "held",
    )  # fmt: skip
    return replace(post, terms=terms, price=price, price_rule=terms.rule)


def _payload(submission: Submission) -> Any:
    if not submission.body and not submission.query:
        raise CannotReplay("the post as it came is not kept any more")
    try:
        return parse_body(body_of(submission), submission.content_type, query_of(submission)).flat
    except (CannotOpen, BodyRefused) as error:
        raise CannotReplay(f"the post as it came cannot be read: {error}") from None


def _ruling(decision: Decision, record: Mapping[str, Any] | None) -> tuple[Ruling | None, tuple[str, ...]]:
    """What a person ruled, by the row of their review; and what is wrong about it."""
    row = Review.objects.filter(submission=decision.submission_id, at=decision.decided_at).first()
    if row is None:
        return None, ("the review that it follows is gone",) if record else ()
    refusal = None
    if row.action == ReviewAction.REFUSE:
        refusal = Reason(row.reason, REFUSALS.get(row.reason, ""))
    wrong = () if row.by_id == decision.decided_by_id else ("it was not decided by who reviewed it",)
    return Ruling(note=row.note, waived=frozenset(row.waived), refusal=refusal), wrong
