"""Vendors, sources, keys, verticals; posts and leads."""

import hashlib
import secrets
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.utils import timezone

from intake.models import (
    SUBSCRIBABLE,
    ApiKey,
    AttributeKind,
    ConsentRecord,
    EventKind,
    FieldRule,
    ImportBlock,
    ImportKey,
    ImportLine,
    ImportOutcome,
    ImportPart,
    ImportState,
    KeyUse,
    Lead,
    LeadEvent,
    LeadEventKind,
    LeadImport,
    Line,
    Ping,
    PingState,
    PriceRule,
    RetrySeen,
    Source,
    SourceHours,
    SourceStatus,
    Submission,
    SubmissionState,
    Vendor,
    Vertical,
    VerticalAttribute,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
    WebhookHealth,
)
from leadcrm.testing.factories.base import (
    LazyAttribute,
    LazyFunction,
    PostGeneration,
    RelatedFactory,
    Rows,
    SelfAttribute,
    Sequence,
    SubFactory,
    fake_phone,
)
from leadcrm.testing.words import CONSENT_TEXT

LINES = {"medicare": Line.HEALTH, "aca": Line.HEALTH, "auto": Line.CASUALTY, "home": Line.PROPERTY}


class VerticalAttributeFactory(Rows[VerticalAttribute]):
    class Meta:
        model = VerticalAttribute

    vertical = SubFactory("leadcrm.testing.factories.VerticalFactory")
    name = Sequence(lambda n: f"attribute_{n}")
    kind = AttributeKind.TEXT


def _declare_attributes(vertical: Any, create: bool, given: Any, **more: Any) -> None:
    if not create or vertical.attributes.exists():
        return
    of_vertical = {"vertical": vertical}
    VerticalAttributeFactory.create(
        **of_vertical, name="tobacco", kind=AttributeKind.BOOLEAN, aliases=["smoker"], is_health=True
    )
    VerticalAttributeFactory.create(
        **of_vertical, name="coverage_amount", kind=AttributeKind.MONEY, aliases=["coverage"]
    )
    VerticalAttributeFactory.create(
        **of_vertical, name="marital_status", kind=AttributeKind.CHOICE, choices=["single", "married"]
    )


class VerticalFactory(Rows[Vertical]):
    """The migrations' vertical of that code, or a like one where a transactional test has flushed them."""

    class Meta:
        model = Vertical
        django_get_or_create = ("code",)

    code = "final_expense"
    name = LazyAttribute(lambda vertical: vertical.code.replace("_", " ").capitalize())
    line = LazyAttribute(lambda vertical: LINES.get(vertical.code, Line.LIFE))
    is_medicare = LazyAttribute(lambda vertical: vertical.code == "medicare")
    words = LazyAttribute(lambda vertical: ["burial"] if vertical.code == "final_expense" else [])

    attributes = PostGeneration(_declare_attributes)


class VendorFactory(Rows[Vendor]):
    class Meta:
        model = Vendor

    name = Sequence(lambda n: f"Test Vendor {n}")


class SourceFactory(Rows[Source]):
    """Live, in real time, final expense at 22 dollars. For a key: intake.keys.issue_key(source=...)."""

    class Meta:
        model = Source

    vendor = SubFactory(VendorFactory)
    vertical = SubFactory(VerticalFactory)
    name = Sequence(lambda n: f"Source {n}")
    status = SourceStatus.LIVE
    price = Decimal("22.00")
    rate_limit = None


class PriceRuleFactory(Rows[PriceRule]):
    """A line that matches every lead."""

    class Meta:
        model = PriceRule

    source = SubFactory(SourceFactory)
    rank = Sequence(lambda n: n + 1)
    price = Decimal("30.00")


class PingFactory(Rows[Ping]):
    """A bid that stands for two minutes and holds no place."""

    class Meta:
        model = Ping

    source = SubFactory(SourceFactory)
    received_at = LazyFunction(timezone.now)
    state = PingState.ACCEPTED
    price = Decimal("22.00")
    config_version = 1
    expires_at = LazyAttribute(
        lambda ping: None if ping.state == PingState.REJECTED else ping.received_at + timedelta(minutes=2)
    )
    fields = LazyFunction(lambda: {"state": "TX", "zip": "75201", "interest": "final_expense"})


