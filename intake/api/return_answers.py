"""What whoever asks for a return is told, and what its vendor reads of it (wire-contract section 1)."""

from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from intake.api.wording import is_safe
from intake.models import Lead, Return, ReturnReason
from intake.returns.asking import Asked, CannotReturn


class AskReturnSerializer(serializers.Serializer[Any]):
    """What is posted to ask for a return. `note` is for the vendor to read."""

    reason = serializers.ChoiceField(choices=ReturnReason.choices)
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)


class ReturnSerializer(serializers.ModelSerializer[Return]):
    """One return as the vendor of its lead reads it: what was asked, with our evidence, and what came of it."""

    return_id = serializers.CharField(source="pk.hex")
    lead_id = serializers.SerializerMethodField()
    vendor_lead_id = serializers.SerializerMethodField()
    asked_at = serializers.DateTimeField(default_timezone=UTC)
    decided_at = serializers.DateTimeField(default_timezone=UTC, allow_null=True)
    answer = serializers.CharField(source="words")
    evidence = serializers.SerializerMethodField()

    class Meta:
        model = Return
        fields = (
            "return_id", "state", "lead_id", "vendor_lead_id", "reason", "note", "asked_at", "price", "currency",
            "credit", "decided_at", "answer", "evidence",
        )  # fmt: skip

    def get_lead_id(self, row: Return) -> str:
        """`A-` and the number."""
        return f"A-{row.lead_id}"

    def get_vendor_lead_id(self, row: Return) -> str | None:
        """The vendor's own id, where it holds no word senders search for."""
        return _own_id(row.lead)

    @extend_schema_field({"type": "object"})
    def get_evidence(self, row: Return) -> Any:
        """`attempts` to reach the person, `lists`, `duplicate`, `certificates`."""
        return row.evidence


def asked_answer(asked: Asked, lead: Lead) -> Response:
    """The return: 201, or 200 with the header of a replay where it had been asked before."""
    row = asked.row
    own_id = _own_id(lead)
    body = {
        "status": row.state,
        "return_id": row.pk.hex,
        "lead_id": f"A-{row.lead_id}",
        **({"vendor_lead_id": own_id} if own_id else {}),
        "reason": row.reason,
        "asked_at": _z(row.asked_at),
        "window_ends_at": _z(row.window_ends_at),
        "price": str(row.price),
        "currency": row.currency,
    }
    if asked.repeated:
        return Response(body, status=200, headers={"Idempotency-Replayed": "true"})
    return Response(body, status=201)


def refused_answer(refused: CannotReturn, lead: Lead) -> Response:
    """Why it cannot go back: 422, nothing was asked."""
    body = {
        "status": "rejected", "reason": refused.code, "message": str(refused), "lead_id": f"A-{lead.pk}",
    }  # fmt: skip
    return Response(body, status=422)


def _own_id(lead: Lead) -> str | None:
    return lead.vendor_lead_id if lead.vendor_lead_id and is_safe(lead.vendor_lead_id) else None


def _z(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
