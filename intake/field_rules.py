"""A source's field rules as people make them: which names there are to map to, and writing a rule."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction

from intake.canonical import ALIASES, CANONICAL, FULL_NAME, HASHES, is_secret, loose
from intake.models import FieldRule, Source
from intake.sources import SourceConfig

# How alike two names must be to be offered, 1 being the same; and what a part of a name that is a whole one counts.
NEAR: Final = 0.72
PART: Final = 0.8
MOST_NEAR: Final = 3
LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule that is thought of: `incoming` names the field as sent, `values` maps what it says."""

    incoming: str
    field: str
    values: tuple[tuple[str, str], ...] = ()


def known_fields(source: Source) -> set[str]:
    """Canonical names, the hashes of pings where it takes these, and the attributes that its vertical declares."""
    declared = set(source.vertical.attributes.values_list("name", flat=True)) if source.vertical_id else set()
    hashes = set(HASHES.values()) if source.pings else set()
    return set(CANONICAL) | hashes | declared


def targets_of(source: SourceConfig) -> list[str]:
    """Every name a rule of the source may map to, in the order of the contract; its vertical's attributes last."""
    return [*CANONICAL, FULL_NAME, *sorted(source.attributes)]


def near_names(path: str, source: SourceConfig) -> tuple[str, ...]:
    """The fields whose names are most like that of the unknown field `path`, the likeliest first; often none."""
    last = path.rpartition(".")[2]
    words = {loose(word) for word in last.replace("-", "_").split("_")} | {loose(last)}
    scores: dict[str, float] = {}
    for name, target in {**ALIASES, **source.attribute_names}.items():
        score = SequenceMatcher(None, loose(last), name).ratio()
        if name in words and len(name) > 2:
            score = max(score, PART)
        if score >= NEAR:
            scores[target] = max(score, scores.get(target, 0))
    return tuple(sorted(scores, key=lambda target: -scores[target])[:MOST_NEAR])


def save_field_rules(*, source: Source, drafts: Iterable[RuleDraft]) -> list[FieldRule]:
    """Write `drafts` as rules of `source`, all or nothing; the rules as they stand then.

    A rule for the same name, compared as posts are, is changed: its field, and the values that the draft names.
    Raises ValidationError for a name that cannot be mapped or a field that is none.
    """
    known = known_fields(source) | {FULL_NAME}
    with transaction.atomic():
        Source.objects.select_for_update().get(pk=source.pk)
        standing = {loose(rule.incoming): rule for rule in source.field_rules.all()}
        return [_save(source, draft, known, standing) for draft in drafts]


def _save(source: Source, draft: RuleDraft, known: set[str], standing: Mapping[str, FieldRule]) -> FieldRule:
    if draft.field not in known:
        raise ValidationError(f"“{draft.field}” is no field, and no attribute of {source.vertical}.")
    if is_secret(draft.incoming) or not loose(draft.incoming) or len(draft.incoming) > LONGEST_NAME:
        raise ValidationError(f"“{draft.incoming[:LONGEST_NAME]}” cannot be mapped.")
    rule = standing.get(loose(draft.incoming)) or FieldRule(source=source, incoming=draft.incoming)
    rule.values = {**(rule.values if rule.field == draft.field else {}), **dict(draft.values)}
    rule.field = draft.field
    rule.full_clean(validate_constraints=False)
    rule.save()
    return rule