class ApiKeyFactory(Rows[ApiKey]):
    """A key whose text nobody knows. One to post with comes from intake.keys.issue_key."""

    class Meta:
        model = ApiKey

    source = SubFactory(SourceFactory)
    prefix = LazyFunction(lambda: secrets.token_hex(4))
    sha256 = LazyFunction(lambda: secrets.token_hex(32))


class KeyUseFactory(Rows[KeyUse]):
    class Meta:
        model = KeyUse

    key = SubFactory(ApiKeyFactory)
    last_at = LazyFunction(timezone.now)


class RetrySeenFactory(Rows[RetrySeen]):
    class Meta:
        model = RetrySeen

    source = SubFactory(SourceFactory)
    last_at = LazyFunction(timezone.now)


class SourceHoursFactory(Rows[SourceHours]):
    class Meta:
        model = SourceHours

    source = SubFactory(SourceFactory)
    weekday = 0
    opens_at = "08:00"
    closes_at = "20:00"


class FieldRuleFactory(Rows[FieldRule]):
    class Meta:
        model = FieldRule

    source = SubFactory(SourceFactory)
    incoming = Sequence(lambda n: f"their_field_{n}")
    field = "gender"


class SubmissionFactory(Rows[Submission]):
    """An accepted post. `lead_number` is set right by LeadFactory."""

    class Meta:
        model = Submission

    source = SubFactory(SourceFactory)
    received_at = LazyFunction(timezone.now)
    state = SubmissionState.ACCEPTED
    lead_number = LazyAttribute(lambda post: 0 if post.state == SubmissionState.ACCEPTED else None)
    reason = LazyAttribute(lambda post: "duplicate" if post.state == SubmissionState.REJECTED else "")
    content_type = "application/json"
    body = b'{"first_name": "Test"}'
    replay_key = LazyFunction(uuid4)
    payload_digest = LazyFunction(uuid4)
    price = Decimal("22.00")
    answer = '{"status":"accepted"}'
    answer_type = "application/json"
    answer_status = 200


class LeadFactory(Rows[Lead]):
    """A new lead in Texas without an owner, with its accepted post and its consent (`consent=None`: none)."""

    class Meta:
        model = Lead

    source = SubFactory(SourceFactory)
    vendor = SelfAttribute("source.vendor")
    submission = SubFactory(
        SubmissionFactory,
        source=SelfAttribute("..source"),
        received_at=SelfAttribute("..received_at"),
        vendor_lead_id=SelfAttribute("..vendor_lead_id"),
    )
    vendor_lead_id = Sequence(lambda n: f"V-{n}")
    received_at = LazyFunction(timezone.now)
    generated_at = SelfAttribute("received_at")
    status_at = SelfAttribute("received_at")
    first_name = "Test"
    last_name = Sequence(lambda n: f"Person {n}")
    phone = Sequence(fake_phone)
    email = Sequence(lambda n: f"person{n}@example.com")
    state = "TX"
    zip = "75201"
    interest = SelfAttribute("source.vertical.code")
    price = Decimal("22.00")
    assigned_at = LazyAttribute(lambda lead: lead.received_at if lead.owner else None)
    owner = None
    unassigned_why = LazyAttribute(lambda lead: "" if lead.owner else "Nobody is licensed there.")
    consent = RelatedFactory("leadcrm.testing.factories.ConsentRecordFactory", "lead")

    @classmethod
    def _create(cls, model_class: type[Lead], *args: Any, **fields: Any) -> Lead:
        lead: Lead = model_class.objects.create(*args, **fields)
        if lead.submission.lead_number == 0:
            lead.submission.lead_number = lead.pk
            lead.submission.save(update_fields=["lead_number"])
        return lead


