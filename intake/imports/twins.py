"""Persons who are in a file twice, in its dry run: the real run takes the first line and finds it at the second.

A dry run writes no lead that a later line could meet. So each line that would be taken leaves digests of what its
person is known by, and when all lines were tried they are gone through once more in their order, page by page.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.utils.crypto import salted_hmac

from intake.imports.columns import plan_of
from intake.models import ImportKey, ImportLine, ImportOutcome, LeadImport
from intake.post import Post
from intake.sources import SOURCES
from leadcrm.lib import pipeline
from leadcrm.lib.config import current_version

DUPLICATE: Final = "duplicate"
_PAGE: Final = 1_000
# What would become a lead, now or once it was reviewed. Only the first of them is met by later lines.
TAKEN: Final = (ImportOutcome.ACCEPTED, ImportOutcome.HELD)


def keys_of(post: Post, *, match: str, token: UUID) -> list[tuple[int, bool]]:
    """What the person of `post` is known by where people are matched by `match`: keys, and which are of e-mail.

    Two lines of the import with the `token` that share one are the same person. Without SECRET_KEY they say nothing.
    """
    phones = [post.fields[name].e164 for name in ("phone", "phone_2") if name in post.fields]
    email = str(post.fields.get("email", "")).lower()
    if match == "all":
        return [(_key(token, f"{phone} {email}"), False) for phone in phones if email]
    found = [(_key(token, phone), False) for phone in phones] if match != "email" else []
    return [*found, (_key(token, email), True)] if email and match != "phone" else found


def _key(token: UUID, name: str) -> int:
    digest = salted_hmac(f"import:{token.hex}", name, algorithm="sha256").digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def compare_next(row: LeadImport) -> bool:
    """Compare the next page of tried lines with those before them; False when all were, and their keys are gone.

    `row` is locked and saved by the caller. Memory is that of one page however long the file is.
    """
    version = current_version()
    rule = pipeline.step("same_person")(source_id=row.source_id, config_version=version)
    page = list(row.results.filter(dry=True, line__gt=row.compared).order_by("line")[:_PAGE])
    if rule is None or not page:
        row.keys.all().delete()
        return False
    columns = plan_of(row, SOURCES.get(row.source_id, version))
    names = {by_email: columns.column_of("email" if by_email else "phone") for by_email in (False, True)}
    changed = _compare(row, page, ImportOutcome.HELD if rule.holds else ImportOutcome.REJECTED, names)
    ImportLine.objects.bulk_update(changed, ["outcome", "reasons", "faults"])
    row.compared = page[-1].line
    return True


def _compare(
    row: LeadImport, page: Sequence[ImportLine], becomes: ImportOutcome, names: Mapping[bool, str]
) -> list[ImportLine]:
    """Which lines of `page` are somebody's who is in the file already; they are changed, and the row's counts."""
    keys: dict[int, list[ImportKey]] = {}
    for each in row.keys.filter(line__gt=row.compared, line__lte=page[-1].line):
        keys.setdefault(each.line, []).append(each)
    wanted = {each.key for found in keys.values() for each in found}
    first = dict(row.keys.filter(line__lte=row.compared, key__in=wanted).values_list("key", "line"))
    changed, idle = [], []
    for result in page:
        mine = keys.get(result.line, [])
        same = min(
            (each for each in mine if each.key in first), key=lambda each: first[each.key], default=None
        )
        if same is not None:
            _become(row, result, becomes, names[same.by_email], first[same.key])
            changed.append(result)
        if same is None and result.outcome == ImportOutcome.ACCEPTED:
            first.update({each.key: result.line for each in mine})
        elif mine:
            idle.append(result.line)
    row.keys.filter(line__in=idle).delete()
    return changed


def _become(row: LeadImport, result: ImportLine, outcome: ImportOutcome, column: str, first: int) -> None:
    counts = Counter(row.counts)
    counts[result.outcome] -= 1
    counts[str(outcome)] += 1
    row.counts = dict(+counts)
    if DUPLICATE not in result.reasons:
        row.reasons = {**row.reasons, DUPLICATE: row.reasons.get(DUPLICATE, 0) + 1}
        result.reasons = [*result.reasons, DUPLICATE]
    result.outcome = outcome
    result.faults = [*result.faults, [column, DUPLICATE, f"Is the same person as line {first}."]]


def new_keys(line: int, keys: Iterable[tuple[int, bool]]) -> list[Any]:
    """Unsaved rows of a line's keys."""
    return [ImportKey(line=line, key=key, by_email=by_email) for key, by_email in dict(keys).items()]
