"""Do-not-call lists held here: the lists, each version loaded, its files, the bitmaps and the way back in time."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length
from django.db.models.lookups import Exact

BLOCK_BITS = 10_000
BLOCK_BYTES = BLOCK_BITS // 8
# A block's key is generation * BLOCK_SPAN + NPA-NXX, so that one bigint finds one block.
BLOCK_SPAN = 1_000_000


class ListKind(models.TextChoices):
    """What a list is about."""

    NATIONAL = "national", "National registry"
    STATE = "state", "State list"
    LITIGATOR = "litigator", "Known litigators"
    REASSIGNED = "reassigned", "Reassigned numbers"
    OTHER = "other", "Other list"


class VersionKind(models.TextChoices):
    """How a version came: the whole list, or the changes since the version before."""

    FULL = "full", "Full list"
    CHANGES = "changes", "Change list"


class VersionState(models.TextChoices):
    """Where a version stands. Look-ups read only the ready one; superseded ones answer questions about the past."""

    LOADING = "loading", "Loading"
    READY = "ready", "In use"
    SUPERSEDED = "superseded", "Superseded"
    FAILED = "failed", "Failed"


class DncList(models.Model):
    """One do-not-call list. `current` is the pointer all look-ups follow; only an import moves it."""

    code = models.SlugField(max_length=32, unique=True, help_text="national, state_tx, litigator ...")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=ListKind)
    state = models.CharField(
        max_length=2, blank=True, help_text="Asked only for leads of this state; empty: for all."
    )
    source = models.CharField(max_length=200, blank=True, help_text="Who publishes it, and where.")
    stale_after_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Days after its date from which a version is stale. Empty: never."
    )
    by_area_code = models.BooleanField(
        default=False,
        help_text="Subscribed by area code: a number of an area code that is not held is unknown, not clear.",
    )
    active = models.BooleanField(default=True, help_text="Inactive lists are not asked.")
    current = models.ForeignKey(
        "DncVersion", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["code"]
        verbose_name = "do-not-call list"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=ListKind.values), name="dnc_list_kind_known"),
            models.CheckConstraint(
                condition=~Q(kind=ListKind.STATE) | ~Q(state=""), name="dnc_state_list_names_state"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DncVersion(models.Model):
    """One loaded version of a list: what came, from whom, and what it holds. Written by imports only."""

    dnc_list = models.ForeignKey(
        DncList, verbose_name="list", on_delete=models.PROTECT, related_name="versions"
    )
    number = models.PositiveIntegerField(help_text="Counts the imports of this list.")
    kind = models.CharField(max_length=8, choices=VersionKind)
    state = models.CharField(max_length=10, choices=VersionState, default=VersionState.LOADING)
    effective_on = models.DateField(help_text="The publisher's date of this version.")
    base = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        help_text="The version in use before it; a change list was applied to it.",
    )  # fmt: skip
    generation = models.BigIntegerField(
        default=0, help_text="The full list whose blocks hold this version: the first part of the block key."
    )
    san = models.CharField("subscription account number", max_length=40, blank=True)
    sha256 = models.CharField(
        max_length=64, help_text="Of its only file, or of the sorted sums of its files."
    )
    rows = models.BigIntegerField(default=0, help_text="Lines read.")
    numbers = models.BigIntegerField(default=0, help_text="Numbers listed in this version.")
    added = models.BigIntegerField(default=0, help_text="Numbers listed now and not in the base.")
    removed = models.BigIntegerField(default=0, help_text="Numbers listed in the base and not now.")
    area_codes = ArrayField(models.PositiveSmallIntegerField(), default=list, help_text="Area codes held.")
    covers_all = models.BooleanField(
        default=False, help_text="Stated by the importer: the files cover every area code of the country."
    )
    history_kept = models.BooleanField(
        default=True, help_text="Questions about this version can still be answered."
    )
    imported_by = models.CharField(
        max_length=150, help_text="The person, as the command or the page knew them."
    )
    imported_by_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(
        null=True, blank=True, help_text="When look-ups began to use it, or it failed."
    )
    error = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = "version of a do-not-call list"
        verbose_name_plural = "versions of do-not-call lists"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dnc_list", "number"], name="dnc_version_number_once"),
            models.UniqueConstraint(
                fields=["dnc_list"], condition=Q(state=VersionState.READY), name="dnc_one_version_in_use"
            ),
            models.CheckConstraint(condition=Q(kind__in=VersionKind.values), name="dnc_version_kind_known"),
            models.CheckConstraint(
                condition=Q(state__in=VersionState.values), name="dnc_version_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(kind=VersionKind.CHANGES) | Q(base__isnull=False), name="dnc_changes_need_base"
            ),
            models.CheckConstraint(
                condition=Q(state=VersionState.LOADING) | Q(finished_at__gte=F("started_at")),
                name="dnc_version_finishes_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dnc_list_id}/{self.number} of {self.effective_on:%Y-%m-%d}"


class DncFile(models.Model):
    """One file of a version, as it was given."""

    version = models.ForeignKey(DncVersion, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.BigIntegerField(help_text="Bytes, as given (packed if it came packed).")
    rows = models.BigIntegerField()
    area_codes = ArrayField(models.PositiveSmallIntegerField(), default=list)

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = "do-not-call file"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "sha256"], name="dnc_file_once_per_version"),
        ]

    def __str__(self) -> str:
        return self.name


class DncBlock(models.Model):
    """The 10,000 numbers of one NPA-NXX in one generation of a list, a bit each (`get_bit` order).

    No foreign key: the generation is in the key, so that a look-up is one read of one index. 1,250 bytes stay
    in the page: PostgreSQL moves or packs values only in rows above 2 kB.
    """

    id = models.BigIntegerField(primary_key=True)
    bits = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Exact(Length("bits"), BLOCK_BYTES), name="dnc_block_is_whole"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class DncDelta(models.Model):
    """What one version changed in one area code: the way back from today's bitmaps to any version before it.

    `flips` are the seven-digit numbers that changed sides, sorted, four little-endian bytes each; where that
    would be longer than the area code's bitmap, the bitmap of the changes (`dense`).
    """

    version = models.ForeignKey(DncVersion, on_delete=models.PROTECT, related_name="deltas")
    area_code = models.PositiveSmallIntegerField()
    flips = models.BinaryField()
    dense = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "area_code"], name="dnc_delta_once"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id}/{self.area_code}"
