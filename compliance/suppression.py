"""The agency's own do-not-contact list: putting a person on it."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from compliance.models import STOPS_CALLS, Revocation, RevocationScope, Suppression, SuppressionKind
from leadcrm.lib.hashed import codes_of
from leadcrm.lib.lookup import all_keyed
from leadcrm.models import User


def suppress(
    *,
    phone: str,
    email: str,
    kind: SuppressionKind,
    reason: str,
    channel: str,
    by: User | None,
    now: datetime,
    scope: RevocationScope = RevocationScope.ALL,
    revocation: Revocation | None = None,
) -> list[Suppression]:
    """Put `phone` (E.164) and `email` on the list at once, and return the rows now in force for them.

    `scope` says what must not be done any more, `revocation` which request it follows from. A narrower request stands
    beside a wider one, so that releasing the one leaves the other.

    Either may be "", not both. One row each, so that a phone already listed never keeps an address off the list.
    Effective with the caller's transaction; asking again, or twice at the same moment, changes nothing: the first
    request's words and date stand. Raises ValueError when neither is given. Rule: compliance.md, section 4
    (internal requests take effect at once and never expire).
    """
    email = email.strip().lower()
    if not phone and not email:
        raise ValueError("A suppression needs a phone number or an e-mail address")
    about = {
        "kind": kind, "scope": scope, "reason": reason[:200], "channel": channel[:20], "added_by": by,
        "added_at": now, "revocation": revocation,
    }  # fmt: skip
    rows = [Suppression(phone=phone, hash_codes=codes_of([phone]), **about)] if phone else []
    rows += [Suppression(email=email, hash_codes=codes_of([], email), **about)] if email else []
    with transaction.atomic():
        # ON CONFLICT DO NOTHING waits for a rival that is about to commit the same row.
        Suppression.objects.bulk_create(rows, ignore_conflicts=True)
        return list(in_force(phone=phone, email=email).filter(kind=kind, scope=scope))


def suppress_person(
    *,
    phones: Iterable[str],
    email: str,
    reason: str,
    channel: str,
    by: User | None,
    now: datetime,
    scope: RevocationScope,
    revocation: Revocation | None,
) -> None:
    """Put every number and the address of somebody who asked us to stop on the list, as `suppress` does.

    Empty ones are passed over; nothing is done for somebody without any.
    """
    first, *others = [phone for phone in phones if phone] or [""]
    for phone, address in ((first, email), *((other, "") for other in others)):
        if phone or address:
            suppress(
                phone=phone, email=address, kind=SuppressionKind.INTERNAL, scope=scope, reason=reason,
                channel=channel, by=by, now=now, revocation=revocation,
            )  # fmt: skip


def in_force(*, phone: str = "", phone_2: str = "", email: str = "") -> QuerySet[Suppression]:
    """The suppressions that hold for any of the given, newest first. Empty values match nothing.

    People who were erased are found by the keyed digest that is kept of them.
    """
    phones = [number for number in (phone, phone_2) if number]
    emails = [email.strip().lower()] if email else []
    names = {
        "phone": phones,
        "email": emails,
        "phone_hash": all_keyed(phones),
        "email_hash": all_keyed(emails),
    }
    theirs = Q(pk__in=[])
    for column, values in names.items():
        theirs |= Q(**{f"{column}__in": values}) & ~Q(**{column: ""})
    return Suppression.objects.filter(theirs, released_at__isnull=True)


def stopping_calls(*, phone: str = "", phone_2: str = "", email: str = "") -> QuerySet[Suppression]:
    """Those of `in_force` that forbid calling: who asked for no texts only may be called."""
    return in_force(phone=phone, phone_2=phone_2, email=email).filter(scope__in=STOPS_CALLS)


def release(*, suppression: Suppression, by: User, now: datetime) -> bool:
    """Take one entry off the list from `now` on; its row stays, with who did it. False if it was off already."""
    held = Suppression.objects.filter(pk=suppression.pk, released_at__isnull=True)
    return bool(held.update(released_at=now, released_by=by))
