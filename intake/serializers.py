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
from intake.post import Notice
from leadcrm.lib import normalize

DATE = {"type": "string", "format": "date", "example": "1950-06-30"}
MOMENT = {"type": "string", "format": "date-time", "example": "2026-11-23T14:05:00-05:00"}
PHONE = {"type": "string", "example": "2145550123"}
CERTIFICATE = {"type": "string", "example": "https://cert.trustedform.com/" + "0123456789abcdef0123" * 2}
UUID = {"type": "string", "format": "uuid"}
FLAG = {"type": "boolean"}
# Posts may carry a clock that runs ahead; more than a day is no clock.
CLOCK_SKEW: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Read:
    """What a post says: clean values by canonical name, and what was noticed."""

    values: dict[str, Any]
    notices: tuple[Notice, ...]


class PostedLead(serializers.Serializer):  # type: ignore[type-arg]
    """A consumer's enquiry, as a vendor posts it. Names are matched loosely and have aliases."""

    first_name = CleanField(text(100))
    last_name = CleanField(text(100))
    phone = LiveField(normalize.phone, openapi=PHONE)
    phone_2 = LiveField(normalize.phone, openapi=PHONE)
    email = CleanField(normalize.email, openapi={"type": "string", "example": "person@example.com"})
    address = CleanField(text(200))
    address_2 = CleanField(text(200))
    city = CleanField(text(100))
    state = CleanField(normalize.state, openapi={"type": "string", "example": "TX"})
    zip = LiveField(normalize.zip_code, openapi={"type": "string", "example": "75201"})
    date_of_birth = CleanField(birth_date, openapi=DATE)
    age = CleanField(normalize.age, openapi={"type": "integer", "minimum": 0, "maximum": 120})
    gender = CleanField(normalize.gender, openapi={"type": "string", "enum": ["male", "female", "other"]})
    interest = CleanField(text(60), openapi={"type": "string", "example": "final_expense"})
    vendor_lead_id = CleanField(
        normalize.vendor_lead_id, openapi={"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,128}$"}
    )
    sub_id_1 = CleanField(text(255))
    sub_id_2 = CleanField(text(255))
    sub_id_3 = CleanField(text(255))
    sub_id_4 = CleanField(text(255))
    sub_id_5 = CleanField(text(255))
    campaign = CleanField(text(255))
    landing_page_url = CleanField(
        normalize.url, openapi={"type": "string", "example": "https://example.com/quote"}
    )
    ip_address = CleanField(normalize.ip, openapi={"type": "string", "example": "192.0.2.10"})
    user_agent = CleanField(text(1000))
    lead_created_at = CleanField(moment, openapi=MOMENT)
    # Certificates are read by the consent check, whose reasons they have: here they are text.
    trustedform_cert_url = CleanField(text(2048), openapi=CERTIFICATE)
    jornaya_leadid = CleanField(text(255), openapi=UUID)
    consent = CleanField(normalize.boolean, openapi=FLAG)
    consent_text = CleanField(verbatim)
    consent_ip = CleanField(normalize.ip, openapi={"type": "string", "example": "192.0.2.10"})
    consent_user_agent = CleanField(text(1000))
    consent_timestamp = CleanField(moment, openapi=MOMENT)
    consent_seller = CleanField(text(200))
    price = CleanField(normalize.price, openapi={"type": "string", "example": "22.00"})
    ping_id = CleanField(text(64))
    test = CleanField(normalize.boolean, openapi=FLAG)

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
