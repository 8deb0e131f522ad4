"""The shared ground: the people who log in, and the stamp that tells caches when configuration changed."""

from typing import Any, ClassVar, Final

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models import F
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

# Django's own, so that nobody is logged out for the field below.
_SESSION_SALT: Final = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"


class UserManager(BaseUserManager["User"]):
    """Makes users that log in with their e-mail address."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A saved user; `email` is stored in lower case, a `password` of None cannot log in."""
        if not email:
            raise ValueError("A user needs an e-mail address")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A saved user with every permission."""
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **fields})


class User(AbstractUser):
    """A person who logs in: an agent, a manager, a compliance officer. The e-mail address is the login."""

    username = None  # type: ignore[assignment]
    email = models.EmailField("e-mail", unique=True)
    # Part of what a session is signed with: raised, it ends every session there is.
    session_epoch = models.PositiveIntegerField(default=0, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta(AbstractUser.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="user_email_any_case_unique"),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django's, with the epoch; an epoch of 0 leaves sessions from before there was one as they are."""
        signed = f"{self.password}:{self.session_epoch}" if self.session_epoch else self.password
        return salted_hmac(_SESSION_SALT, signed, secret=secret, algorithm="sha256").hexdigest()

    def end_sessions(self) -> None:
        """Log this person out everywhere, at once. This object then knows the new epoch."""
        User.objects.filter(pk=self.pk).update(session_epoch=F("session_epoch") + 1)
        self.refresh_from_db(fields=["session_epoch"])


class RoleGrant(models.Model):
    """One permission that a role of ours was given once (leadcrm.roles). What is taken from it later stays taken."""

    role = models.CharField(max_length=40)
    app = models.CharField(max_length=40)
    codename = models.CharField(max_length=100)
    granted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["role", "app", "codename"], name="role_granted_once"),
        ]

    def __str__(self) -> str:
        return f"{self.role}: {self.app}.{self.codename}"


class ConfigStamp(models.Model):
    """One row whose number grows with every committed change of configuration.

    Triggers on the configuration tables raise it (see the `triggers` migrations), so a change made by the
    admin, a command or plain SQL is seen by every process at its next post. Read by `leadcrm.lib.config`.
    """

    version = models.BigIntegerField(default=1)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(pk=1), name="config_stamp_is_one_row"),
        ]

    def __str__(self) -> str:
        return str(self.version)
