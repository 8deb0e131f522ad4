"""Is there consent: proofs present, well formed, young enough, well worded (compliance.md sections 1 to 3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from compliance.check import Check, CheckInput, Verdict, setting
from compliance.consent import Point, Wording, in_words, read_wording
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
    wording: Literal["ignore", "warn", "refuse"] = setting(
        "warn",
        "When the wording leaves a point out",
        "Asked of the text: the seller, marketing calls or texts, automated or prerecorded technology, no condition "
        "of purchase. “warn” notes it with the decision; a lead without a text is not refused for its wording.",
    )
    wording_shows_phone: bool = setting(False, "The wording must show the phone number, too")
    name_agency: bool = setting(
        False,
        "The wording must name this agency",
        "By AGENCY_NAME or one of AGENCY_ALSO_NAMED. A contract's rule: the FCC's own one-to-one rule was vacated "
        "on January 24, 2025.",
    )


class Consent(Check):
    """Refuse missing, malformed and old consent, and wordings that leave out what the source wants said."""

    name = "consent"
    label = "Consent"
    Params = ConsentParams

    def run(self, given: CheckInput[ConsentParams]) -> Verdict:
        """Missing proofs and malformed ones are told together; age and wording are asked when these are right."""
        values, params = given.post.fields, given.params
        reasons = _missing(values, params) + _malformed(values)
        if reasons:
            return Verdict.stopped(*reasons)
        if given.now - given_at(given.post) > timedelta(days=params.max_age_days):
            reasons.append(
                Reason(
                    "consent_expired",
                    f"Consent is older than {params.max_age_days} days.",
                    "consent_timestamp",
                )
            )
        text = values.get("consent_text", "")
        if not text or (params.wording == "ignore" and not params.name_agency):
            return Verdict.of(reasons)
        phone = values.get("phone")
        found = read_wording(text, seller=values.get("consent_seller", ""), phone=phone.e164 if phone else "")
        return _judged(found, params, reasons)


def _judged(found: Wording, params: ConsentParams, reasons: list[Reason]) -> Verdict:
    """The verdict with what the wording leaves out, as a reason where the source refuses it."""
    wanted = [point for point in found.missing if point != Point.PHONE or params.wording_shows_phone]
    if params.wording == "ignore":
        wanted = []
    if params.wording == "refuse" and wanted:
        left_out = f"The wording lacks what it should say: it {in_words(wanted)}."
        reasons.append(Reason("consent_invalid", left_out, "consent_text"))
    if params.name_agency and not found.agency_named:
        reasons.append(Reason("consent_invalid", "The wording does not name the agency.", "consent_text"))
    return Verdict(
        "stop" if reasons else "pass",
        tuple(reasons),
        f"The wording leaves out that it {in_words(wanted)}" if wanted else "",
        {"wording": {"lacks": list(found.missing), "names_agency": found.agency_named}},
    )


def _missing(values: Mapping[str, Any], params: ConsentParams) -> list[Reason]:
    wanted = (
        (params.require_trustedform, "trustedform_cert_url"),
        (params.require_jornaya, "jornaya_leadid"),
        (params.require_text or params.name_agency, "consent_text"),
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
