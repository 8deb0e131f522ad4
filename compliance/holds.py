"""Legal holds: while one stands, nothing about its number is erased."""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from compliance.dnc.numbers import ten_digits
from compliance.models import LegalHold
from leadcrm.models import User


def place_hold(*, phone: str, reason: str, by: User, now: datetime) -> LegalHold:
    """Keep everything about `phone` (any US notation) from `now` on, for `reason`.

    A hold that stands already is given back unchanged, also to two at once. Raises ValidationError by field.
    """
    digits = ten_digits(phone)
    wrong = {}
    if digits is None:
        wrong["phone"] = "This is not a US phone number of ten digits."
    if not reason.strip():
        wrong["reason"] = "Say what it is for: whoever asks to lift it must know."
    if wrong:
        raise ValidationError(wrong)
    number = f"+1{digits}"
    row = LegalHold(phone=number, reason=reason.strip()[:200], placed_at=now, placed_by=by)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        standing = standing_hold([number])
        if standing is None:
            raise
        return standing
    return row


def lift_hold(*, hold: LegalHold, why: str, by: User, now: datetime) -> bool:
    """End `hold`: what is due is erased by the next run. False if it had ended. ValidationError without `why`."""
    if not why.strip():
        raise ValidationError({"why": "Say why it ends."})
    standing = LegalHold.objects.filter(pk=hold.pk, lifted_at__isnull=True)
    return standing.update(lifted_at=now, lifted_by=by, lifted_why=why.strip()[:200]) == 1


def standing_hold(phones: Iterable[str]) -> LegalHold | None:
    """The hold that stands over one of `phones` (E.164), if any."""
    return LegalHold.objects.filter(phone__in=list(phones), lifted_at__isnull=True).first()


def held_phones() -> list[str]:
    """The numbers (E.164) of all holds that stand."""
    return list(LegalHold.objects.filter(lifted_at__isnull=True).values_list("phone", flat=True))
