"""The columns of exported leads."""

from collections.abc import Sequence
from typing import Any, Final

from agents.exports.columns import (
    Around,
    Column,
    Sheet,
    agency_moment,
    in_agency_time,
    moment_there,
    utc_moment,
)
from agents.localtime import zone_of
from agents.models import Communication
from agents.outcomes import playbook
from agents.queries import last_outcomes
from intake.models import ConsentRecord, Gender, Lead, LeadStatus
from leadcrm.templatetags.ui import phone


def _named(names: str, key: str) -> Any:
    return lambda lead, around: getattr(around, names).get(getattr(lead, key), "")


def _plain(name: str, label: str, *, usual: bool = True) -> Column[Lead]:
    return Column(name, label, lambda lead, around: _or_nothing(getattr(lead, name)), (name,), usual)


def _or_nothing(value: Any) -> Any:
    return "" if value is None else value


def _moment(name: str, label: str, *, usual: bool = False) -> Column[Lead]:
    heading = in_agency_time(label)
    return Column(name, heading, lambda lead, around: agency_moment(getattr(lead, name)), (name,), usual)


def _details(lead: Lead, around: Around) -> str:
    """“tobacco: no; height: 70”."""
    return "; ".join(f"{name}: {value}" for name, value in (lead.attributes or {}).items())


def _consent(name: str) -> Any:
    def value(lead: Lead, around: Around) -> Any:
        row = around.found["consent"].get(lead.pk)
        return getattr(row, name) if row else ""

    return value


def _said(lead: Lead, around: Around) -> Communication | None:
    found: Communication | None = around.found["outcomes"].get(lead.pk)
    return found


def _outcome(lead: Lead, around: Around) -> str:
    said = _said(lead, around)
    return playbook().label(said.outcome) if said and said.outcome else ""


def _spoken_at(lead: Lead, around: Around) -> str:
    said = _said(lead, around)
    return agency_moment(said.at) if said else ""


def _consents(leads: Sequence[Lead]) -> dict[int, ConsentRecord]:
    rows = ConsentRecord.objects.filter(pk__in=[lead.pk for lead in leads])
    return {row.pk: row for row in rows.only("trustedform_cert_id", "jornaya_leadid")}


GENDERS: Final = dict(Gender.choices)
PLACE: Final = ("zip", "state")
COLUMNS: Final[tuple[Column[Lead], ...]] = (
    Column("number", "Lead", lambda lead, around: f"A-{lead.pk}"),
    _moment("received_at", "Received", usual=True),
    Column(
        "received_there", "Received (consumer's time)",
        lambda lead, around: moment_there(lead.received_at, zone_of(lead)[0]), ("received_at", *PLACE),
    ),
    Column(
        "received_utc", "Received (UTC)", lambda lead, around: utc_moment(lead.received_at), ("received_at",),
        usual=False,
    ),
    Column("zone", "Consumer's time zone", lambda lead, around: zone_of(lead)[0], PLACE, usual=False),
    _moment("generated_at", "Form filled in"),
    Column("status", "Status", lambda lead, around: LeadStatus(lead.status).label, ("status",)),
    _moment("status_at", "Status since"),
    Column("owner", "Owner", _named("people", "owner_id"), ("owner",)),
    _moment("assigned_at", "Assigned"),
    _moment("touched_at", "First touch"),
    _plain("attempts", "Tries"),
    Column("last_outcome", "Last outcome", _outcome, usual=False, look="outcomes"),
    Column("last_contact", in_agency_time("Last contact"), _spoken_at, usual=False, look="outcomes"),
    Column(
        "merged_into", "Merged into", lambda lead, around: f"A-{lead.merged_into_id}" if lead.merged_into_id else "",
        ("merged_into",), usual=False,
    ),
    _plain("unassigned_why", "Why nobody has it", usual=False),
    _plain("first_name", "First name"),
    _plain("last_name", "Last name"),
    Column("phone", "Phone", lambda lead, around: phone(lead.phone), ("phone",)),
    _plain("phone_extension", "Extension", usual=False),
    Column("phone_2", "Second phone", lambda lead, around: phone(lead.phone_2), ("phone_2",), usual=False),
    _plain("email", "E-mail"),
    _plain("address", "Address", usual=False),
    _plain("address_2", "Address, second line", usual=False),
    _plain("city", "City"),
    _plain("state", "State"),
    _plain("zip", "ZIP"),
    _plain("date_of_birth", "Date of birth", usual=False),
    _plain("age", "Age as posted", usual=False),
    Column("gender", "Gender", lambda lead, around: GENDERS.get(lead.gender, ""), ("gender",), usual=False),
    Column("product", "Product", lambda lead, around: around.products.get(lead.interest, lead.interest), ("interest",)),
    Column("details", "Product's details", _details, ("attributes",), usual=False),
    Column("vendor", "Vendor", _named("vendors", "vendor_id"), ("vendor",)),
    Column("source", "Source", _named("sources", "source_id"), ("source",)),
    _plain("vendor_lead_id", "Vendor's lead id"),
    _plain("price", "Price"),
    _plain("currency", "Currency", usual=False),
    Column("trustedform", "TrustedForm certificate", _consent("trustedform_cert_url"), usual=False, look="consent"),
    Column("jornaya", "Jornaya lead id", _consent("jornaya_leadid"), usual=False, look="consent"),
)  # fmt: skip


def _last(leads: Sequence[Lead]) -> dict[int, Communication]:
    return last_outcomes(lead.pk for lead in leads)


SHEET: Final = Sheet(COLUMNS, {"consent": _consents, "outcomes": _last})
