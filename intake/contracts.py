"""Contracts with vendors: opening a source, and changing its key."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Concat

from intake.keys import issue_key
from intake.mapping import loose
from intake.models import (
    ApiKey,
    Dialect,
    KeyScope,
    Mode,
    Profile,
    Source,
    SourceStatus,
    Vendor,
    Vertical,
)
from leadcrm.lib.keys import key_from
from leadcrm.models import User


@dataclass(frozen=True, slots=True)
class Contract:
    """What is agreed with a vendor about one source. `price` in dollars, `rate_limit` in posts per minute."""

    vendor: str
    name: str
    interest: str
    price: Decimal
    live: bool = False
    mode: Mode = Mode.REALTIME
    profile: Profile = Profile.ALWAYS200
    dialect: Dialect = Dialect.NATIVE
    key_in_body: bool = False
    networks: tuple[str, ...] = ()
    rate_limit: int | None = 1200
    demo: bool = False


def open_source(*, contract: Contract, by: User | None = None) -> tuple[Source, str]:
    """A new source with its first key, and the key's text, which cannot be shown again.

    The vendor is made when no vendor bears that name in any case. All or nothing. Raises ValidationError by
    field, also when the vendor has a source of that name.
    """
    with transaction.atomic():
        source = Source(
            vendor=_vendor_named(contract.vendor),
            name=contract.name.strip(),
            vertical=find_vertical(contract.interest),
            price=contract.price,
            status=SourceStatus.LIVE if contract.live else SourceStatus.TEST,
            mode=contract.mode,
            profile=contract.profile,
            dialect=contract.dialect,
            key_in_body=contract.key_in_body,
            allowed_networks=list(contract.networks),
            rate_limit=contract.rate_limit,
            demo=contract.demo,
        )
        save_new_source(source)
        _, text = issue_key(source=source, label="First key", created_by=by)
    return source, text


def rotate_key(
    *, source: Source, expire_old_at: datetime, now: datetime, by: User | None = None
) -> tuple[ApiKey, str, list[ApiKey]]:
    """A new posting key of `source`, its text, and the older keys, which end at `expire_old_at` or before.

    Keys that were revoked, have expired or may do something else than post stay as they are.
    """
    with transaction.atomic():
        Source.objects.select_for_update().get(pk=source.pk)
        usable = Q(revoked_at__isnull=True) & (Q(expires_at__isnull=True) | Q(expires_at__gt=now))
        old = list(source.keys.filter(usable, scope=KeyScope.POST))
        source.keys.filter(pk__in=[key.pk for key in old]).exclude(expires_at__lte=expire_old_at).update(
            expires_at=expire_old_at
        )
        for key in old:
            key.refresh_from_db(fields=["expires_at"])
        new, text = issue_key(source=source, label=f"Rotated {now:%Y-%m-%d}", created_by=by)
    return new, text, old


def find_source(text: str) -> Source:
    """The source of that number, or of that “Vendor · Name” in any case. Raises ValidationError."""
    text = text.strip()
    if key := key_from(text):
        found = Source.objects.filter(pk=key)
    else:
        full_name = Concat(F("vendor__name"), Value(" · "), F("name"))
        found = Source.objects.annotate(full_name=full_name).filter(full_name__iexact=text)
    sources = list(found.select_related("vendor", "vertical"))
    if len(sources) == 1:
        return sources[0]
    if sources:
        numbers = ", ".join(str(source.pk) for source in sources)
        raise ValidationError(
            {"source": f"“{text}” is the name of several sources: {numbers}. Give the number."}
        )
    raise ValidationError({"source": f"There is no source “{text}”. Give its number or “Vendor · Name”."})


def find_vertical(word: str) -> Vertical:
    """The vertical that `word` names by its code, name or another of its words. Raises ValidationError."""
    verticals = list(Vertical.objects.all())
    wanted = loose(word)
    # A code goes before another vertical's word: "health" may be both.
    for vertical in verticals:
        if loose(vertical.code) == wanted:
            return vertical
    for vertical in verticals:
        if wanted in {loose(each) for each in (vertical.name, *vertical.words)}:
            return vertical
    known = ", ".join(vertical.code for vertical in verticals)
    raise ValidationError({"interest": f"“{word}” is no kind of insurance known here; known are {known}"})


def _vendor_named(name: str) -> Vendor:
    name = " ".join(name.split())
    found = Vendor.objects.filter(name__iexact=name).first()
    if found:
        return found
    vendor = Vendor(name=name)
    try:
        vendor.clean_fields()
    except ValidationError as error:
        raise ValidationError({"vendor": error.messages}) from None
    vendor, _ = Vendor.objects.get_or_create(name__iexact=name, defaults={"name": name})
    return vendor


def save_new_source(source: Source) -> None:
    """Save a source that is not saved yet. Raises ValidationError by field, also when the name is taken."""
    twice = ValidationError(
        {"name": f"{source.vendor} has a source named “{source.name}” already; nothing was changed"}
    )
    if Source.objects.filter(vendor=source.vendor, name__iexact=source.name).exists():
        raise twice
    source.full_clean(validate_constraints=False)
    try:
        # The constraint decides between two at the same moment.
        with transaction.atomic():
            source.save(force_insert=True)
    except IntegrityError as error:
        if "source_name_once_per_vendor" in str(error):
            raise twice from error
        raise
