"""Every kind of evidence, in one table: which rows are sealed, what of them is about a person.

A kind is one fact. A row that lives on gives several: that a number was suppressed is one, that it was released a
year later, by whom, another. A new kind is one entry here, and a migration with its triggers
(compliance.evidence.triggers); a test says what was forgotten.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from django.db.models import Model

from compliance.models import (
    BusinessRelationship,
    CallingPolicy,
    CallingRule,
    CertificateAnswer,
    ChecklistRule,
    ConfigChange,
    ContactAttempt,
    ContactDecision,
    Decision,
    DncFile,
    DncVersion,
    EmergencyBan,
    Erasure,
    EvidencePack,
    LegalHold,
    ListedLead,
    RescrubRun,
    Review,
    Revocation,
    ScrubAnswer,
    Suppression,
    ZoneConfirmation,
)
from intake.models import ConsentRecord

ERASED: Final = "[erased]"  # where a column must not be empty
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of evidence. Columns by attname (`lead_id`); the primary key is sealed as the leaf's row id.

    `public` stays for ever; `blanks` are the personal columns, with what each becomes when it is erased. `moment`:
    the fact is there once this column is set; empty: from the row's beginning.
    """

    name: str
    model: type[Model]
    public: tuple[str, ...]
    blanks: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    moment: str = ""

    @property
    def personal(self) -> tuple[str, ...]:
        """The columns that are about a person."""
        return tuple(self.blanks)

    @property
    def columns(self) -> tuple[str, ...]:
        """All that is sealed of a row."""
        return (*self.public, *self.blanks)


def _all(kinds: Iterable[Kind]) -> Mapping[str, Kind]:
    return MappingProxyType({kind.name: kind for kind in kinds})


_LEGAL = (
    "version", "effective_from", "effective_to", "citation", "source", "as_of", "confidence", "note", "made_at",
    "made_by_id",
)  # fmt: skip
_WINDOWS = tuple(f"{day}_{end}" for day in ("weekday", "saturday", "sunday") for end in ("from", "to"))
_CONFIRMED = ("confirmed_at", "confirmed_by_id")
_RETIRED = ("retired_at", "retired_by_id")

