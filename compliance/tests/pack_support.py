"""A person with everything that can be kept about one, and a second person who must never be in their pack."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from agents.models import Communication
from compliance.calling import ask_to_contact
from compliance.calling.ruling import confirm_zone
from compliance.holds import place_hold
from compliance.models import (
    CertificateState,
    ContactAct,
    ContactChannel,
    ContactDecision,
    RelationshipKind,
    RevocationChannel,
    RevocationOrigin,
    RevocationScope,
    ScrubState,
)
from compliance.relationships import record_relationship
from compliance.revocation import revoke
from compliance.tests.calling_support import everywhere
from compliance.tests.dnc_support import changes, full, noon
from intake.models import Lead
from intake.originals import keep_as_it_came
from leadcrm.models import User
from leadcrm.testing.factories import (
    CertificateAnswerFactory,
    CertificateFactory,
    CommunicationFactory,
    DecisionFactory,
    LeadEventFactory,
    LeadFactory,
    ReviewFactory,
    ScrubAnswerFactory,
    SourceFactory,
    SubmissionFactory,
)

PHONE, SECOND, OTHER = "+12145550123", "+12145550177", "+12145550188"
TOKEN = "ab" * 20
# Latin, Cyrillic and Chinese letters, an emoji, what PDF markup could stumble over.
NAME = "Zoë Łukasz Жанна 王 <b>& Co"
CONSENT = (
    "By clicking “Get my quote”, I agree that Example Insurance Agency may call and text me at the number above,\n"
    "also by automated means. Consent is no condition of purchase. \u00a7 <script>x</script> & Ж"
)
BODY = b'{"first_name": "Zo\xc3\xab", "phone": "2145550123", "consent": "yes", "spaces":   "kept"}'


@dataclass(frozen=True, slots=True)
class Person:
    """The one the pack is about."""

    lead: Lead
    user: User
    begin: datetime


def rich_person(now: datetime, scope: RevocationScope = RevocationScope.ALL) -> Person:
    """Two leads of one number within the month before `now`; calls, refusals, an opt-out, a call after it."""
    begin = now - timedelta(days=20)
    _first_list(begin)
    user = everywhere()
    source = SourceFactory.create(name="Final expense TX")
    lead = _lead(
        source, begin, first_name=NAME, last_name="Example-Person", phone_2=SECOND, consent__text=CONSENT,
        consent__page_url="https://quotes.example.com/final-expense?step=3",
        consent__seller="Example Insurance Agency", consent__trustedform_cert_id=TOKEN,
    )  # fmt: skip
    _lead(source, begin + timedelta(days=2), first_name="Zoë", last_name="Example-Person", consent=None)
    _certificates(lead, begin)
    ScrubAnswerFactory.create(
        phone=PHONE, submission=lead.submission, asked_at=begin, state=ScrubState.CLEAR, raw={"ok": True}
    )
    confirm_zone(lead=lead, zone="America/Chicago", reason="Said so on the phone", by=user, now=begin)
    _contacts(lead, user, begin)
    revoke(
        phone=PHONE, email=lead.email, channel=RevocationChannel.CALL, words="Stop calling me, “please”", by=user,
        received_at=begin + timedelta(days=6), lead=lead, origin=RevocationOrigin.CALL, external_id="", scope=scope,
        now=begin + timedelta(days=6),
    )  # fmt: skip
    ReviewFactory.create(
        submission=lead.submission,
        by=user,
        at=begin + timedelta(minutes=5),
        note="Asked the vendor",
        waived=["consent"],
    )
    _call(
        lead, user, begin + timedelta(days=7), ContactAct.LOG, "Was already on the line when the request came"
    )
    record_relationship(
        phone=PHONE, kind=RelationshipKind.INQUIRY, started_on=begin.date(), evidence="Wrote to us on the web page",
        lead=lead, by=user, now=begin,
    )  # fmt: skip
    place_hold(phone=PHONE, reason="Demand letter", by=user, now=begin + timedelta(days=19))
    _next_list(begin)
    return Person(lead, user, begin)


def somebody_else(now: datetime) -> Lead:
    """A person with the same vendor, certificate and agent; nothing of theirs may be in the other's pack."""
    lead = LeadFactory.create(
        phone=OTHER, first_name="Secretperson", last_name="Elsewhere", email="secretperson@example.com",
        received_at=now - timedelta(days=3),
    )  # fmt: skip
    certificate = CertificateFactory.create(lead=lead)
    CertificateAnswerFactory.create(lead=lead, phone=OTHER, token=certificate.token, asked={"phone": OTHER})
    ScrubAnswerFactory.create(phone=OTHER, submission=lead.submission)
    revoke(
        phone=OTHER, email=lead.email, channel=RevocationChannel.TEXT, words="Secretperson said no", by=None,
        received_at=now, lead=lead, origin=RevocationOrigin.TEXT, external_id="", now=now,
    )  # fmt: skip
    ReviewFactory.create(submission=lead.submission, note="Secretperson was looked at")
    CommunicationFactory.create(lead=lead, body="Secretperson talked about the weather")
    return lead


