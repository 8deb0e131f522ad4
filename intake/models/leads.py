"""What was posted, what was bought, and what the consumer consented to."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from intake.models.vendors import ApiKey, Source, Vendor
from leadcrm.lib.ids import uuid7


class SubmissionState(models.TextChoices):
    """Where a post stands. Only `accepted` has a lead."""

    WAITING = "waiting", "Waiting for a worker"
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected"
    HELD = "held", "Held for review"
    FAILED = "failed", "Failed: will be tried again"
    UNREADABLE = "unreadable", "Unreadable: no decision"


UNDECIDED = (
    SubmissionState.WAITING, SubmissionState.HELD, SubmissionState.FAILED, SubmissionState.UNREADABLE,
)  # fmt: skip


class Submission(models.Model):
    """One authenticated post, kept as it came, with the answer it was given. Never edited by people."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, related_name="submissions", db_index=False
    )  # submission_of_source serves it
    # Written with every post and asked for by nobody: a database constraint would lock the key's row each time.
    api_key = models.ForeignKey(
        ApiKey, verbose_name="API key", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False,
        db_constraint=False,
    )  # fmt: skip
    received_at = models.DateTimeField()
    test = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=SubmissionState)

    # As it came, less the key. `query` is the query string, `headers` an allow-list.
    content_type = models.CharField(max_length=120, blank=True)
    body = models.BinaryField()
    query = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    remote_ip = models.GenericIPAddressField("IP address", null=True)
    # The file it stood in, if nobody posted it. Asked for from there, never the other way.
    lead_import = models.ForeignKey(
        "intake.LeadImport", on_delete=models.PROTECT, null=True, related_name="+", db_index=False,
        db_constraint=False,
    )  # fmt: skip

    # How a retry is recognised: digests of (source, kind of key, key) and of the payload.
    replay_key = models.UUIDField()
    payload_digest = models.UUIDField()
    vendor_lead_id = models.CharField(max_length=128, blank=True)

    # What came of it.
    reason = models.CharField(max_length=24, blank=True, help_text="First reason code of a refusal.")
    lead_number = models.BigIntegerField(null=True, help_text="The number in the answer's lead_id.")
    price = models.DecimalField(max_digits=9, decimal_places=2, default=0)
    answer = models.TextField(blank=True)
    answer_type = models.CharField(max_length=40, blank=True)
    answer_status = models.PositiveSmallIntegerField(default=0)
    processed_ms = models.FloatField(default=0)

    # Work still to be done on it (waiting, failed): the row is the queue, a message only rings.
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar = ["-received_at"]
        indexes: ClassVar = [
            models.Index(fields=["replay_key", "-received_at"], name="submission_replay"),
            models.Index(fields=["source", "-received_at"], name="submission_of_source"),
            models.Index(fields=["-received_at"], name="submission_newest"),
            models.Index(
                fields=["source", "vendor_lead_id"], name="submission_vendor_lead_id",
                condition=~Q(vendor_lead_id=""),
            ),
            models.Index(
                fields=["lead_number"], name="submission_lead_number", condition=Q(lead_number__isnull=False)
            ),
            models.Index(fields=["due_at"], name="submission_due", condition=Q(due_at__isnull=False)),
            # The intake log's filters. The first and the last hold few rows and cost a plain post nothing.
            models.Index(
                fields=["state", "-received_at"], name="submission_undecided", condition=Q(state__in=UNDECIDED)
            ),
            models.Index(fields=["reason", "-received_at"], name="submission_reason", condition=~Q(reason="")),
            models.Index(fields=["-received_at"], name="submission_test", condition=Q(test=True)),
            # A source's own, of which there may be a handful among a million posts.
            models.Index(
                fields=["source", "-received_at"], name="submission_test_of_source", condition=Q(test=True)
            ),
        ]  # fmt: skip
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=SubmissionState.values), name="submission_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state=SubmissionState.REJECTED) | ~Q(reason=""), name="refusal_has_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(state=SubmissionState.ACCEPTED) | Q(lead_number__isnull=False),
                name="acceptance_has_a_number",
            ),
        ]

    def __str__(self) -> str:
        return self.pk.hex