KINDS: Final = _all(
    [
        # What was decided, and what it stands on.
        Kind(
            "post decision", Decision,
            ("submission_id", "outcome", "reason", "checks", "data_versions", "decided_at", "decided_by_id", "ms"),
        ),
        Kind("review", Review, ("submission_id", "action", "reason", "waived", "by_id", "at"), {"note": ERASED}),
        Kind(
            "consent record", ConsentRecord, ("given", "given_at", "seller", "created_at"),
            {
                "text": "", "text_sha256": "", "ip_address": None, "user_agent": "", "page_url": "",
                "trustedform_cert_id": "", "jornaya_leadid": "",
            },
        ),
        Kind(
            "certificate answer", CertificateAnswer,
            ("provider", "purpose", "asked_at", "ms", "http_status", "outcome", "reason", "lead_id", "submission_id"),
            {"token": "", "phone": "", "asked": {}, "raw": {}},
        ),
        Kind(
            "scrub answer", ScrubAnswer,
            (
                "service", "state", "litigator", "codes", "why", "http_status", "asked_at", "valid_until", "ms",
                "lead_id", "submission_id",
            ),
            {"phone": "", "raw": {}},
        ),
        Kind(
            "contact decision", ContactDecision,
            (
                "request_id", "lead_id", "user_id", "channel", "act", "at", "allowed", "reasons", "warnings",
                "opens_at", "closes_at", "zone", "zones", "states", "rules", "lists", "given", "attempt_id", "ms",
            ),
            {"phone": ""},
        ),
        Kind("contact attempt", ContactAttempt, ("channel", "at", "lead_id", "user_id"), {"phone": ""}),
        Kind("zone confirmation", ZoneConfirmation, ("lead_id", "zone", "by_id", "at"), {"reason": ERASED}),
        # Whom not to call, and whom nevertheless.
        Kind(
            "suppression", Suppression, ("kind", "scope", "channel", "revocation_id", "added_by_id", "added_at"),
            {"phone": "", "email": "", "reason": ""},
        ),
        Kind(
            "revocation", Revocation,
            ("scope", "channel", "received_at", "honour_by", "applied_at", "lead_id", "by_id", "origin", "origin_key"),
            {"phone": "", "phone_2": "", "email": "", "words": "", "external_id": ""},
        ),
        Kind(
            "suppression release", Suppression, ("released_at", "released_by_id", "reopened_by_id"),
            moment="released_at",
        ),
        Kind(
            "business relationship", BusinessRelationship,
            ("kind", "started_on", "ends_on", "lead_id", "recorded_by_id", "recorded_at"),
            {"phone": "", "evidence": ERASED},
        ),
        Kind(
            "business relationship withdrawal", BusinessRelationship, ("withdrawn_at", "withdrawn_by_id"),
            {"withdrawn_why": ERASED}, moment="withdrawn_at",
        ),
        # What was erased, and what must not be.
        Kind(
            "erasure", Erasure,
            ("kind", "phone_hash", "asked_at", "channel", "by_id", "at", "what", "keep_until"),
        ),
        Kind("legal hold", LegalHold, ("placed_at", "placed_by_id"), {"phone": "", "reason": ERASED}),
        Kind(
            "legal hold end", LegalHold, ("lifted_at", "lifted_by_id"), {"lifted_why": ERASED}, moment="lifted_at"
        ),
        # Lists of others: what was loaded, what was asked again.
        Kind(
            "list import", DncVersion,
            (
                "dnc_list_id", "number", "kind", "effective_on", "base_id", "san", "sha256", "covers_all",
                "imported_by", "imported_by_user_id", "started_at",
            ),
        ),
        Kind(
            "list import end", DncVersion,
            ("finished_at", "error", "generation", "rows", "numbers", "added", "removed", "area_codes"),
            moment="finished_at",
        ),
        Kind("list file", DncFile, ("version_id", "name", "sha256", "size", "rows", "area_codes")),
        Kind(
            "re-scrub", RescrubRun,
            ("started_at", "finished_at", "versions", "not_asked", "leads", "listed", "cleared", "ms", "error"),
        ),
        Kind(
            "listed lead", ListedLead, ("lead_id", "dnc_list_id", "version_id", "found_at"), {"phone": ""}
        ),
        Kind("listed lead cleared", ListedLead, ("cleared_at", "cleared_why"), moment="cleared_at"),
        # What decisions were made by: our own settings, and the law as it was kept here.
        Kind(
            "config change", ConfigChange,
            ("table_name", "row_id", "operation", "before", "after", "version", "at", "by_id", "via"),
        ),
        Kind("calling rule", CallingRule, (*_LEGAL, "state", *_WINDOWS, "holidays", "attempts", "emergency_ban")),
        Kind("calling rule confirmation", CallingRule, _CONFIRMED, moment="confirmed_at"),
        Kind("calling rule retirement", CallingRule, _RETIRED, moment="retired_at"),
        Kind("checklist rule", ChecklistRule, (*_LEGAL, "code", "medicare", "says")),
        Kind("checklist rule confirmation", ChecklistRule, _CONFIRMED, moment="confirmed_at"),
        Kind("checklist rule retirement", ChecklistRule, _RETIRED, moment="retired_at"),
        Kind(
            "emergency ban", EmergencyBan,
            ("states", "starts_at", "ends_at", "reason", "source", "declared_by_id", "declared_at"),
        ),
        Kind("emergency ban end", EmergencyBan, ("ended_at", "ended_by_id"), moment="ended_at"),
        Kind(
            "calling policy", CallingPolicy,
            (
                "unknown_zone", "written_consent_exempts", "stale_list_blocks", "consent_max_age_days",
                "license_required", "made_at", "made_by_id",
            ),
        ),
        # What was handed out.
        Kind(
            "evidence pack", EvidencePack,
            (
                "made_at", "made_by_id", "made_by_name", "reason", "leads", "name", "sha256", "evidence_sha256",
                "head", "size",
            ),
        ),
    ]
)  # fmt: skip

# Columns that are no evidence and may change: they follow from other rows (the next version supersedes this one).
FREE: Final[Mapping[type[Model], tuple[str, ...]]] = MappingProxyType(
    {
        DncVersion: ("state", "history_kept"),
        Suppression: ("phone_hash", "email_hash", "hash_codes", "hash_digests"),
        Revocation: ("person_hash",),
        # Sealed, and sealed anew when the key changes; what they hold is in the chain as it is when opened.
        CertificateAnswer: ("asked", "raw"),
        ScrubAnswer: ("raw",),
        # Where somebody sat may be blanked in time.
        ConfigChange: ("ip",),
    }
)
