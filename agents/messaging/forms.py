"""Forms by which an agent writes to a lead's person."""

from collections.abc import Sequence
from typing import Any

from django import forms

from agents.forms import LONG, WritesOnce
from agents.messaging.composing import Wording
from agents.messaging.segments import LONGEST


class _Composes(WritesOnce):
    """With a choice of wordings; “Use” fills one in without a script too."""

    template = forms.ChoiceField(label="Start from", required=False)

    def __init__(self, *args: Any, wordings: Sequence[Wording], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wordings = {str(each.key): each for each in wordings}
        field = self.fields["template"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "An empty page"), *((key, each.name) for key, each in self.wordings.items())]

    def chosen_wording(self) -> Wording | None:
        """The one asked for by “Use”."""
        return self.wordings.get(str(self.data.get("template", "")))


class TextForm(_Composes):
    """A text to one of the lead's numbers."""

    phone = forms.ChoiceField(
        label="Number", required=False, choices=[("1", "First number"), ("2", "Second number")]
    )
    body = forms.CharField(
        label="Text", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Write the text first."},
    )  # fmt: skip


class EmailForm(_Composes):
    """An e-mail to the lead's address."""

    subject = forms.CharField(
        label="Subject", max_length=200, error_messages={"required": "An e-mail needs a subject."}
    )
    body = forms.CharField(
        label="E-mail", max_length=LONG, widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": "Write the e-mail first."},
    )  # fmt: skip

    def clean_subject(self) -> str:
        """One line."""
        return " ".join(str(self.cleaned_data["subject"]).split())
