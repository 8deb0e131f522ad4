"""What a ping says that its post must say, too: clean values in JSON, by name. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings

from intake.models import PriceKind
from intake.post import Post, Reason
from intake.pricing import age_of, whole_cents
from leadcrm.lib.hashed import hashable, keyed_of


def said(post: Post, names: Iterable[str], today: date) -> dict[str, Any]:
    """The values of `names` that `post` gives, as they are kept; one that it leaves out is left out.

    `age` is told by a date of birth as well, as of `today` (agency time): the date itself is kept only if it is named.
    """
    found = {name: _value(post, name, today) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def said_by_ping(post: Post) -> dict[str, Any]:
    """What is kept of the ping `post`: what its source marks, what prices it, and the price asked where that is one."""
    names = set(post.source.kept_of_ping)
    if post.source.source.price_kind == PriceKind.ASK:
        names.add("price")
    return said(post, sorted(names), day_of(post.submission.received_at))


def disagreements(kept: Mapping[str, Any], post: Post, pinged_at: datetime) -> tuple[Reason, ...]:
    """A reason for each field in which `post` does not say what its ping, made at `pinged_at` (aware), said."""
    now_said = said(post, kept, day_of(pinged_at))
    return tuple(
        Reason("ping_mismatch", "Is not what the ping said.", name)
        for name, value in sorted(kept.items())
        if now_said.get(name) != value
    )


def other_person(kept: Mapping[str, Mapping[str, str]], post: Post) -> tuple[Reason, ...]:
    """A reason for each hash of the ping that is not of the person in `post`: who was asked about is who is posted.

    A post without an e-mail address is of the person whose address was told, too.
    """
    phones = [post.fields[name].e164 for name in ("phone", "phone_2") if name in post.fields]
    told = {"phone": [hashable(phone) for phone in phones]}
    if post.fields.get("email"):
        told["email"] = [hashable(email=post.fields["email"])]
    return tuple(
        Reason("ping_mismatch", "Is not who the ping was about.", of)
        for of, hashed in sorted(kept.items())
        if told.get(of) and hashed["keyed"] not in [keyed_of(hashed["of"], text) for text in told[of]]
    )


def day_of(moment: datetime) -> date:
    """Agency time."""
    return moment.astimezone(settings.AGENCY_ZONE).date()


def _value(post: Post, name: str, today: date) -> Any:
    if name == "age":
        return age_of(post.fields, today)
    value = post.fields.get(name, post.attributes.get(name))
    if name == "zip" and value is not None:
        return value.zip5
    if isinstance(value, Decimal):
        return str(whole_cents(value))
    return value.isoformat() if isinstance(value, date | datetime) else value
