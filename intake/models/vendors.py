"""Who sells leads to the agency, under which contract, and with which key."""

import secrets
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower

from intake.models.verticals import AttributeKind, Vertical
from leadcrm.lib.weekdays import WEEKDAYS


class Vendor(models.Model):
    """A company that sells leads."""

    name = models.CharField(max_length=120)
    contact_name = models.CharField(max_length=120, blank=True)
    contact_email = models.EmailField("contact e-mail", blank=True)
    notes = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("name"), name="vendor_name_any_case_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class SourceStatus(models.TextChoices):
    """Whether a source takes leads."""

    TEST = "test", "Test: every post is a test post"
    LIVE = "live", "Live"
    PAUSED = "paused", "Paused: refuses every post"


class Mode(models.TextChoices):
    """When the decision is made."""

    REALTIME = "realtime", "In the answer to the post"
    BACKGROUND = "background", "By a worker; the post is answered 202 pending"


class Profile(models.TextChoices):
    """Which HTTP status a decision carries."""

    ALWAYS200 = "always200", "200 for both decisions"
    REST = "rest", "201 accepted, 422 rejected"


class Dialect(models.TextChoices):
    """In whose words a decision is told."""

    NATIVE = "native", "leadcrm"
    LEADCONDUIT = "leadconduit", "LeadConduit"


class Detail(models.TextChoices):
    """How much of a refusal's reason the vendor is told."""

    FULL = "full", "Code, field and message"
    STANDARD = "standard", "Code and message"
    MINIMAL = "minimal", "Code only"


class PriceKind(models.TextChoices):
    """How the price of a lead is found."""

    FIXED = "fixed", "The source's price"
    ASK = "ask", "The vendor's ask, up to the source's price"
    TABLE = "table", "The price table, the source's price where no line matches"


class ReplayBy(models.TextChoices):
    """What recognises a retry that carries no Idempotency-Key."""

    VENDOR_LEAD_ID = "vendor_lead_id", "The vendor's lead id, else an identical payload"
    PAYLOAD = "payload", "An identical payload only (the vendor reuses ids)"


def _posting_token() -> str:
    return secrets.token_hex(16)


# What a ping may tell: nothing here names or reaches a person. Attributes of the vertical come beside.
PING_FIELDS = (
    "state", "zip", "city", "date_of_birth", "age", "gender", "interest", "lead_created_at",
    "sub_id_1", "sub_id_2", "sub_id_3", "sub_id_4", "sub_id_5", "campaign",
)  # fmt: skip


def default_ping_fields() -> list[str]:
    """Where the person lives: without it nobody licensed can be found."""
    return ["state", "zip"]


def default_required_fields() -> list[str]:
    """The fields a new source asks for: enough to call someone and to know where they live."""
    return ["first_name", "last_name", "phone", "state"]


