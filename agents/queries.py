"""Which leads a person may see, and the ways to find one. Every page starts from `visible_leads`."""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from django.contrib.auth.models import Permission
from django.db.models import Q, QuerySet

from agents.models import Agent, Communication, Policy
from compliance.models import Certificate, CertificateState
from intake.models import Lead
from intake.queries import has_number
from leadcrm.lib.normalize import age_on
from leadcrm.models import User

SEARCH_LIMIT: Final = 50
# Shorter words are no id and no policy number.
SHORTEST_ID: Final = 3
_NUMBER: Final = re.compile(r"[aA]-?\s*([0-9]{1,18})")
_DIGITS_ONLY: Final = re.compile(r"[+0-9().\-\s/]+")


def sees_everything(user: User) -> bool:
    """True for staff who may view every lead (permission intake.view_lead)."""
    return user.is_staff and user.has_perm("intake.view_lead")


def may_export(user: User) -> bool:
    """True for staff who may take leads out as a file (permission agents.export_lead), which agents never may."""
    return sees_everything(user) and user.has_perm("agents.export_lead")


def staff_with(permission: str) -> QuerySet[User]:
    """Staff who may log in and have `permission` (app.codename), superusers among them."""
    app, codename = permission.split(".")
    holds = Permission.objects.filter(content_type__app_label=app, codename=codename)
    either = Q(is_superuser=True) | Q(user_permissions__in=holds) | Q(groups__permissions__in=holds)
    return User.objects.filter(either, is_staff=True, is_active=True).distinct()


def visible_leads(user: User) -> QuerySet[Lead]:
    """The leads `user` may see: all for staff with the permission, else their own and, for a leader, the team's."""
    if sees_everything(user):
        return Lead.objects.all()
    return Lead.objects.filter(owner__in=visible_owners(user))


def visible_owners(user: User) -> list[int]:
    """The keys of the users whose leads `user` sees without being staff: the user's own and those of teams led."""
    team = Agent.objects.filter(team__leader=user).values_list("user_id", flat=True)
    return sorted({user.pk, *team})


def owners_to_choose(user: User) -> QuerySet[User] | None:
    """The people a list can be narrowed to; None for an agent, who has only own leads."""
    if sees_everything(user):
        return User.objects.filter(agent__isnull=False).order_by("last_name", "first_name", "pk")
    owners = visible_owners(user)
    return (
        User.objects.filter(pk__in=owners).order_by("last_name", "first_name", "pk")
        if len(owners) > 1
        else None
    )


def may_see_price(user: User, lead: Lead) -> bool:
    """Prices are for managers and for the leader of the owner's team, not for the agent who works the lead."""
    if sees_everything(user):
        return True
    return Agent.objects.filter(user=lead.owner, team__leader=user).exists() if lead.owner else False


def search_leads(user: User, words: str) -> QuerySet[Lead]:
    """The visible leads that `words` may mean, newest first: A-number, phone, e-mail, ZIP, name, id, policy number.

    The id is the vendor's own; it and a policy's number are meant whole, the number in any case. Each way is one
    indexed comparison. A last name is matched from its beginning, in any case, also before it a first name; both may
    be of several words; a whole first name may stand alone. Nothing readable finds nothing. One query more where the
    words may be a number.
    """
    words = " ".join(words.split())
    meaning = _meaning(words)
    if len(words) >= SHORTEST_ID and "@" not in words:
        meaning = (meaning or Q()) | Q(vendor_lead_id=words)
        # Read first: a subquery beside an OR would be asked of every row.
        if insured := leads_insured_by(words):
            meaning |= Q(pk__in=insured)
    leads = visible_leads(user)
    return leads.filter(meaning).order_by("-received_at", "-pk") if meaning else leads.none()


def leads_insured_by(number: str) -> list[int]:
    """The keys of the leads with a policy of that number, in any case; whoever asks says which of them count."""
    found = Policy.objects.filter(number__iexact=number, lead__erased_at__isnull=True)
    return list(found.order_by().values_list("lead_id", flat=True)[: SEARCH_LIMIT + 1])


def _meaning(words: str) -> Q | None:
    """The condition that `words` stand for, or None for words that can mean no lead."""
    if number := _NUMBER.fullmatch(words):
        return Q(pk=int(number[1]))
    if "@" in words:
        return Q(email=words.lower().replace(" ", ""))
    if _DIGITS_ONLY.fullmatch(words):
        return _digits(re.sub(r"\D", "", words))
    return _name(words.split()) if words else None


def _name(parts: Sequence[str]) -> Q:
    """The beginning of a last name, a whole first name, or first and last: where one ends, of several words, is open.

    Each way begins with the last name or holds the whole first one: an index is there for either.
    """
    whole = " ".join(parts)
    meaning = Q(last_name__istartswith=whole) | Q(first_name__iexact=whole)
    for end in range(1, min(len(parts), 6)):
        first, last = " ".join(parts[:end]), " ".join(parts[end:])
        meaning |= Q(first_name__istartswith=first, last_name__istartswith=last)
    return meaning


def _digits(digits: str) -> Q | None:
    """A whole phone number, its beginning (six digits or more), a ZIP, or the number of a lead."""
    national = digits[1:] if len(digits) > 5 and digits.startswith("1") else digits
    if len(national) == 10:
        return has_number(f"+1{national}")
    if 6 <= len(national) < 10:
        start = f"+1{national}"
        # A range, not LIKE: it uses the plain index under any collation.
        return Q(phone__gte=start, phone__lte=start + "9" * (10 - len(national)))
    if len(digits) == 5:
        return Q(zip=digits) | Q(pk=int(digits))
    return Q(pk=int(digits)) if 0 < len(digits) < 5 else None


def age_of(lead: Lead, today: date) -> int | None:
    """The person's age on `today`: from the date of birth, else as it was posted, else None."""
    return age_on(lead.date_of_birth, today) if lead.date_of_birth else lead.age


def phones_of(lead: Lead) -> list[str]:
    """The lead's numbers, the first one first."""
    return [lead.phone, lead.phone_2] if lead.phone_2 else [lead.phone]


def last_outcomes(lead_ids: Iterable[int]) -> dict[int, Communication]:
    """The latest call, text or e-mail of each lead that has one."""
    latest = (
        Communication.objects.filter(lead_id__in=list(lead_ids))
        .exclude(channel="note")
        .order_by("lead_id", "-at", "-pk")
        .distinct("lead_id")
    )
    return {communication.lead_id: communication for communication in latest}


def evidence_at_risk(lead_ids: Iterable[int]) -> dict[int, Certificate]:
    """The certificate of each lead that still waits to be retained and will vanish, the soonest to go."""
    waiting = Certificate.objects.filter(
        lead_id__in=list(lead_ids), state=CertificateState.WAITING, vanishes_at__isnull=False
    ).only("lead", "provider", "state", "vanishes_at")
    return {row.lead_id: row for row in waiting.order_by("-vanishes_at")}


def communications_of(*, leads: Iterable[int]) -> QuerySet[Communication]:
    """Every call, text, e-mail and note of these leads (keys), oldest first: for their evidence, whoever asks."""
    return Communication.objects.filter(lead__in=list(leads)).order_by("at", "pk")
