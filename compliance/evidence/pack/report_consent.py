"""The report's parts about where leads came from and what the consumer agreed to."""

from collections.abc import Iterator, Mapping
from typing import Any

from reportlab.platypus import Flowable

from compliance.evidence.pack import words
from compliance.evidence.pack.choosing import LEADS, most_telling
from compliance.evidence.pack.collect import Evidence
from compliance.evidence.pack.layout import CAPTION, H2, QUOTE, facts, gap, grid, para, toned
from compliance.evidence.pack.rows import Row, moment_of
from compliance.evidence.pack.timeline import who
from compliance.models import CertificateFlag, CertificateState, Outcome, Provider


def origins(evidence: Evidence) -> Iterator[Flowable]:
    """Each post: who sent it, what was decided by which checks."""
    decisions: dict[str, list[Row]] = {}
    for row in evidence.sections["decisions"]:
        decisions.setdefault(row["submission_id"], []).append(row)
    leads = {row["submission_id"]: row for row in evidence.sections["leads"]}
    shown, left_out = most_telling(evidence.sections["posts"], LEADS)
    if left_out:
        yield para(left_out)
    for post in shown:
        lead = leads.get(post.id)
        name = f"Lead A-{lead.id}" if lead else f"Post without a lead, {post['state']}"
        yield para(name, H2)
        yield facts(_post_facts(evidence, post, lead))
        for decision in decisions.get(post.id, []):
            yield gap(3)
            yield from _decision(evidence, decision)


def _post_facts(evidence: Evidence, post: Row, lead: Row | None) -> Iterator[tuple[str, object]]:
    zone = evidence.zones.get(int(lead.id), "UTC") if lead else next(iter(evidence.zones.values()), "UTC")
    yield "Source", evidence.sources.get(post["source_id"], f"source {post['source_id']}")
    yield "Received", words.both(moment_of(post["received_at"]), zone)
    yield "From address", post["remote_ip"]
    yield "Vendor's number", post["vendor_lead_id"]
    body = post.more
    if "file" in body:
        yield "Body as it came", f"{body['file']}, {body['bytes']} bytes, SHA-256 {body['sha256']}"
    else:
        yield "Body as it came", body.get("unreadable")
    if lead:
        yield "Form filled in", words.both(moment_of(lead["generated_at"]), zone)
        yield "Person", _person(lead)
        yield "Interest", lead["interest"].replace("_", " ")


def _person(lead: Row) -> str:
    name = f"{lead['first_name']} {lead['last_name']}".strip()
    place = " ".join(part for part in (lead["city"], lead["state"], lead["zip"]) if part)
    numbers = ", ".join(words.phone(lead[key]) for key in ("phone", "phone_2") if lead[key])
    return "; ".join(part for part in (name, numbers, lead["email"], lead["address"], place) if part)


def _decision(evidence: Evidence, row: Row) -> Iterator[Flowable]:
    by = who(evidence, row["decided_by_id"])
    title = f"{Outcome(row['outcome']).label} {row['reason']}".strip()
    yield para(f"Decision {row.id}: {title}, {words.utc(moment_of(row['decided_at']))}, by {by}", CAPTION)
    yield grid(
        ("Check", "Outcome", "What it found"), [_check(check) for check in row["checks"]], (1.4, 0.8, 5)
    )


def _check(check: Mapping[str, Any]) -> tuple[object, object, object]:
    outcome = str(check.get("outcome", ""))
    reasons = "; ".join(reason.get("message", "") for reason in check.get("reasons", ()))
    found = " ".join(part for part in (reasons, check.get("detail", "")) if part)
    return (
        str(check.get("check", "")).replace("_", " "),
        toned(outcome, "bad" if outcome == "stop" else ""),
        found,
    )


def consents(evidence: Evidence) -> Iterator[Flowable]:
    """Each consent with its wording as a quoted block; then the certificates of its lead."""
    certificates: dict[int, list[Row]] = {}
    for row in evidence.sections["certificates"]:
        certificates.setdefault(row["lead_id"], []).append(row)
    if not evidence.sections["consents"]:
        yield para("No consent is on record.")
    shown, left_out = most_telling(evidence.sections["consents"], LEADS, lambda row: row["given"] is False)
    if left_out:
        yield para(left_out)
    for row in shown:
        lead = int(row.id)
        yield para(f"Consent of A-{lead}", H2)
        if row["text"]:
            yield para(row["text"], QUOTE)
        else:
            yield para("No wording was posted.")
        yield facts(_consent_facts(evidence, row))
        for certificate in certificates.get(lead, []):
            yield gap(3)
            yield from _certificate(evidence, certificate)


def _consent_facts(evidence: Evidence, row: Row) -> Iterator[tuple[str, object]]:
    zone = evidence.zones.get(int(row.id), "UTC")
    yield "Consent flag posted", {True: "yes", False: "no", None: "none"}[row["given"]]
    yield "Given", words.both(moment_of(row["given_at"]), zone)
    yield "SHA-256 of the wording", row["text_sha256"]
    yield "IP address", row["ip_address"]
    yield "User agent", row["user_agent"]
    yield "Page", row["page_url"]
    yield "Seller named", row["seller"]
    yield "TrustedForm certificate", row["trustedform_cert_id"]
    yield "Jornaya LeadiD", row["jornaya_leadid"]


def _is_about(answer: Row, certificate: Row) -> bool:
    """By the lead where the token is erased, by the token where there was no lead yet."""
    same = answer["token"] == certificate["token"] or answer["lead_id"] == certificate["lead_id"]
    return bool(same and answer["provider"] == certificate["provider"])


def _certificate(evidence: Evidence, row: Row) -> Iterator[Flowable]:
    name = Provider(row["provider"]).label
    state = CertificateState(row["state"]).label
    answers = [each for each in evidence.sections["certificate_answers"] if _is_about(each, row)]
    fits = {True: "yes", False: "no", None: "not asked"}
    yield facts(
        [
            (f"{name} certificate", row["token"]),
            ("State", f"{state} {row['error'].replace('_', ' ')}".strip()),
            ("Retained", words.utc(moment_of(row["retained_at"])) if row["retained_at"] else ""),
            ("Kept until", words.utc(moment_of(row["expires_at"])) if row["expires_at"] else ""),
            ("Phone, e-mail match", f"{fits[row['phone_match']]}, {fits[row['email_match']]}"),
            ("Flags", ", ".join(str(CertificateFlag(flag).label) for flag in row["flags"])),
            ("Answers kept", f"{len(answers)}, in evidence.json"),
        ]
    )
    if row["wording"]:
        yield gap(4)
        yield para("Wording that the certificate shows:", CAPTION)
        yield para(row["wording"], QUOTE)
