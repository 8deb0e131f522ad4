"""The form that sends a lead back, or proposes it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms

from agents.forms import WritesOnce
from intake.models import ReturnReason
from intake.returns.windows import Window
from leadcrm.templatetags.ui import span


class ReturnForm(WritesOnce):
    """Why, and in words. The reasons are those of `windows`; one that was offered before is still understood."""

    reason = forms.ChoiceField(label="Why", error_messages={"required": "Choose why it should go back."})
    note = forms.CharField(
        label="Note", required=False, max_length=2_000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, windows: Sequence[Window], now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["reason"]
        assert isinstance(field, forms.ChoiceField)
        offered = [
            (each.reason.value, f"{each.reason.label} ({span(each.ends_at)} left)") for each in windows
        ]
        before = [choice for choice in ReturnReason.choices if choice[0] == self["reason"].value()]
        field.choices = [
            ("", "Choose"),
            *offered,
            *(choice for choice in before if choice[0] not in dict(offered)),
        ]