def _first_list(begin: datetime) -> None:
    """The number is clear in it."""
    day = begin.date() - timedelta(days=10)
    full(["2145550100"], on=day, now=noon(day))


def _next_list(begin: datetime) -> None:
    """The number is listed in it."""
    day = begin.date() + timedelta(days=10)
    changes("214,5550123,A\n", on=day, now=noon(day))


def _lead(source: object, at: datetime, **fields: object) -> Lead:
    post = SubmissionFactory.build(source=source, received_at=at, vendor_lead_id="V-PACK")
    keep_as_it_came(post, body=BODY, query="campaign=autumn&sub=7")
    post.remote_ip, post.headers = "192.0.2.44", {"User-Agent": "vendor/1.0"}
    post.save()
    lead = LeadFactory.create(
        submission=post, source=source, received_at=at, phone=PHONE, email="zoe@example.com",
        address="1 Example Street", city="Dallas", state="TX", zip="75201", **fields,
    )  # fmt: skip
    checks = [
        {"check": "consent", "outcome": "pass", "ms": 0.1},
        {"check": "suppression", "outcome": "pass", "ms": 0.3, "detail": "national clear"},
    ]
    DecisionFactory.create(submission=post, checks=checks, decided_at=at)
    LeadEventFactory.create(lead=lead, at=at)
    return lead


def _certificates(lead: Lead, at: datetime) -> None:
    CertificateFactory.create(
        lead=lead, token=TOKEN, state=CertificateState.RETAINED, retained_at=at + timedelta(minutes=1), wording=CONSENT,
        wording_agrees=True, phone_match=True, email_match=True, due_at=None,
    )  # fmt: skip
    CertificateAnswerFactory.create(
        lead=lead, phone=PHONE, token=TOKEN, asked={"retain": True}, raw={"outcome": "success"}, asked_at=at
    )


def _contacts(lead: Lead, user: User, begin: datetime) -> None:
    """An allowed call that is recorded, one at night that is refused, a text."""
    noon_there = begin.replace(hour=18, minute=5, second=11, microsecond=0)
    decision = _call(lead, user, noon_there + timedelta(days=1), ContactAct.DIAL)
    CommunicationFactory.create(
        lead=lead, author=user, at=noon_there + timedelta(days=1, minutes=4), outcome="spoke", decision=decision,
        body="Wants to talk on Friday. Жанна will listen in.",
    )  # fmt: skip
    _call(lead, user, noon_there.replace(hour=9) + timedelta(days=2), ContactAct.DIAL)
    _call(lead, user, noon_there + timedelta(days=3), ContactAct.TEXT)


def _call(lead: Lead, user: User, at: datetime, act: ContactAct, explanation: str = "") -> ContactDecision:
    channel = ContactChannel.TEXT if act == ContactAct.TEXT else ContactChannel.CALL
    _, decision = ask_to_contact(
        lead=lead, phone=PHONE, user=user, channel=channel, act=act, request_id=uuid4(), now=at
    )
    if explanation:
        said: Communication = CommunicationFactory.create(
            lead=lead, author=user, at=at, outcome="no_answer", decision=decision, explanation=explanation
        )
        assert said.pk
    return decision
