"""A request to stop, as another system sends it and as it is answered."""

from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from rest_framework import serializers

from compliance.models import Revocation, RevocationChannel, RevocationScope


class MomentField(serializers.DateTimeField):
    """A date and time that says its offset: a guessed zone would date the request hours off."""

    def to_internal_value(self, value: Any) -> datetime:
        """Aware. Raises ValidationError."""
        moment: datetime = super().to_internal_value(value)
        written = value if isinstance(value, datetime) else parse_datetime(str(value).strip())
        if written is None or written.tzinfo is None:
            raise serializers.ValidationError(
                "Give the offset as well, for example 2026-03-01T10:00:00-05:00."
            )
        return moment


class OptOutSerializer(serializers.Serializer[Any]):
    """What may be sent. `message` is one that came in and may be no request at all; `words` are those of a request."""

    phone = serializers.CharField(
        required=False, allow_blank=True, max_length=40, help_text="In any US notation."
    )
    email = serializers.CharField(required=False, allow_blank=True, max_length=254)
    scope = serializers.ChoiceField(
        choices=RevocationScope.choices,
        default=RevocationScope.ALL,
        help_text="Everything, unless they said less.",
    )
    channel = serializers.ChoiceField(
        choices=RevocationChannel.choices,
        default=RevocationChannel.API,
        help_text="The way the person told you.",
    )
    words = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=100_000,
        trim_whitespace=False,
        help_text="As the person said them.",
    )
    message = serializers.CharField(
        required=False, allow_blank=True, max_length=100_000, trim_whitespace=False,
        help_text="An incoming text or e-mail in place of `words`: recorded only when it asks to stop.",
    )  # fmt: skip
    received_at = MomentField(required=False, help_text="With its offset; now, where left out.")
    external_id = serializers.CharField(
        required=False, allow_blank=True, max_length=128,
        help_text="Your own number for it: a repeat changes nothing. The Idempotency-Key header does the same.",
    )  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Somebody is named, and it is clear whether this is a request."""
        if not attrs.get("phone", "").strip() and not attrs.get("email", "").strip():
            raise serializers.ValidationError({"phone": "Give a phone number or an e-mail address."})
        if "words" in attrs and "message" in attrs:
            raise serializers.ValidationError({"message": "Give either words or a message."})
        return attrs


class RecordedSerializer(serializers.ModelSerializer[Revocation]):
    """What was recorded."""

    status = serializers.CharField(default="recorded", read_only=True)

    class Meta:
        model = Revocation
        fields = ("status", "id", "scope", "received_at", "applied_at", "honour_by", "external_id")
        read_only_fields = fields
