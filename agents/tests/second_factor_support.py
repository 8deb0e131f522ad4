"""A person with a second factor, and what their app would show."""

from base64 import b32decode
from typing import Any

from django.test import Client
from django.utils import timezone
from django_otp.oath import TOTP

from agents.models import Authenticator
from agents.second_factor.enrolling import begin_set_up, confirm
from leadcrm.models import User

PASSWORD = "a long password"


def app_shows(user: User, *, steps: int = 0) -> str:
    """The code of the user's app now, or `steps` of thirty seconds later."""
    generator = TOTP(b32decode(Authenticator.objects.get(user=user).key), drift=steps)
    generator.time = timezone.now().timestamp()
    return f"{generator.token():06}"


def with_password(user: User) -> User:
    user.set_password(PASSWORD)
    user.save()
    return user


def with_factor(user: User) -> list[str]:
    """Set it up as the pages do; its backup codes. The code of the step before is spent by it."""
    with_password(user)
    now = timezone.now()
    begin_set_up(user=user, now=now)
    return confirm(user=user, code=app_shows(user, steps=-1), now=now)


def give_password(client: Client, user: User, **more: str) -> Any:
    return client.post("/login/", {"username": user.email, "password": PASSWORD, **more})


def give_code(client: Client, code: str) -> Any:
    return client.post("/login/code/", {"code": code})
