"""Taking an agent on: the login, the licenses, the place in the pool."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from agents.models import Agent, LastLink, License, Membership, Pool, Team
from leadcrm.lib.places import STATES
from leadcrm.models import User

DEFAULT_POOL: Final = "Everyone"


@dataclass(frozen=True, slots=True)
class LicenseGrant:
    """A license as an operator states it: state, line of authority or product, last day (None: no end)."""

    state: str
    line: str
    expires_on: date | None = None

    @classmethod
    def read(cls, text: str) -> "LicenseGrant":
        """From `TX:life` or `TX:final_expense:2027-06-30`. Raises ValueError with a sentence."""
        parts = [part.strip() for part in text.split(":")]
        if len(parts) not in (2, 3) or not all(parts):
            raise ValueError(
                f"“{text}” is no license; write STATE:LINE or STATE:LINE:LAST-DAY, such as TX:life"
            )
        state, line = parts[0].upper(), parts[1].lower()
        if state not in STATES:
            raise ValueError(f"“{parts[0]}” in “{text}” is no state; write a code such as TX")
        try:
            last_day = date.fromisoformat(parts[2]) if len(parts) == 3 else None
        except ValueError:
            raise ValueError(f"“{parts[2]}” in “{text}” is no day; write it as 2027-06-30") from None
        return cls(state, line, last_day)


@dataclass(frozen=True, slots=True)
class NewAgent:
    """A person as taken on. `weight` is the share of the pool's leads (0: none); no `daily_cap`: no limit."""

    email: str
    name: str
    password: str
    licenses: tuple[LicenseGrant, ...] = ()
    weight: int = 1
    daily_cap: int | None = None
    team: str = ""
    staff: bool = False


def take_on_agent(*, new: NewAgent, licensed_from: date, pool: Pool | None = None) -> Agent:
    """A new user and agent with licenses from that day on and a place in `pool` (default: “Everyone”).

    Team and pool are made when there are none of those names. All or nothing. Raises ValidationError by field
    of NewAgent: a known e-mail address, a weak password, an unknown line, a license that has run out.
    """
    with transaction.atomic():
        user = _new_user(new)
        agent = Agent.objects.create(user=user, team=_team_named(new.team), daily_cap=new.daily_cap)
        _grant(agent, new.licenses, licensed_from)
        Membership.objects.create(pool=pool or default_pool(), agent=agent, weight=new.weight)
    return agent


def default_pool() -> Pool:
    """The pool every new agent joins. It takes every lead, and refuses the post when nobody may take one."""
    pool, _ = Pool.objects.get_or_create(name=DEFAULT_POOL, defaults={"last_link": LastLink.REFUSE})
    return pool


def _new_user(new: NewAgent) -> User:
    first, _, last = " ".join(new.name.split()).rpartition(" ")
    user = User(email=new.email.strip().lower(), first_name=first or last, last_name=last if first else "")
    user.is_staff = new.staff
    if not (user.first_name or user.last_name):
        raise ValidationError({"name": "An agent needs a name"})
    known = ValidationError({"email": f"There is a user {user.email} already; nothing was changed"})
    if User.objects.filter(email=user.email).exists():
        raise known
    _check_password(new.password, user)
    user.set_password(new.password)
    user.full_clean(validate_unique=False, validate_constraints=False)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise known from error
    return user


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from None


def _team_named(name: str) -> Team | None:
    name = " ".join(name.split())
    if not name:
        return None
    found = Team.objects.filter(name__iexact=name).first()
    if found:
        return found
    team = Team(name=name)
    try:
        team.clean_fields()
    except ValidationError as error:
        raise ValidationError({"team": error.messages}) from None
    team, _ = Team.objects.get_or_create(name=name)
    return team


def _grant(agent: Agent, grants: Iterable[LicenseGrant], first_day: date) -> None:
    seen: set[tuple[str, str]] = set()
    for grant in grants:
        if (grant.state, grant.line) in seen:
            raise ValidationError({"licenses": f"{grant.state}:{grant.line} is given twice"})
        if grant.expires_on and grant.expires_on < first_day:
            raise ValidationError({"licenses": f"{grant.state}:{grant.line} ran out on {grant.expires_on}"})
        seen.add((grant.state, grant.line))
        row = License(
            agent=agent,
            state=grant.state,
            line=grant.line,
            effective_on=first_day,
            expires_on=grant.expires_on,
        )
        try:
            row.full_clean()
        except ValidationError as error:
            raise ValidationError({"licenses": error.messages}) from None
        row.save(force_insert=True)
