"""What a post's decision can have known, found again in the rows by their moments.

A decision reads what is committed while it runs, and its moment is that of the post's arrival. So rows that came or
went within UNSETTLED of it may or may not have been seen: then there is more than one past that it can have known,
and only its own record tells which. The same holds for what is not kept. Nothing here writes or locks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from compliance.check import Facts
from compliance.checks import suppression
from compliance.dedupe import person_params
from compliance.dnc.answers import Answer, HeldVersion, Why
from compliance.dnc.scrubbing import listed_in
from compliance.evidence.history import lists_as_of
from compliance.evidence.moments import UNSETTLED
from compliance.evidence.past_own_list import own_lists
from compliance.models import DncList, DncVersion, ListKind
from compliance.policy import Policy
from intake.post import Post


@dataclass(frozen=True, slots=True)
class Asked:
    """A decision whose facts are to be found again: its post under its configuration, and what it recorded."""

    post: Post
    policy: Policy
    record: Mapping[str, Any]  # of the check that asks
    versions: Mapping[str, int]  # list code -> version used
    decision_id: int


@dataclass(frozen=True, slots=True)
class Known:
    """The pasts that are possible; none: only the record tells. `why` the record is needed, for people.

    `wrong` says what in the record itself cannot be, whatever comes out.
    """

    facts: tuple[Facts, ...] = ()
    why: str = ""
    wrong: tuple[str, ...] = ()


def know_lists(asked: Asked) -> Known:
    """The agency's own list and the do-not-call lists, for the check `suppression`."""
    params = next(i.params for i in asked.policy.checks if i.check.name == suppression.check.name)
    own = own_lists(asked.post, params)
    answers, why, wrong = _list_answers(asked)
    if why:
        return Known((), why, wrong)
    return Known(
        tuple(Facts(suppressed=kinds, lists=answers) for kinds in own),
        "somebody was put on the agency's own list, or taken off it, at that moment",
        wrong,
    )


def _list_answers(asked: Asked) -> tuple[tuple[Answer, ...], str, tuple[str, ...]]:
    """The lists' answers in the versions that the decision names; else why not, and what about them cannot be."""
    post, answers, wrong = asked.post, list[Answer](), list[str]()
    numbers = [phone[2:] for phone in dict.fromkeys(person_params(post)["phones"])]
    versions = DncVersion.objects.in_bulk(list(asked.versions.values()))
    lists = lists_as_of(post.config_version)
    for listing in lists:
        if not _is_asked(listing, post):
            continue
        key = asked.versions.get(listing.code)
        version = None if key is None else versions.get(key)
        if key is not None:
            wrong += _not_in_use(listing, key, version, post)
        bits = None if version is None else listed_in(version, numbers)
        if version is not None and bits is None:
            return (), f"the history of {listing.code} is not kept that far back", tuple(wrong)
        answers += _answers(listing, version, numbers, bits, post)
    if not any(row.code == ListKind.NATIONAL for row in lists):
        answers += _answers(None, None, numbers, None, post)
    return tuple(sorted(answers, key=lambda answer: (answer.list_code, answer.phone))), "", tuple(wrong)


def _is_asked(listing: DncList, post: Post) -> bool:
    return listing.active and listing.state in ("", post.fields.get("state"))


def _not_in_use(listing: DncList, key: int, version: DncVersion | None, post: Post) -> Iterable[str]:
    """What is wrong with a recorded version: no version of that list, or not the one in use at that moment."""
    if version is None or version.dnc_list_id != listing.pk:
        yield f"version {key} of {listing.code} is gone"
        return
    later = DncVersion.objects.filter(
        dnc_list=listing.pk, number__gt=version.number, finished_at__lte=post.now - UNSETTLED,
        state__in=("ready", "superseded"),
    )  # fmt: skip
    if version.finished_at is None or version.finished_at > post.now + UNSETTLED or later.exists():
        yield f"version {key} of {listing.code} was not the one in use"


def _answers(
    listing: DncList | None, version: DncVersion | None, numbers: list[str], bits: tuple[bool, ...] | None, post: Post
) -> Iterable[Answer]:  # fmt: skip
    """One answer a number, as compliance.dnc.probe gives them."""
    held = HeldVersion(
        list_id=listing.pk if listing else None,
        list_code=listing.code if listing else ListKind.NATIONAL,
        version_id=version.pk if version else None,
        effective_on=version.effective_on if version else None,
        stale_after_days=listing.stale_after_days if listing else None,
        why=Why.PLAIN,
        kind=listing.kind if listing else ListKind.NATIONAL,
    )
    today = post.now.astimezone(settings.AGENCY_ZONE).date()
    for place, number in enumerate(numbers):
        covered = listing is not None and (
            not listing.by_area_code
            or (version is not None and (version.covers_all or int(number[:3]) in version.area_codes))
        )
        yield held.answer(bit=bits is not None and bits[place], covered=covered, today=today, phone=place + 1)