class LeadStatus(models.TextChoices):
    """Stages of a lead."""

    NEW = "new", "New"
    CONTACTED = "contacted", "Contacted"
    QUOTED = "quoted", "Quoted"
    SOLD = "sold", "Sold"
    LOST = "lost", "Lost"
    RETURNED = "returned", "Returned"


OPEN_STATUSES = (LeadStatus.NEW, LeadStatus.CONTACTED, LeadStatus.QUOTED)
CLOSED_STATUSES = (LeadStatus.LOST, LeadStatus.RETURNED)


class Gender(models.TextChoices):
    """Gender as insurers' forms ask for it."""

    MALE = "male", "Male"
    FEMALE = "female", "Female"
    OTHER = "other", "Other"


class Lead(models.Model):
    """A lead the agency bought. Its number is the `A-…` of the answer. `status` moves by lifecycle.move_lead only."""

    id = models.BigAutoField(primary_key=True)
    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, related_name="lead")
    # lead_of_source and lead_of_vendor begin with them.
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="leads", db_index=False)
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="leads", db_index=False)
    vendor_lead_id = models.CharField(max_length=128, blank=True)
    received_at = models.DateTimeField()
    generated_at = models.DateTimeField(help_text="When the consumer filled in the form.")

    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=16, help_text="E.164.")
    phone_extension = models.CharField(max_length=10, blank=True)
    phone_2 = models.CharField(max_length=16, blank=True)
    email = models.CharField("e-mail", max_length=254, blank=True)
    address = models.CharField(max_length=200, blank=True)
    address_2 = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=2, blank=True)
    zip = models.CharField("ZIP", max_length=5, blank=True)
    zip_plus4 = models.CharField("ZIP+4", max_length=4, blank=True)
    date_of_birth = models.DateField(null=True, blank=True)
    age = models.PositiveSmallIntegerField(null=True, blank=True, help_text="As posted.")
    gender = models.CharField(max_length=6, choices=Gender, blank=True)
    interest = models.CharField(max_length=40)
    attributes = models.JSONField(default=dict, blank=True, help_text="Declared by the vertical.")
    extra = models.JSONField(default=dict, blank=True, help_text="Fields we do not know, as they came.")
    tracking = models.JSONField(default=dict, blank=True, help_text="Sub ids, campaign, landing page.")
    ip_address = models.GenericIPAddressField("IP address", null=True, blank=True)
    user_agent = models.TextField(blank=True)
    price = models.DecimalField(max_digits=9, decimal_places=2)
    currency = models.CharField(max_length=3, default="USD")

    status = models.CharField(max_length=10, choices=LeadStatus, default=LeadStatus.NEW)
    status_at = models.DateTimeField()
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="leads",
        db_index=False,  # lead_of_owner begins with it
    )  # fmt: skip
    assigned_at = models.DateTimeField(null=True, blank=True)
    unassigned_why = models.CharField(max_length=200, blank=True)
    touched_at = models.DateTimeField(null=True, blank=True, help_text="First call, text, e-mail or outcome.")
    attempts = models.PositiveSmallIntegerField(default=0)
    backlog = models.BooleanField(
        default=False, db_default=False, editable=False,
        help_text="Came with a file of old leads: nobody is told of it, no clock runs, it is given out by people.",
    )  # fmt: skip
    # What a ping's hash finds this row by: 32 bits of each hash of its numbers and address (leadcrm.lib.hashed).
    hash_codes = ArrayField(models.IntegerField(), default=list, db_default=[], blank=True, editable=False)
    # Of a person who was bought twice: what was asked of this lead is asked of that one. Always the last of a chain.
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged", db_index=False,
        editable=False, help_text="The lead of the same person that stays.",
    )  # fmt: skip
    erased_at = models.DateTimeField(
        null=True, blank=True, help_text="Nothing here names the person since then."
    )
    expired_at = models.DateTimeField(null=True, blank=True, help_text="Nor does the evidence.")

    class Meta:
        ordering: ClassVar = ["-received_at"]
        indexes: ClassVar = [
            models.Index(fields=["phone", "-received_at"], name="lead_phone"),
            models.Index(fields=["phone_2"], name="lead_phone_2", condition=~Q(phone_2="")),
            models.Index(fields=["email", "-received_at"], name="lead_email", condition=~Q(email="")),
            # With what a span's cost is made of, which is then read off the index alone.
            models.Index(fields=["-received_at"], name="lead_bought", include=["source", "price"]),
            models.Index(fields=["status", "-received_at"], name="lead_of_status"),
            # The list narrowed: by what few have, or none any more, it would walk through everybody's leads.
            models.Index(fields=["state", "-received_at", "-id"], name="lead_of_state"),
            models.Index(fields=["interest", "-received_at", "-id"], name="lead_of_product"),
            models.Index(fields=["vendor", "-received_at", "-id"], name="lead_of_vendor"),
            models.Index(fields=["source", "-received_at", "-id"], name="lead_of_source"),
            models.Index(fields=["-received_at", "-id"], name="lead_untried", condition=Q(attempts=0)),
            models.Index(
                fields=["owner", "status", "-received_at"], name="lead_open_of_owner",
                condition=Q(status__in=OPEN_STATUSES),
            ),
            # Pages of an owner's leads by key; search by ZIP and by the beginning of the last name in any case.
            models.Index(fields=["owner", "-received_at", "-id"], name="lead_of_owner"),
            # Counted for the limit of untouched leads; read newest first for the banner.
            models.Index(
                fields=["owner", "-assigned_at"], name="lead_untouched_fresh",
                condition=Q(status=LeadStatus.NEW, touched_at__isnull=True, backlog=False),
            ),
            # Tried again every half minute, so without old leads that wait for a person to give them out.
            models.Index(
                fields=["received_at", "id"], name="lead_waits_for_owner",
                condition=Q(owner__isnull=True, status__in=OPEN_STATUSES, backlog=False),
            ),
            # Everybody's, by how long they wait: counted by managers' pages all day, a walk that ends with its limit.
            models.Index(
                fields=["received_at"], name="lead_untouched_by_age",
                condition=Q(status=LeadStatus.NEW, touched_at__isnull=True, backlog=False),
            ),
            models.Index(fields=["zip"], name="lead_zip", condition=~Q(zip="")),
            models.Index(
                fields=["vendor_lead_id"], name="lead_vendor_lead_id", condition=~Q(vendor_lead_id="")
            ),
            models.Index(OpClass(Upper("last_name"), name="text_pattern_ops"), name="lead_last_name"),
            # Beside lead_last_name, for one word that may be either: without it a name nobody has is looked for in all.
            models.Index(Upper("first_name"), name="lead_first_name"),
            # Entered at once: a list that is worked off later would make one post in thousands slow.
            GinIndex(fields=["hash_codes"], name="lead_hash_codes", fastupdate=False),
            # Merged ones are few: a post that leads to one of them is answered for by the one that stays.
            models.Index(fields=["merged_into"], name="lead_merged", condition=Q(merged_into__isnull=False)),
            models.Index(fields=["phone"], name="lead_merged_phone", condition=Q(merged_into__isnull=False)),
            models.Index(fields=["phone_2"], name="lead_merged_phone_2", condition=Q(merged_into__isnull=False)),
            models.Index(fields=["email"], name="lead_merged_email", condition=Q(merged_into__isnull=False)),
            # The same person under another number: born on one day, in one ZIP.
            models.Index(
                fields=["date_of_birth", "zip"], name="lead_born_in_zip",
                condition=Q(date_of_birth__isnull=False) & ~Q(zip=""),
            ),
            models.Index(
                fields=["received_at"], name="lead_not_given_out",
                condition=Q(owner__isnull=True, status__in=OPEN_STATUSES, backlog=True),
            ),
        ]  # fmt: skip
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(status__in=LeadStatus.values), name="lead_status_known"),
            models.CheckConstraint(condition=Q(gender__in=["", *Gender.values]), name="lead_gender_known"),
            models.CheckConstraint(
                condition=Q(phone__regex=r"^\+1[2-9][0-9]{9}$") | Q(phone="", erased_at__isnull=False),
                name="lead_phone_e164",
            ),
            models.CheckConstraint(
                condition=Q(owner__isnull=False) | ~Q(unassigned_why=""), name="lead_has_an_owner_or_says_why"
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(status__in=CLOSED_STATUSES),
                name="lead_merged_is_closed",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="lead_merged_into_another",
            ),
        ]

    def __str__(self) -> str:
        return f"A-{self.pk}"

    @property
    def full_name(self) -> str:
        """First and last name with one blank between, or an empty text; “Erased” where nothing is kept any more."""
        if not self.phone:  # every lead has one until it is erased
            return "Erased"
        return f"{self.first_name} {self.last_name}".strip()


