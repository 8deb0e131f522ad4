"""One line of a file: taken by the road of a post, or only tried. What came of it holds no value of the file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from intake import replays
from intake.api.parsers import MAX_BODY
from intake.flatten import BodyRefused, Flat, flatten
from intake.imports.columns import Plan
from intake.imports.lines import Line
from intake.imports.terms import under_terms
from intake.imports.twins import TAKEN, keys_of
from intake.models import ImportLine, ImportOutcome, Submission, SubmissionState
from intake.post import FileTerms, Notice, Post, Reason
from intake.receive import Envelope, receive_lead
from intake.sample import NOTICES, decide_dry
from intake.sources import SourceConfig
from intake.understanding import understand
from leadcrm.lib.ids import uuid7

UNREADABLE: Final = "unreadable_line"
# Of what was mended or dropped, that which people should know of; not that a value was filled in.
_TOLD: Final = frozenset({"unreadable", "zip_in_other_state", "unlisted", "day_first"})
_OUTCOMES: Final = {
    SubmissionState.ACCEPTED: ImportOutcome.ACCEPTED, SubmissionState.REJECTED: ImportOutcome.REJECTED,
    SubmissionState.HELD: ImportOutcome.HELD,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Taking:
    """What all lines of an import have in common."""

    replay_token: UUID
    source: SourceConfig
    config_version: int
    plan: Plan
    terms: FileTerms
    match: str | None = None  # by what two lines are one person, where a dry run tells it


def take_line(*, line: Line, taking: Taking, now: datetime) -> ImportLine:
    """Take one line as a post of its source comes, on the import's terms; the unsaved result.

    Safe to repeat: a line has a key of its own, as posts with an Idempotency-Key have, and is bought once. Raises what
    receive_lead raises: then nothing came of it, and it is to be tried again.
    """
    body = _body(line, taking.plan)
    if isinstance(body, ImportLine):
        return body
    envelope = Envelope(
        body=body, content_type="application/json", idempotency_key=_key_of(line, taking),
    )  # fmt: skip
    received = receive_lead(
        source=taking.source, envelope=envelope, config_version=taking.config_version, now=now, file=taking.terms,
    )  # fmt: skip
    if received.replayed:
        return _known_before(line, taking, received.submission_id)
    outcome = _OUTCOMES.get(SubmissionState(received.state), ImportOutcome.FAILED)
    result = _result(line, outcome, received.reasons, received.notices, taking.plan)
    result.submission_id = received.submission_id
    return result


def try_line(*, line: Line, taking: Taking, now: datetime) -> tuple[ImportLine, list[tuple[int, bool]]]:
    """What would come of the line now: the unsaved result, and by what its person is known where it would be taken.

    Nothing is written, locked or sent.
    """
    body = _body(line, taking.plan)
    if isinstance(body, ImportLine):
        return body, []
    post, live = _understood(line, taking, now, test=True), _understood(line, taking, now, test=False)
    only_live = tuple(error for error in live.errors if error not in post.errors)
    decided = decide_dry(post)
    reasons = (*only_live, *decided.reasons)
    outcome = ImportOutcome.REJECTED if reasons else _OUTCOMES[SubmissionState(decided.outcome)]
    result = _result(line, outcome, reasons, live.notices, taking.plan)
    if taking.match is None or outcome not in TAKEN:
        return result, []
    return result, keys_of(live, match=taking.match, token=taking.replay_token)


def end_lines(*, lines: Sequence[Line], taking: Taking) -> list[ImportLine]:
    """What came of lines whose import was cancelled: those that a worker took before it died are told as taken.

    Unsaved results. Writes nothing; no worker may hold the lines' block any more.
    """
    keys = {
        line.number: replays.identify_line(source=taking.source, key=_key_of(line, taking)).key
        for line in lines
    }
    posts = Submission.objects.filter(replay_key__in=keys.values()).order_by("received_at")
    taken = dict(posts.values_list("replay_key", "pk"))
    return [_end_line(line, taken.get(keys[line.number]), taking) for line in lines]


def _end_line(line: Line, submission_id: UUID | None, taking: Taking) -> ImportLine:
    if submission_id is not None and not line.erased:
        return _known_before(line, taking, submission_id)
    result = ImportLine(line=line.number, outcome=ImportOutcome.CANCELLED)
    result.submission_id = submission_id
    return result


def _key_of(line: Line, taking: Taking) -> str:
    return f"import:{taking.replay_token.hex}:{line.number}"


def _understood(line: Line, taking: Taking, now: datetime, *, test: bool) -> Post:
    submission = Submission(id=uuid7(), source_id=taking.source.id, received_at=now, test=test)
    payload: Flat = flatten(taking.plan.payload(line))
    post = understand(
        submission=submission, source=taking.source, payload=payload, config_version=taking.config_version, now=now,
        test=test,
    )  # fmt: skip
    submission.vendor_lead_id = post.fields.get("vendor_lead_id", "")
    return under_terms(post, taking.terms)


def _body(line: Line, plan: Plan) -> bytes | ImportLine:
    """The line as the JSON of a post, or why it cannot be one."""
    if line.erased:
        return ImportLine(
            line=line.number, outcome=ImportOutcome.UNREADABLE, reasons=["erased"],
            faults=[["", "erased", "The person asked to be erased."]],
        )  # fmt: skip
    if line.wrong:
        return _unreadable(line, line.column, line.wrong)
    payload = plan.payload(line)
    for column, cell in zip(plan.columns, line.cells, strict=False):
        try:
            flatten({column.key or "-": cell})
        except BodyRefused as refusal:
            return _unreadable(line, column.name, refusal.message)
    body = msgspec.json.encode(payload)
    if len(body) > MAX_BODY:
        return _unreadable(line, "", f"Is larger than {MAX_BODY // 1024} kB.")
    return body


def _unreadable(line: Line, column: str, why: str) -> ImportLine:
    return ImportLine(
        line=line.number, outcome=ImportOutcome.UNREADABLE, reasons=[UNREADABLE], faults=[[column, UNREADABLE, why]]
    )  # fmt: skip


def _known_before(line: Line, taking: Taking, submission_id: UUID) -> ImportLine:
    """A line that was taken before its worker died: its submission says what came of it, the line what was wrong."""
    stored = Submission.objects.only("state", "reason", "received_at").get(pk=submission_id)
    live = _understood(line, taking, stored.received_at, test=False)
    errors = live.errors if stored.state == SubmissionState.REJECTED else ()
    codes = {error.code for error in errors}
    reasons = errors if not stored.reason or stored.reason in codes else (Reason(stored.reason, ""),)
    outcome = _OUTCOMES.get(SubmissionState(stored.state), ImportOutcome.FAILED)
    result = _result(line, outcome, reasons, live.notices, taking.plan)
    result.submission_id = submission_id
    return result


def _result(
    line: Line, outcome: ImportOutcome, reasons: Iterable[Reason], notices: Iterable[Notice], plan: Plan
) -> ImportLine:
    reasons = tuple(reasons)
    faults = [[plan.column_of(r.field) or r.field, r.code, r.message] for r in reasons if r.field]
    told = [notice for notice in notices if notice.code in _TOLD]
    faults += [[plan.column_of(n.field) or n.field, n.code, NOTICES.get(n.code, n.code)] for n in told]
    codes = list(dict.fromkeys(reason.code for reason in reasons))
    return ImportLine(line=line.number, outcome=outcome, reasons=codes, faults=faults)
