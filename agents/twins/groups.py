"""Groups of leads that look like one person's, drawn anew around leads that changed.

Leads are connected where they share a ground and nobody said that the two are not one person's. A number that many
leads share makes one group, not a pair for each two of them; more than MOST of them are not shown at once.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any, Final

from django.db import connection, transaction

from agents.models import Ground, NotTwins, TwinGroup, TwinMember
from agents.twins.grounds import COLUMNS, Face, face_of, grounds_between
from intake.models import OPEN_STATUSES, Lead, LeadStatus
from leadcrm.lib.alone import wait_for_turn

MOST: Final = 50
# Leads around which groups are drawn anew in one go: who falls out of a crowd is not followed without end.
_MOST_SEEDS: Final = 4 * MOST
# Of the leads that share one value, so many are looked at, the newest where the index knows: the others are too many
# to be one person's.
LOOKED_AT: Final = 1_000
# How far one goes from lead to lead: a phone, then an e-mail, then another phone. Longer chains are no person's.
_ROUNDS: Final = 6
LIVE: Final = (*OPEN_STATUSES, LeadStatus.SOLD)
# Whoever changes groups does it alone, until the end of the transaction.
_LOCK: Final = 0x5457_494E  # "TWIN"

_IS_LIVE: Final = "{0}.status IN ('new', 'contacted', 'quoted', 'sold') AND {0}.erased_at IS NULL"
_NAMED: Final = "{0}.date_of_birth IS NOT NULL AND {0}.zip <> '' AND {0}.last_name <> ''"
# The limits (and OFFSET 0, as in compliance.dedupe) keep each to its index, and bound it: a made-up address may stand
# on a hundred thousand leads.
_BRANCH: Final = """(SELECT found.id FROM unnest({asked}) CROSS JOIN LATERAL (
    SELECT lead.id FROM (SELECT id, status, erased_at FROM intake_lead WHERE {by} LIMIT {looked_at}) AS lead
    WHERE {live} LIMIT {most}
) AS found ORDER BY found.id DESC LIMIT {most})"""
_NEAR: Final = " UNION ".join(
    _BRANCH.format(asked=asked, by=by, live=_IS_LIVE.format("lead"), most=MOST + 1, looked_at=LOOKED_AT)
    for asked, by in (
        ("%(phones)s::text[]) AS asked (value", "phone = asked.value ORDER BY received_at DESC"),
        ("%(phones)s::text[]) AS asked (value", "phone_2 = asked.value AND phone_2 <> ''"),
        (
            "%(emails)s::text[]) AS asked (value",
            "email = asked.value AND email <> '' ORDER BY received_at DESC",
        ),
        (
            "%(born)s::date[], %(zips)s::text[]) AS asked (day, place",
            "date_of_birth = asked.day AND zip = asked.place AND zip <> ''",
        ),
    )
)
_OTHER: Final = """EXISTS (
    SELECT FROM (SELECT id, status, erased_at, last_name FROM intake_lead WHERE {by} LIMIT {looked_at}) AS other
    WHERE {live} AND other.id <> lead.id{more}
)"""


def _other(by: str, more: str = "") -> str:
    return _OTHER.format(by=by, live=_IS_LIVE.format("other"), looked_at=LOOKED_AT, more=more)


_SAME_NAME: Final = _other(
    "date_of_birth = lead.date_of_birth AND zip = lead.zip AND zip <> ''",
    " AND upper(other.last_name) = upper(lead.last_name)",
)
_NOT_ALONE: Final = f"""
SELECT lead.id FROM (SELECT * FROM intake_lead WHERE id = ANY(%(leads)s) OFFSET 0) AS lead
WHERE {_IS_LIVE.format("lead")} AND (
    {_other("phone = lead.phone ORDER BY received_at DESC")}
    OR {_other("phone_2 = lead.phone AND phone_2 <> ''")}
    OR lead.phone_2 <> '' AND {_other("phone = lead.phone_2 ORDER BY received_at DESC")}
    OR lead.phone_2 <> '' AND {_other("phone_2 = lead.phone_2 AND phone_2 <> ''")}
    OR lead.email <> '' AND {_other("email = lead.email AND email <> '' ORDER BY received_at DESC")}
    OR {_NAMED.format("lead")} AND {_SAME_NAME}
) UNION SELECT lead_id FROM agents_twinmember WHERE lead_id = ANY(%(leads)s)
"""  # noqa: S608 - constants


@dataclass(frozen=True, slots=True)
class Found:
    """Leads that hang together, with why. `crowded`: more of them are there."""

    leads: tuple[int, ...]
    grounds: tuple[Ground, ...]
    crowded: bool


def not_alone(leads: Collection[int]) -> list[int]:
    """Those of `leads` (keys) for which groups may have to change: others share a ground, or they are in a group."""
    with connection.cursor() as cursor:
        cursor.execute(_NOT_ALONE, {"leads": list(leads)})
        return [key for (key,) in cursor.fetchall()]


def regroup(*, leads: Collection[int], now: datetime) -> None:
    """Draw the groups around `leads` (keys) anew, as the leads are at the moment. Safe to repeat."""
    with transaction.atomic():
        wait_for_turn(_LOCK)
        before = _membership(leads)
        seeds = sorted({*leads, *before}, reverse=True)
        found: list[Found] = []
        seen: set[int] = set()
        for seed in seeds:
            if seed in seen:
                continue
            faces, crowded = _around(seed, seen)
            seen |= faces.keys() | {seed}
            fellows = _membership(faces.keys() - before.keys())
            before |= fellows
            # The list grows while it is walked: a group that is touched is drawn anew as a whole.
            seeds += sorted(fellows.keys() - seen, reverse=True)[: max(0, _MOST_SEEDS - len(seeds))]
            found += _connected(list(faces.values()), crowded=crowded)
        _write(found, before, now)


def dissolve(*, leads: Collection[int], now: datetime) -> None:
    """Take `leads` (keys) out of their groups: their persons were erased."""
    wait_for_turn(_LOCK)
    fellows = _membership(leads)
    TwinMember.objects.filter(lead__in=leads).delete()
    regroup(leads=fellows.keys() - set(leads), now=now)
    TwinGroup.objects.filter(pk__in=set(fellows.values()), members=None).delete()


def pairs_of(leads: Iterable[Lead]) -> dict[tuple[int, int], list[Ground]]:
    """Why each two of `leads` look like one person's, by their keys in order; without those that share nothing."""
    faces = sorted(map(face_of, leads), key=lambda face: face.id)
    between = {(one.id, other.id): grounds_between(one, other) for one, other in combinations(faces, 2)}
    return {pair: grounds for pair, grounds in between.items() if grounds}


