"""Who is asked for a second factor, and who must have one: the agency decides by SECOND_FACTOR."""

from django.conf import settings
from django.db.models import Count, Q

from agents.models import Authenticator
from leadcrm.models import User


def is_offered() -> bool:
    """False where the agency has switched second factors off: none is asked for and none can be set up."""
    return bool(settings.SECOND_FACTOR != "off")


def must_have(user: User) -> bool:
    """True when `user` may open no page without one."""
    everyone, staff = settings.SECOND_FACTOR == "everyone", settings.SECOND_FACTOR == "staff"
    return everyone or (staff and (user.is_staff or user.is_superuser))


def is_asked(user: User) -> bool:
    """True when the password alone does not log `user` in."""
    return is_offered() and has_one(user)


def has_one(user: User) -> bool:
    """True when `user` has set one up to the end."""
    return bool(Authenticator.objects.filter(user=user, confirmed=True).exists())


def factor_of(user: User) -> Authenticator | None:
    """What `user` has set up, with the number of unused codes as `codes_left`."""
    left = Count("backup_codes", filter=Q(backup_codes__used_at__isnull=True))
    found: Authenticator | None = (
        Authenticator.objects.filter(user=user, confirmed=True).annotate(codes_left=left).first()
    )
    return found