class ConsentRecordFactory(Rows[ConsentRecord]):
    class Meta:
        model = ConsentRecord

    lead = SubFactory(LeadFactory, consent=None)
    given = True
    text = CONSENT_TEXT
    text_sha256 = LazyAttribute(lambda consent: hashlib.sha256(consent.text.encode()).hexdigest())
    ip_address = "192.0.2.10"
    user_agent = "Mozilla/5.0 (test)"
    given_at = LazyAttribute(lambda consent: consent.lead.generated_at)
    trustedform_cert_id = LazyFunction(lambda: secrets.token_hex(20))
    jornaya_leadid = LazyFunction(lambda: str(uuid4()))
    created_at = LazyAttribute(lambda consent: consent.lead.received_at)


class LeadEventFactory(Rows[LeadEvent]):
    class Meta:
        model = LeadEvent

    lead = SubFactory(LeadFactory)
    kind = LeadEventKind.RECEIVED
    at = LazyFunction(timezone.now)


class WebhookEndpointFactory(Rows[WebhookEndpoint]):
    """A system of ours that is told of everything."""

    class Meta:
        model = WebhookEndpoint

    name = Sequence(lambda n: f"Warehouse {n}")
    kinds = LazyFunction(lambda: list(SUBSCRIBABLE))
    url = "https://hooks.example.com/leadcrm"


class WebhookHealthFactory(Rows[WebhookHealth]):
    class Meta:
        model = WebhookHealth

    endpoint = SubFactory(WebhookEndpointFactory)


class WebhookEventFactory(Rows[WebhookEvent]):
    """A test, which is about no lead."""

    class Meta:
        model = WebhookEvent

    kind = EventKind.TEST
    at = LazyFunction(timezone.now)


class WebhookDeliveryFactory(Rows[WebhookDelivery]):
    """On its way."""

    class Meta:
        model = WebhookDelivery

    endpoint = SubFactory(WebhookEndpointFactory)
    event = SubFactory(WebhookEventFactory)
    due_at = LazyFunction(timezone.now)


class WebhookAttemptFactory(Rows[WebhookAttempt]):
    """A call that was answered."""

    class Meta:
        model = WebhookAttempt

    delivery = SubFactory(WebhookDeliveryFactory)
    at = LazyFunction(timezone.now)
    status = 200
    exchange = LazyFunction(
        lambda: {"method": "POST", "url": "https://hooks.example.com/leadcrm", "body": "{}", "answer": ""}
    )


class LeadImportFactory(Rows[LeadImport]):
    """A file that was read and waits to be started; its block is empty of lines."""

    class Meta:
        model = LeadImport

    source = SubFactory(SourceFactory)
    state = ImportState.READY
    file_name = "leads.csv"
    file_sha256 = "0" * 64
    file_bytes = 100
    format = "CSV, UTF-8, commas"
    header = LazyFunction(lambda: ["first name", "phone", "state"])
    lines = 2
    created_at = LazyFunction(timezone.now)


class ImportPartFactory(Rows[ImportPart]):
    class Meta:
        model = ImportPart

    of = SubFactory(LeadImportFactory, state=ImportState.READING)
    number = Sequence(lambda n: n)
    body = b"first name,phone,state\n"


class ImportBlockFactory(Rows[ImportBlock]):
    class Meta:
        model = ImportBlock

    of = SubFactory(LeadImportFactory)
    number = Sequence(lambda n: n)
    lines = 0
    body = b"[]"


class ImportKeyFactory(Rows[ImportKey]):
    class Meta:
        model = ImportKey

    of = SubFactory(LeadImportFactory, state=ImportState.TRYING)
    line = Sequence(lambda n: n + 2)
    key = Sequence(lambda n: n)
    by_email = False


class ImportLineFactory(Rows[ImportLine]):
    class Meta:
        model = ImportLine

    of = SubFactory(LeadImportFactory, state=ImportState.DONE)
    line = Sequence(lambda n: n + 2)
    outcome = ImportOutcome.REJECTED
    reasons = LazyFunction(lambda: ["invalid_phone"])
    faults = LazyFunction(lambda: [["phone", "invalid_phone", "Is no phone number."]])
