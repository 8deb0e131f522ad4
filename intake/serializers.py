"""PostedLead: a lead as vendors post it, every field of the contract (wire-contract section 4) with its type.

Used by the API, the ping and the file import. It reads what `mapping.map_fields` found and answers the clean
values with the notices taken on the way; which fields a post must carry is the source's matter
(`intake.understanding`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from rest_framework import serializers

from intake.fields import CleanField, LiveField, birth_date, moment, reading_moment, text, verbatim
from intake.models import PING_FIELDS
from intake.post import Notice
from leadcrm.lib import normalize

# How a sender should write each kind of value; more is understood (leadcrm.lib.normalize).
DATE = {"type": "string", "format": "date", "example": "1950-06-30"}
MOMENT = {"type": "string", "format": "date-time", "example": "2026-11-23T14:05:00-05:00"}
PHONE = {"type": "string", "example": "2145550123"}
EMAIL = {"type": "string", "example": "person@example.com"}
STATE = {"type": "string", "example": "TX"}
ZIP = {"type": "string", "example": "75201"}
AGE = {"type": "integer", "minimum": 0, "maximum": 120, "example": 67}
GENDER = {"type": "string", "enum": ["male", "female", "other"], "example": "female"}
INTEREST = {"type": "string", "example": "final_expense"}
VENDOR_ID = {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,128}$", "example": "V-1001"}
URL = {"type": "string", "example": "https://example.com/quote"}
IP = {"type": "string", "example": "192.0.2.10"}
CERTIFICATE = {"type": "string", "example": "https://cert.trustedform.com/" + "0123456789abcdef0123" * 2}
UUID = {"type": "string", "format": "uuid", "example": "01234567-89ab-cdef-0123-456789abcdef"}
WORDING = {
    "type": "string",
    "maxLength": 20_000,
    "example": "By clicking Submit I agree that Example Insurance Agency may call and text me at the number I gave, "
    "also by automated means. Consent is not a condition of purchase.",
}
PRICE = {"type": "string", "example": "22.00"}
FLAG = {"type": "boolean", "example": True}
# Posts may carry a clock that runs ahead; more than a day is no clock.
CLOCK_SKEW: Final = timedelta(days=1)
HASH = {"type": "string", "pattern": "^[0-9A-Fa-f]{32}([0-9A-Fa-f]{8}|[0-9A-Fa-f]{32})?$"}
HASHED: Final = {
    "phone_hash": "SHA-256, SHA-1 or MD5 in hex of the phone's ten digits",
    "email_hash": "SHA-256, SHA-1 or MD5 in hex of the e-mail address in lower case",
}
# Of a ping: what its source may mark, and what is about the ping itself. Attributes come beside.
TAKEN_OF_PING: Final = frozenset({*PING_FIELDS, "price", "vendor_lead_id", "test"})


@dataclass(frozen=True, slots=True)
class Read:
    """What a post says: clean values by canonical name, and what was noticed."""

    values: dict[str, Any]
    notices: tuple[Notice, ...]


def line(limit: int, example: str = "") -> CleanField:
    """A field of one line of text, of at most `limit` characters."""
    openapi = {"type": "string", "maxLength": limit, **({"example": example} if example else {})}
    return CleanField(text(limit), openapi=openapi, help_text=f"text, up to {limit} characters")


class PostedLead(serializers.Serializer):  # type: ignore[type-arg]
    """A consumer's enquiry, as a vendor posts it. Names are matched loosely and have aliases.

    The one table of fields: `help_text` says what is taken; posting instructions and guides repeat it.
    """

    first_name = line(100, "Dana")
    last_name = line(100, "Example")
    phone = LiveField(normalize.phone, openapi=PHONE, help_text="NANP phone number; stored as E.164")
    phone_2 = LiveField(normalize.phone, openapi=PHONE, help_text="NANP phone number; stored as E.164")
    email = CleanField(normalize.email, openapi=EMAIL, help_text="e-mail address, lower-cased")
    address = line(200, "1 Example Street")
    address_2 = line(200, "Apt. 2")
    city = line(100, "Dallas")
    state = CleanField(
        normalize.state, openapi=STATE, help_text="USPS code or full name of a state, DC or territory"
    )
    zip = LiveField(normalize.zip_code, openapi=ZIP, help_text="ZIP5 or ZIP+4")
    date_of_birth = CleanField(birth_date, openapi=DATE, help_text="date; age 0 to 120")
    age = CleanField(normalize.age, openapi=AGE, help_text="whole years, 0 to 120")
    gender = CleanField(normalize.gender, openapi=GENDER, help_text="male, female, other")
    interest = CleanField(text(60), openapi=INTEREST, help_text="kind of insurance")
    vendor_lead_id = CleanField(
        normalize.vendor_lead_id,
        openapi=VENDOR_ID,
        help_text="your id of the lead: letters, digits and . _ : -, up to 128",
    )
    sub_id_1 = line(255, "publisher-7")
    sub_id_2 = line(255)
    sub_id_3 = line(255)
    sub_id_4 = line(255)
    sub_id_5 = line(255)
    campaign = line(255, "autumn")
    landing_page_url = CleanField(normalize.url, openapi=URL, help_text="http or https address")
    ip_address = CleanField(normalize.ip, openapi=IP, help_text="IPv4 or IPv6 address")
    user_agent = line(1000, "Mozilla/5.0")
    lead_created_at = CleanField(moment, openapi=MOMENT, help_text="date and time; send a zone")
    # Certificates are read by the consent check, whose reasons they have: here they are text.
    trustedform_cert_url = CleanField(
        text(2048), openapi=CERTIFICATE, help_text="TrustedForm certificate URL"
    )
    jornaya_leadid = CleanField(text(255), openapi=UUID, help_text="Jornaya LeadiD, a UUID")
    consent = CleanField(normalize.boolean, openapi=FLAG, help_text="yes or no; no is refused")
    consent_text = CleanField(verbatim, openapi=WORDING, help_text="text, kept byte for byte")
    consent_ip = CleanField(normalize.ip, openapi=IP, help_text="IPv4 or IPv6 address")
    consent_user_agent = line(1000, "Mozilla/5.0")
    consent_timestamp = CleanField(moment, openapi=MOMENT, help_text="date and time; send a zone")
    consent_seller = line(200, "Example Insurance Agency")
    price = CleanField(normalize.price, openapi=PRICE, help_text="US dollars, what you ask")
    ping_id = CleanField(
        text(64), openapi={"type": "string", "maxLength": 64, "example": "0192f3a4d7027bd08a51c2e9d4b7f601"},
        help_text="the id of the ping that this post is for",
    )  # fmt: skip
    test = CleanField(normalize.boolean, openapi=FLAG, help_text="yes or no; yes makes it a test post")

    def to_internal_value(self, data: Mapping[str, Any]) -> dict[str, normalize.Clean[Any]]:
        """The clean values of the fields that were posted; no field is required here, so none is looked for.

        Raises ValidationError with every field error at once.
        """
        clean, errors = {}, {}
        for name, raw in data.items():
            field: CleanField = self.fields[name]  # type: ignore[assignment]
            try:
                clean[name] = field.to_internal_value(raw)
            except serializers.ValidationError as error:
                errors[name] = error.detail
        if errors:
            raise serializers.ValidationError(errors)
        return clean

    def validate(self, attrs: dict[str, normalize.Clean[Any]]) -> Read:
        """Take values and notes apart, fill the state from the ZIP, refuse moments that have not come yet."""
        values = {name: clean.value for name, clean in attrs.items()}
        notices = [Notice(clean.note, name) for name, clean in attrs.items() if clean.note]
        notices += _settle_state(values)
        latest = reading_moment() + CLOCK_SKEW
        for name in ("lead_created_at", "consent_timestamp"):
            if name in values and values[name] > latest:
                raise serializers.ValidationError({name: ["Lies in the future."]})
        return Read(values, tuple(notices))


class PingedLead(PostedLead):
    """What a ping may tell of a consumer: nothing that names or reaches them."""

    def get_fields(self) -> dict[str, Any]:
        """The fields of a post that a ping carries, and hashes in place of the rest."""
        taken = {name: field for name, field in super().get_fields().items() if name in TAKEN_OF_PING}
        hashes = {name: CleanField(text(64), openapi=HASH, help_text=HASHED[name]) for name in HASHED}
        return {**taken, **hashes}


def _settle_state(values: dict[str, Any]) -> list[Notice]:
    """Leads are routed by state: fill it from the ZIP, or remark that the two disagree."""
    place = normalize.zip_place(values["zip"].zip5) if "zip" in values else None
    if place is None or not place.state:
        return []
    if "state" not in values:
        values["state"] = place.state
        return [Notice("filled", "state")]
    return [] if values["state"] == place.state else [Notice("zip_in_other_state", "zip")]


# Built once: a serializer copies all its fields when it is made, and keeps no state between validations.
_READERS: Final = {live: PostedLead(context={"live": live}) for live in (True, False)}


def read_posted(fields: Mapping[str, Any], *, live: bool) -> Read:
    """Clean values of mapped `fields`. `live` refuses fictional numbers and magic ZIPs.

    Raises rest_framework's ValidationError with every field error at once.
    """
    found: Read = _READERS[live].run_validation(dict(fields))
    return found