def told_apart(leads: Collection[int]) -> set[tuple[int, int]]:
    """Pairs among `leads` (keys, the lower one first) that a person said are not one person's."""
    return set(NotTwins.objects.filter(low__in=leads, high__in=leads).values_list("low", "high"))


def _membership(leads: Collection[int]) -> dict[int, int]:
    """Lead -> group of everybody in the groups of `leads`."""
    groups = TwinMember.objects.filter(lead__in=leads).values("group")
    return dict(TwinMember.objects.filter(group__in=groups).values_list("lead", "group"))


def _around(seed: int, taken: Collection[int]) -> tuple[dict[int, Face], bool]:
    """Everybody who hangs together with `seed`, but for those `taken`, and whether there are too many."""
    faces: dict[int, Face] = {}
    frontier = [seed]
    crowded = False
    for _ in range(_ROUNDS):
        fresh = [face for face in _faces(frontier) if _belongs(face, faces)]
        faces |= {face.id: face for face in fresh}
        room = MOST - len(faces)
        near = [key for key in _near(fresh) if key not in faces and key not in taken] if fresh else []
        if len(near) > room:
            crowded = True
        frontier = sorted(near, reverse=True)[: max(0, room)]
        if not frontier:
            break
    return faces, crowded


def _belongs(face: Face, to: dict[int, Face]) -> bool:
    """Of those born on one day in one ZIP only the namesakes are meant; the first one belongs to nobody yet."""
    return len(to) == 0 or any(grounds_between(face, known) for known in to.values())


def _faces(leads: Sequence[int]) -> list[Face]:
    rows = Lead.objects.filter(pk__in=leads, status__in=LIVE, erased_at=None).order_by().only(*COLUMNS)
    return [face_of(lead) for lead in rows]


def _near(faces: Sequence[Face]) -> list[int]:
    """Leads that share a number or an address with one of `faces`, or the day of birth in a ZIP (names are seen to)."""
    named = [face for face in faces if face.is_named]
    params: dict[str, Any] = {
        "phones": sorted({phone for face in faces for phone in face.phones}),
        "emails": sorted({face.email for face in faces if face.email}),
        "born": [face.born for face in named], "zips": [face.zip for face in named],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_NEAR, params)
        return [key for (key,) in cursor.fetchall()]


def _connected(faces: Sequence[Face], *, crowded: bool) -> list[Found]:
    """The parts of `faces` that hang together when pairs that were told apart do not count."""
    apart = told_apart([face.id for face in faces])
    ordered = sorted(faces, key=lambda face: face.id)
    edges = {
        (one.id, other.id): grounds
        for one, other in combinations(ordered, 2)
        if (one.id, other.id) not in apart and (grounds := grounds_between(one, other))
    }
    part = {face.id: {face.id} for face in ordered}
    for one, other in edges:
        if part[one] is not part[other]:
            part[one] |= part[other]
            part |= dict.fromkeys(part[other], part[one])
    parts = {id(leads): leads for leads in part.values() if len(leads) > 1}
    return [Found(tuple(sorted(leads)), _grounds(leads, edges), crowded) for leads in parts.values()]


def _grounds(leads: Collection[int], edges: dict[tuple[int, int], list[Ground]]) -> tuple[Ground, ...]:
    told = {ground for (one, _), grounds in edges.items() if one in leads for ground in grounds}
    return tuple(ground for ground in Ground if ground in told)


def _write(found: Sequence[Found], before: dict[int, int], now: datetime) -> None:
    """Make the groups say what was found; one that goes on keeps its number, and its day unless somebody came."""
    leads = {lead for each in found for lead in each.leads}
    TwinMember.objects.filter(lead__in=leads | before.keys()).delete()
    kept = {group.pk: group for group in TwinGroup.objects.filter(pk__in=set(before.values()))}
    gone = set(kept)
    for each in sorted(found, key=lambda one: one.leads):
        were = Counter(before[lead] for lead in each.leads if before.get(lead) in gone)
        group = kept[were.most_common(1)[0][0]] if were else TwinGroup()
        gone.discard(group.pk)
        _save(group, each, before, now)
        TwinMember.objects.bulk_create(TwinMember(group=group, lead_id=lead) for lead in each.leads)
    TwinGroup.objects.filter(pk__in=gone).delete()


def _save(group: TwinGroup, found: Found, before: dict[int, int], now: datetime) -> None:
    said: dict[str, Any] = {"grounds": list(found.grounds), "crowded": found.crowded}
    if group._state.adding or any(before.get(lead) != group.pk for lead in found.leads):
        said["found_at"] = now
    if any(getattr(group, name) != value for name, value in said.items()):
        for name, value in said.items():
            setattr(group, name, value)
        group.save()
