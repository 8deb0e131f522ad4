"""What a vendor reads back of its own posts."""

from datetime import UTC
from typing import Any

import msgspec
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from intake.api.answers import JSON
from intake.api.wording import is_safe
from intake.models import Submission, SubmissionState

STATUS = {
    SubmissionState.ACCEPTED: "accepted",
    SubmissionState.REJECTED: "rejected",
    SubmissionState.WAITING: "pending",
    SubmissionState.HELD: "pending",
    SubmissionState.FAILED: "pending",
    SubmissionState.UNREADABLE: "error",
}


class SubmissionSerializer(serializers.ModelSerializer[Submission]):
    """One post with what came of it. `answer` is what was answered: an object, or XML text."""

    status = serializers.SerializerMethodField()
    lead_id = serializers.SerializerMethodField()
    submission_id = serializers.CharField(source="pk.hex")
    vendor_lead_id = serializers.SerializerMethodField()
    received_at = serializers.DateTimeField(default_timezone=UTC)
    answer = serializers.SerializerMethodField()

    class Meta:
        model = Submission
        fields = (
            "status", "reason", "lead_id", "submission_id", "vendor_lead_id", "price", "test", "received_at",
            "answer",
        )  # fmt: skip

    def get_status(self, row: Submission) -> str:
        """Accepted, rejected, pending, or error for a body that could not be read."""
        return STATUS[SubmissionState(row.state)]

    def get_lead_id(self, row: Submission) -> str | None:
        """`A-` and the number, of accepted posts."""
        return f"A-{row.lead_number}" if row.lead_number is not None else None

    def get_vendor_lead_id(self, row: Submission) -> str | None:
        """The vendor's own id, where it holds no word senders search for."""
        return row.vendor_lead_id if row.vendor_lead_id and is_safe(row.vendor_lead_id) else None

    @extend_schema_field({"oneOf": [{"type": "object"}, {"type": "string"}]})
    def get_answer(self, row: Submission) -> Any:
        """As it was given."""
        return msgspec.json.decode(row.answer) if row.answer_type == JSON and row.answer else row.answer
