"""Making the rows of a lead that was bought. Nothing is saved here: the decision's batch writes them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from intake.models import ConsentRecord, Lead, LeadEvent, LeadEventKind
from intake.post import Post
from leadcrm.lib.certificates import BadCertificate, read_leadid, read_trustedform_url
from leadcrm.lib.hashed import codes_of

PLAIN = (
    "first_name", "last_name", "email", "address", "address_2", "city", "state", "gender", "user_agent",
)  # fmt: skip
TRACKING = ("sub_id_1", "sub_id_2", "sub_id_3", "sub_id_4", "sub_id_5", "campaign", "landing_page_url")


def build_lead(post: Post, number: int) -> Lead:
    """The lead that an accepted `post` becomes; `number` is its key. Owner and assignment are set later."""
    values = post.fields
    phone, second, zip_code = values["phone"], values.get("phone_2"), values.get("zip")
    return Lead(
        pk=number,
        submission_id=post.submission.pk,
        source_id=post.source.id,
        vendor_id=post.source.source.vendor_id,
        vendor_lead_id=values.get("vendor_lead_id", ""),
        received_at=post.submission.received_at,
        generated_at=values.get("lead_created_at", post.submission.received_at),
        phone=phone.e164,
        phone_extension=phone.extension[:10],
        phone_2=second.e164 if second else "",
        zip=zip_code.zip5 if zip_code else "",
        zip_plus4=zip_code.plus4 if zip_code else "",
        date_of_birth=values.get("date_of_birth"),
        age=values.get("age"),
        interest=values["interest"],
        attributes=dict(post.attributes),
        extra={**post.unknown, **_certificates(values).unreadable},
        tracking={name: values[name] for name in TRACKING if name in values},
        ip_address=values.get("ip_address"),
        price=post.price,
        currency=post.source.source.currency,
        status_at=post.now,
        backlog=post.is_backlog,
        hash_codes=codes_of([each.e164 for each in (phone, second) if each], values.get("email", "")),
        **{name: values.get(name, "") for name in PLAIN},
    )


def build_bid(post: Post) -> Lead:
    """The lead that the ping `post` is about, as far as it says: enough to look for an agent. Never saved."""
    return Lead(
        source_id=post.source.id, vendor_id=post.source.source.vendor_id, received_at=post.submission.received_at,
        state=post.fields.get("state", ""), interest=post.fields["interest"], attributes=dict(post.attributes),
    )  # fmt: skip


def build_consent(post: Post, lead: Lead) -> ConsentRecord:
    """The consent record of `lead`: what was posted, with the fall-backs of the contract."""
    values = post.fields
    text = values.get("consent_text", "")
    return ConsentRecord(
        lead_id=lead.pk,
        given=values.get("consent"),
        text=text,
        text_sha256=hashlib.sha256(text.encode()).hexdigest() if text else "",
        ip_address=values.get("consent_ip") or values.get("ip_address"),
        user_agent=values.get("consent_user_agent") or values.get("user_agent", ""),
        given_at=given_at(post),
        page_url=values.get("landing_page_url", ""),
        seller=values.get("consent_seller", ""),
        created_at=post.now,
        **_certificates(values).ids,
    )


def given_at(post: Post) -> Any:
    """When the consumer consented: as posted, else when the lead was generated, else when it arrived."""
    return (
        post.fields.get("consent_timestamp")
        or post.fields.get("lead_created_at")
        or post.submission.received_at
    )


@dataclass(frozen=True, slots=True)
class _Certificates:
    """Ids of the certificates; texts that are none, which a source may let pass (its consent check observes)."""

    ids: dict[str, str]
    unreadable: dict[str, str]


def _certificates(values: Mapping[str, Any]) -> _Certificates:
    found = _Certificates({}, {})
    for name, column, read in (
        ("trustedform_cert_url", "trustedform_cert_id", lambda text: read_trustedform_url(text).id),
        ("jornaya_leadid", "jornaya_leadid", read_leadid),
    ):
        if not values.get(name):
            continue
        try:
            found.ids[column] = read(values[name])
        except BadCertificate:
            found.unreadable[name] = values[name]
    return found


def received_event(lead: Lead) -> LeadEvent:
    """The first line of a lead's history."""
    return LeadEvent(lead_id=lead.pk, kind=LeadEventKind.RECEIVED, at=lead.received_at, new=lead.status)
