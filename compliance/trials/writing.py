"""Writing what trials would have said: one statement for all trials of a post, in the batch of its decision."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from compliance.models import WouldBe
from compliance.trials.would import Would, effect_of, settled
from intake.post import Post
from leadcrm.lib.batch import Batch

# A post that is decided once more (its first decision broke, or a person had it run again) keeps its first verdict.
_INSERT: Final = """
INSERT INTO compliance_trialverdict (
    submission_id, source_id, look_back_id, at, state, price, live_outcome, live_code,
    trial_id, would_outcome, code, field, reasons, effect, why
)
SELECT %s::uuid, %s::bigint, %s::bigint, %s::timestamptz, %s::text, %s::numeric, %s::text, %s::text,
    said.trial_id, said.would_outcome, said.code, said.field, said.reasons::jsonb, said.effect, said.why
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
    AS said (trial_id, would_outcome, code, field, reasons, effect, why)
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Tried:
    """What one trial comes to for the post."""

    trial_id: int
    would: Would


def note_verdicts(
    batch: Batch, tried: Iterable[Tried], post: Post, *, outcome: str, code: str, look_back_id: int | None = None
) -> None:  # fmt: skip
    """Add to `batch` what trials would have said of `post`, which was decided `outcome` for the first reason `code`."""
    rows = [(each.trial_id, settled(each.would, outcome, code)) for each in tried]
    if not rows:
        return
    about = (
        post.submission.pk, post.source.id, look_back_id, post.now, _state_of(post), post.price, outcome, code,
    )  # fmt: skip
    said = zip(*(_said(trial_id, would, outcome) for trial_id, would in rows), strict=True)
    batch.execute(_INSERT, (*about, *map(list, said)))


def _said(trial_id: int, would: Would, outcome: str) -> tuple[Any, ...]:
    first = would.reasons[0] if would.reasons else None
    reasons = [{"code": reason.code, "field": reason.field} for reason in would.reasons]
    return (
        trial_id, would.outcome.value, first.code if first else "", first.field[:40] if first else "",
        msgspec.json.encode(reasons).decode(), effect_of(would, outcome).value, would.why[:200],
    )  # fmt: skip


def _state_of(post: Post) -> str:
    return str(post.fields.get("state", ""))[:2]


def broken(error: Exception) -> Would:
    """A trial that broke; by the name of the error, whose words might quote the post."""
    return Would(WouldBe.BROKE, (), type(error).__name__)