class ConsentRecord(models.Model):
    """What the consumer agreed to, as the vendor posted it. Written once with the lead, never edited."""

    lead = models.OneToOneField(Lead, on_delete=models.PROTECT, primary_key=True, related_name="consent")
    given = models.BooleanField(null=True, help_text="The posted flag; empty when none was posted.")
    text = models.TextField(blank=True, help_text="Byte for byte.")
    text_sha256 = models.CharField(max_length=64, blank=True)
    ip_address = models.GenericIPAddressField(null=True)
    user_agent = models.TextField(blank=True)
    given_at = models.DateTimeField(help_text="Posted, else the moment the lead was generated.")
    page_url = models.TextField(blank=True)
    seller = models.CharField(max_length=200, blank=True)
    trustedform_cert_id = models.CharField(max_length=255, blank=True)
    jornaya_leadid = models.CharField(max_length=36, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["trustedform_cert_id"],
                name="consent_certificate",
                condition=~Q(trustedform_cert_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"Consent of A-{self.pk}"

    @property
    def trustedform_cert_url(self) -> str:
        """The certificate's address, rebuilt from its id; empty without one."""
        return f"https://cert.trustedform.com/{self.trustedform_cert_id}" if self.trustedform_cert_id else ""


# A lead's numbers, by column.
PHONE_FIELDS = ("phone", "phone_2")


class LeadEventKind(models.TextChoices):
    """What a line of a lead's history tells."""

    RECEIVED = "received", "Received"
    ASSIGNED = "assigned", "Assigned"
    UNASSIGNED = "unassigned", "Left without an owner"
    STATUS = "status", "Status changed"
    EDITED = "edited", "Edited"


class LeadEvent(models.Model):
    """One line of a lead's history. Append-only. An edit is one line for each field, with what it said before."""

    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="events", db_index=False)
    kind = models.CharField(max_length=12, choices=LeadEventKind)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False,
        help_text="Empty: the product itself.",
    )  # fmt: skip
    field = models.CharField(
        max_length=80, blank=True, default="", db_default="", help_text="What was edited."
    )
    old = models.TextField(blank=True)
    new = models.TextField(blank=True)
    reason = models.CharField(max_length=200, blank=True)
    request_id = models.UUIDField(null=True, help_text="Of an edit: a double click edits once.")

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        indexes: ClassVar = [
            models.Index(fields=["lead", "at"], name="lead_event_of_lead"),
            # What a person moved where and when. Holds nothing of a post.
            models.Index(
                fields=["actor", "new", "at"], name="lead_event_moved_by", include=["lead"],
                condition=Q(kind=LeadEventKind.STATUS, actor__isnull=False),
            ),
            # Whose number this was before it was corrected: whoever asks to be deleted may know that one only.
            # Returned leads are few, and may have been lost since: whoever counts them reads no history.
            models.Index(
                fields=["lead"], name="lead_event_returned",
                condition=Q(kind=LeadEventKind.STATUS, new=LeadStatus.RETURNED),
            ),
            models.Index(
                fields=["old"], name="lead_event_old_phone",
                condition=Q(kind=LeadEventKind.EDITED, field__in=PHONE_FIELDS),
            ),
        ]  # fmt: skip
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=LeadEventKind.values), name="lead_event_kind_known"),
            models.CheckConstraint(
                condition=~Q(kind=LeadEventKind.EDITED) | ~Q(field=""), name="lead_event_edit_names_its_field"
            ),
            models.UniqueConstraint(
                fields=["request_id", "field"], name="lead_event_once_per_request",
                condition=Q(request_id__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.lead_id} {self.kind}"