class Source(models.Model):
    """One contract with one vendor: vertical, price, rules of posting. Keys, filters and caps hang on it."""

    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="sources")
    name = models.CharField(max_length=120)
    vertical = models.ForeignKey(
        Vertical, verbose_name="kind of insurance", on_delete=models.PROTECT, related_name="sources"
    )
    status = models.CharField(max_length=10, choices=SourceStatus, default=SourceStatus.TEST)
    mode = models.CharField(max_length=12, choices=Mode, default=Mode.REALTIME)
    profile = models.CharField(max_length=12, choices=Profile, default=Profile.ALWAYS200)
    dialect = models.CharField(max_length=12, choices=Dialect, default=Dialect.NATIVE)
    detail = models.CharField(max_length=10, choices=Detail, default=Detail.FULL)
    price_kind = models.CharField(max_length=8, choices=PriceKind, default=PriceKind.FIXED)
    price = models.DecimalField(
        max_digits=9, decimal_places=2, validators=[MinValueValidator(Decimal(0))], help_text="US dollars."
    )
    currency = models.CharField(max_length=3, default="USD", editable=False)
    required_fields = ArrayField(
        models.CharField(max_length=60), default=default_required_fields, blank=True,
        help_text="Canonical field or attribute names a post must carry.",
    )  # fmt: skip
    replay_by = models.CharField(max_length=16, choices=ReplayBy, default=ReplayBy.VENDOR_LEAD_ID)
    replay_days = models.PositiveSmallIntegerField(
        default=30, validators=[MinValueValidator(3)],
        help_text="How long a vendor lead id stands for the lead it was first posted with.",
    )  # fmt: skip
    key_in_body = models.BooleanField(
        "key allowed in the body", default=False, help_text="For senders that cannot set headers."
    )
    allowed_networks = ArrayField(
        models.CharField(max_length=43), default=list, blank=True,
        help_text="Addresses or networks posts may come from; empty allows any.",
    )  # fmt: skip
    rate_limit = models.PositiveIntegerField(
        null=True, blank=True, default=1200, validators=[MinValueValidator(1)],
        help_text="Posts per minute; empty sets no limit.",
    )  # fmt: skip
    pings = models.BooleanField(
        "takes pings", default=False,
        help_text="The vendor may ask for interest and price before it posts.",
    )  # fmt: skip
    ping_fields = ArrayField(
        models.CharField(max_length=60), default=default_ping_fields, blank=True,
        help_text="Fields and attributes a ping must carry; the post must say the same.",
    )  # fmt: skip
    ping_seconds = models.PositiveSmallIntegerField(
        "seconds a bid stands", default=120, validators=[MinValueValidator(10), MaxValueValidator(3600)],
        help_text="So long a ping's price is honoured and its place under the caps is held.",
    )  # fmt: skip
    ping_rate_limit = models.PositiveIntegerField(
        null=True, blank=True, default=6000, validators=[MinValueValidator(1)],
        help_text="Pings per minute, beside posts; empty sets no limit.",
    )  # fmt: skip
    demo = models.BooleanField(
        default=False,
        help_text="Takes fictional 555-01xx numbers as if they were live. For demonstrations.",
    )
    posting_terms = models.BooleanField(
        "show filters and hours", default=False,
        help_text="On the posting instructions, for whoever has their link: states, ages, hours. Never caps.",
    )  # fmt: skip
    posting_price = models.BooleanField(
        "show the price", default=False, help_text="On the posting instructions, too."
    )
    posting_token = models.CharField(max_length=32, unique=True, default=_posting_token, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["vendor__name", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint("vendor", Lower("name"), name="source_name_once_per_vendor"),
            models.CheckConstraint(condition=models.Q(price__gte=0), name="source_price_not_negative"),
            models.CheckConstraint(
                condition=models.Q(ping_seconds__gte=10, ping_seconds__lte=3600), name="source_ping_seconds"
            ),
            *[
                models.CheckConstraint(
                    condition=models.Q(**{f"{field}__in": kind.values}), name=f"source_{field}_known"
                )
                for field, kind in (
                    ("status", SourceStatus), ("mode", Mode), ("profile", Profile), ("dialect", Dialect),
                    ("detail", Detail), ("price_kind", PriceKind), ("replay_by", ReplayBy),
                )
            ],
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.vendor} · {self.name}"

    def clean(self) -> None:
        """Refuse networks that are none, contact data in pings, and what Medicare rules forbid to demand.

        Source of the last: 42 CFR 422.2264.
        """
        import ipaddress

        for network in self.allowed_networks or []:
            try:
                ipaddress.ip_network(network, strict=False)
            except ValueError:
                raise ValidationError({"allowed_networks": f"“{network}” is no address or network"}) from None
        if not self.vertical_id:
            return
        declared = list(self.vertical.attributes.all())
        told = {*PING_FIELDS, *(a.name for a in declared if a.kind != AttributeKind.LIST)}
        if odd := sorted(set(self.ping_fields or []) - told):
            raise ValidationError({"ping_fields": f"A ping carries no {', '.join(odd)}"})
        if self.vertical.is_medicare:
            health = {"date_of_birth", "age", *(a.name for a in declared if a.is_health)}
            for demanded in ("required_fields", "ping_fields"):
                if forbidden := sorted(health & set(getattr(self, demanded) or [])):
                    raise ValidationError(
                        {demanded: f"Medicare leads cannot be made to carry {', '.join(forbidden)}"}
                    )


class SourceHours(models.Model):
    """One opening of a source, in the agency's time zone. A source without any is always open."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField(choices=list(enumerate(WEEKDAYS)))
    opens_at = models.TimeField()
    closes_at = models.TimeField(help_text="Midnight at the end of the day is 23:59:59.")

    class Meta:
        ordering: ClassVar = ["weekday", "opens_at"]
        verbose_name_plural = "source hours"
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="source_hours_weekday"),
            models.CheckConstraint(
                condition=models.Q(closes_at__gt=models.F("opens_at")), name="source_hours_close_after_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens_at:%H:%M}-{self.closes_at:%H:%M}"


class KeyScope(models.TextChoices):
    """What a key may do."""

    POST = "post", "Post leads and read them back"
    RETURN = "return", "Mark leads as returned"


class Key(models.Model):
    """What a machine calls us with: shown once, kept as a hash, known by its prefix, ended by a moment."""

    label = models.CharField(max_length=60, blank=True)
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, editable=False
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.prefix}…"

    def is_usable(self, now: datetime) -> bool:
        """True unless the key was revoked or has expired at `now` (aware)."""
        return not (self.revoked_at and self.revoked_at <= now) and not (
            self.expires_at and self.expires_at <= now
        )


class ApiKey(Key):
    """A key of a source. Two can be valid at once, so that they can be rotated."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="keys")
    scope = models.CharField(max_length=8, choices=KeyScope, default=KeyScope.POST)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        verbose_name = "API key"
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(scope__in=KeyScope.values), name="key_scope_known"),
        ]


class FieldRule(models.Model):
    """How one source names a field, and how it codes that field's values."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="field_rules")
    incoming = models.CharField(
        max_length=80, help_text="The vendor's name; case, _, - and blanks do not matter."
    )
    field = models.CharField(max_length=60, help_text="Our canonical field or attribute name.")
    values = models.JSONField(
        default=dict, blank=True, help_text='Value map, e.g. {"0": "male", "1": "female"}.'
    )

    class Meta:
        ordering: ClassVar = ["field", "incoming"]
        constraints: ClassVar = [
            models.UniqueConstraint("source", Lower("incoming"), name="field_rule_once_per_name"),
        ]

    def __str__(self) -> str:
        return f"{self.incoming} → {self.field}"

    def clean(self) -> None:
        """Refuse value maps that are not text to text."""
        ok = isinstance(self.values, dict) and all(isinstance(v, str) for v in self.values.values())
        if not ok:
            raise ValidationError({"values": 'Write a map of text to text, e.g. {"0": "male"}'})
