"""The shared ground: the people who log in, and the stamp that tells caches when configuration changed."""

from typing import Any, ClassVar, Final

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from leadcrm.lib.ids import uuid7

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


class JobResult(models.TextChoices):
    """How a run of a periodic job ended."""

    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class Job(models.Model):
    """A periodic job of leadcrm.celery, and how its last run went. Written by the workers (leadcrm.jobs)."""

    name = models.CharField(max_length=60, unique=True, help_text="As the list of periodic jobs calls it.")
    known_at = models.DateTimeField(help_text="Since when this installation has the job.")
    started_at = models.DateTimeField(null=True, help_text="The last run.")
    ended_at = models.DateTimeField(null=True, help_text="The last run that ended.")
    result = models.CharField(max_length=6, choices=JobResult, blank=True)
    error = models.CharField(max_length=120, blank=True, help_text="The kind of error; never what it quotes.")
    seconds = models.FloatField(null=True, help_text="How long the run took that ended last.")
    removed = models.PositiveBigIntegerField(
        null=True, help_text="Rows it deleted or blanked, of jobs that do."
    )
    done_at = models.DateTimeField(null=True, help_text="The last run that ended well.")
    failed_at = models.DateTimeField(null=True, help_text="The last run that failed.")
    runs = models.PositiveBigIntegerField(default=0)
    failures = models.PositiveBigIntegerField(default=0)
    seconds_in_all = models.FloatField(default=0)

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = "job"
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(result__in=["", *JobResult.values]), name="job_result_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class JobRun(models.Model):
    """One run of a job that is worth remembering: each of a nightly job, and whatever failed."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="kept_runs", db_index=False)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    result = models.CharField(max_length=6, choices=JobResult)
    error = models.CharField(max_length=120, blank=True)
    removed = models.PositiveBigIntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        verbose_name = "run"
        default_permissions = ("view",)
        indexes: ClassVar = [models.Index(fields=["job", "-id"], name="job_run_of_job")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(result__in=JobResult.values), name="job_run_result_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_id} at {self.started_at:%Y-%m-%d %H:%M}"


class BulkState(models.TextChoices):
    """Where a run stands."""

    DRAFT = "draft", "Not confirmed"
    RUNNING = "running", "Under way"
    FINISHED = "finished", "Finished"


class BulkRun(models.Model):
    """One act on many rows (leadcrm.bulk): who wanted what of which rows, and how many were done."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    action = models.CharField(max_length=40)
    label = models.CharField("act", max_length=80)
    model = models.CharField(max_length=60, help_text="What the rows are, as app.model.")
    what = models.CharField("chosen", max_length=200, help_text="How the rows were chosen.")
    back = models.CharField(max_length=300, blank=True, help_text="The list's filters.")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=8, choices=BulkState, default=BulkState.DRAFT)
    values = models.JSONField(default=dict, help_text="What was filled in, until the run is finished.")
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    done = models.PositiveSmallIntegerField(default=0)
    not_done = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["-id"]
        default_permissions = ("view",)
        indexes: ClassVar = [
            models.Index(
                fields=["confirmed_at"], name="bulk_run_running", condition=Q(state=BulkState.RUNNING)
            ),
            models.Index(fields=["created_at"], name="bulk_run_draft", condition=Q(state=BulkState.DRAFT)),
            models.Index(fields=["finished_at"], name="bulk_run_over", condition=Q(state=BulkState.FINISHED)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=BulkState.values), name="bulk_run_state_known"),
            models.CheckConstraint(
                condition=Q(state=BulkState.DRAFT, confirmed_at__isnull=True, finished_at__isnull=True)
                | Q(state=BulkState.RUNNING, confirmed_at__isnull=False, finished_at__isnull=True)
                | Q(state=BulkState.FINISHED, confirmed_at__isnull=False, finished_at__gte=F("confirmed_at")),
                name="bulk_run_moments_fit",
            ),
            models.CheckConstraint(
                condition=~Q(state=BulkState.FINISHED) | Q(values={}),
                name="bulk_run_forgets_what_was_filled_in",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.pk.hex[-6:]})"


class ItemState(models.TextChoices):
    """What became of one row."""

    WAITING = "waiting", "Waiting"
    DONE = "done", "Done"
    NOT_DONE = "not_done", "Not done"


class BulkItem(models.Model):
    """One row of a run: how it stood when somebody looked, and what became of it."""

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="items", db_index=False)
    object_id = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    seen = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=8, choices=ItemState, default=ItemState.WAITING)
    words = models.CharField(max_length=300, blank=True, help_text="What was done, or why not.")

    class Meta:
        ordering: ClassVar = ["pk"]
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "object_id"], name="bulk_item_once_a_run"),
            models.CheckConstraint(condition=Q(state__in=ItemState.values), name="bulk_item_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=[ItemState.WAITING, ItemState.DONE]) | ~Q(words=""),
                name="bulk_item_says_why_not",
            ),
        ]

    def __str__(self) -> str:
        return self.name
