"""Is there consent: required proofs present, well formed, young enough (compliance.md sections 1 to 3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from compliance.check import Check, CheckInput, Verdict, setting
from intake.leads import given_at
from intake.post import Reason
from leadcrm.lib.certificates import BadCertificate, read_leadid, read_trustedform_url


@dataclass(frozen=True, slots=True)
class ConsentParams:
    """Which proofs a post must carry and how old consent may be."""

    require_trustedform: bool = setting(False, "Require a TrustedForm certificate")
    require_jornaya: bool = setting(False, "Require a Jornaya LeadiD")
    require_text: bool = setting(False, "Require the consent wording")
    require_ip: bool = setting(False, "Require the consumer's IP address")
    max_age_days: int = setting(90, "Consent may be at most this many days old")


class Consent(Check):
    """Refuse missing, malformed and old consent."""

    name = "consent"
    label = "Consent"
    Params = ConsentParams

    def run(self, given: CheckInput[ConsentParams]) -> Verdict:
        """Missing proofs and malformed ones are told together; age is asked when these are right."""
        values, params = given.post.fields, given.params
        reasons = _missing(values, params) + _malformed(values)
        if not reasons and given.now - given_at(given.post) > timedelta(days=params.max_age_days):
            reasons.append(
                Reason(
                    "consent_expired",
                    f"Consent is older than {params.max_age_days} days.",
                    "consent_timestamp",
                )
            )
        return Verdict.of(reasons)


def _missing(values: Mapping[str, Any], params: ConsentParams) -> list[Reason]:
    wanted = (
        (params.require_trustedform, "trustedform_cert_url"),
        (params.require_jornaya, "jornaya_leadid"),
        (params.require_text, "consent_text"),
        (params.require_ip and not values.get("ip_address"), "consent_ip"),
    )
    found = [
        Reason("consent_missing", "Is required as proof of consent.", name)
        for required, name in wanted
        if required and not values.get(name)
    ]
    if values.get("consent") is False:
        found.append(Reason("consent_missing", "The consumer did not consent.", "consent"))
    return found


def _malformed(values: Mapping[str, Any]) -> list[Reason]:
    found = []
    for name, read in (("trustedform_cert_url", read_trustedform_url), ("jornaya_leadid", read_leadid)):
        try:
            if values.get(name):
                read(values[name])
        except BadCertificate as error:
            found.append(Reason("consent_invalid", str(error), name))
    return found


check = Consent()
