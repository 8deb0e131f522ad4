"""What pages show of merging: two leads side by side, and what a lead was made one with."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, F, QuerySet

from agents.merging.choosing import SPARE, Field, fields_of, mark, suggested
from agents.merging.family import standing_merges
from agents.merging.undo import in_the_way
from agents.models import Communication, FollowUp, Ground, LeadMerge, Policy, TwinGroup
from agents.queries import visible_leads
from agents.twins.groups import pairs_of, told_apart
from intake.models import ConsentRecord, Lead
from intake.queries import product_names
from leadcrm.models import User

MAY_MERGE: Final = "agents.merge_leads"


@dataclass(frozen=True, slots=True)
class Side:
    """One of two leads, with what was done on it."""

    lead: Lead
    product: str
    talks: int
    planned: int
    policies: int
    consented_at: datetime | None


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a field to be chosen; `value` is empty where both say the same."""

    value: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One field of both. `spare` offers the number that would be lost."""

    field: Field
    cells: tuple[Choice, ...]
    spare: Choice | None


@dataclass(frozen=True, slots=True)
class Beside:
    """Two leads of a group side by side. `others` are the rest of the group; `seen` goes with the form."""

    sides: tuple[Side, Side]
    stays: Lead
    lines: list[Line]
    grounds: tuple[str, ...]
    others: list[Lead]
    seen: str


def members_of(group: TwinGroup, user: User) -> list[Lead]:
    """The leads of `group` that `user` may see, the oldest first."""
    rows = visible_leads(user).filter(twin_member__group=group)
    return list(rows.select_related("vendor", "source", "owner").order_by("received_at", "pk"))


def beside(*, leads: Sequence[Lead], asked: Collection[int]) -> Beside | None:
    """The two of `leads` (a group's) whose keys are `asked`, else the likeliest two; None where there are no two."""
    if len(leads) < 2:
        return None
    insured = set(Policy.objects.standing().filter(lead__in=leads).values_list("lead", flat=True))
    pairs = pairs_of(leads)
    chosen = [lead for lead in leads if lead.pk in asked]
    if len(chosen) != 2:
        chosen = _likeliest(leads, pairs, insured)
    one, other = chosen
    stays = suggested(chosen, insured=insured)
    grounds = pairs.get((min(one.pk, other.pk), max(one.pk, other.pk)), [])
    return Beside(
        sides=_sides(one, other),
        stays=stays,
        lines=[_line(field, one, other) for field in fields_of(one, other, stays=stays)],
        grounds=tuple(str(Ground(ground).label) for ground in grounds),
        others=[lead for lead in leads if lead not in chosen],
        seen=mark(one, other),
    )


def _likeliest(
    leads: Sequence[Lead], pairs: dict[tuple[int, int], list[Ground]], insured: Collection[int]
) -> list[Lead]:
    """The pair with the most grounds that was not told apart, the one with the lead that should stay first."""
    apart = told_apart([lead.pk for lead in leads])
    best = suggested(leads, insured=insured).pk
    open_pairs = [pair for pair in pairs if pair not in apart] or [(leads[0].pk, leads[1].pk)]
    pair = max(open_pairs, key=lambda each: (len(pairs.get(each, ())), best in each, each))
    return [lead for lead in leads if lead.pk in pair]


def _sides(one: Lead, other: Lead) -> tuple[Side, Side]:
    pair = [one.pk, other.pk]
    talks = _counted(Communication.objects.filter(lead__in=pair))
    planned = _counted(FollowUp.objects.filter(lead__in=pair, done_at=None))
    policies = _counted(Policy.objects.filter(lead__in=pair))
    consents = dict(ConsentRecord.objects.filter(lead__in=pair).values_list("lead", "given_at"))
    products = product_names()
    return (
        _side(one, products, talks, planned, policies, consents),
        _side(other, products, talks, planned, policies, consents),
    )


def _counted(rows: QuerySet[Any]) -> dict[int, int]:
    """How many of `rows` each lead has."""
    return dict(rows.order_by().values_list("lead").annotate(n=Count("pk")))


def _side(
    lead: Lead,
    products: dict[str, str],
    talks: dict[int, int],
    planned: dict[int, int],
    policies: dict[int, int],
    consents: dict[int, datetime],
) -> Side:
    key = lead.pk
    product = products.get(lead.interest, lead.interest)
    return Side(
        lead, product, talks.get(key, 0), planned.get(key, 0), policies.get(key, 0), consents.get(key)
    )


def _line(field: Field, one: Lead, other: Lead) -> Line:
    words = dict(field.options)
    cells = tuple(
        Choice(str(lead.pk) if str(lead.pk) in words else "", text or "(empty)", field.best == str(lead.pk))
        for lead, text in zip((one, other), field.texts, strict=True)
    )
    spare = Choice(SPARE, words[SPARE], field.best == SPARE) if SPARE in words else None
    return Line(field, cells, spare)


@dataclass(frozen=True, slots=True)
class MergeShown:
    """One merge on a lead's page. `other` is the other lead, `linked` where the reader may open it."""

    merge: LeadMerge
    other: Lead
    linked: bool
    away: bool
    may_undo: bool


def merges_shown(*, lead: Lead, user: User, now: datetime) -> list[MergeShown]:
    """The merges of `lead`, as `user` is to see them: where it went, first. One query, two more where there are any."""
    merges = list(standing_merges(lead).order_by(F("merged").desc()))
    if not merges:
        return []
    others = [merge.survivor if merge.merged_id == lead.pk else merge.merged for merge in merges]
    seen = set(visible_leads(user).filter(pk__in=[other.pk for other in others]).values_list("pk", flat=True))
    manages = user.is_staff and user.has_perm(MAY_MERGE)
    shown = [
        MergeShown(
            merge=merge, other=other, linked=other.pk in seen, away=merge.merged_id == lead.pk,
            may_undo=manages and not in_the_way(merge, now),
        )
        for merge, other in zip(merges, others, strict=True)
    ]  # fmt: skip
    return sorted(shown, key=lambda each: not each.away)
