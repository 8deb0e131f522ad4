"""Forms of the agents' pages. Each that writes carries a request id, so that a double click writes one row."""

import uuid
from datetime import datetime, tzinfo
from typing import Any, Final

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.forms.boundfield import BoundWidget
from django.utils import timezone

from agents.outcomes import OutcomeCard, Playbook, playbook
from agents.standing import CHANNELS
from compliance.calling.zones import ZONE_NAMES
from intake.lifecycle import by_hand
from intake.models import LeadStatus

MOMENT: Final = "%Y-%m-%dT%H:%M"
LONG: Final = 5_000


class LoginForm(AuthenticationForm):
    """E-mail and password. Addresses are stored in lower case, so any case logs in."""

    error_messages = {
        "invalid_login": "That e-mail and password do not match. Check both and try again.",
        "inactive": "This account is switched off. Ask your manager.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        email, password = self.fields["username"], self.fields["password"]
        email.label = "E-mail"
        email.widget = forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
        email.error_messages = {"required": "Enter your e-mail address."}
        password.error_messages = {"required": "Enter your password."}

    def clean_username(self) -> str:
        """The address in lower case."""
        return str(self.cleaned_data["username"]).strip().lower()


class WritesOnce(forms.Form):
    """Base of forms that write: `request_id` is made with the page and stays when the form comes back."""

    request_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class MomentField(forms.DateTimeField):
    """A moment typed as wall time in `zone`; the value is aware."""

    zone: tzinfo | None = None

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)
        super().__init__(
            input_formats=[MOMENT, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"], widget=widget, **kwargs
        )

    def to_python(self, value: Any) -> datetime | None:
        """The aware moment, or None for an empty field."""
        with timezone.override(self.zone or timezone.get_default_timezone()):
            moment: datetime | None = super().to_python(value)
        return moment


class InZone(WritesOnce):
    """A form with a moment in the consumer's zone. `now` is what "already past" is measured by."""

    def __init__(self, *args: Any, zone: tzinfo, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        for field in self.fields.values():
            if isinstance(field, MomentField):
                field.zone = zone

    def future(self, name: str) -> datetime | None:
        """The moment in field `name`; a past one is an error for people."""
        moment: datetime | None = self.cleaned_data.get(name)
        if moment and moment <= self.now:
            raise forms.ValidationError("This time has passed. Choose one that is still to come.")
        return moment


class CallForm(InZone):
    """How a call went, and when the next one is due."""

    outcome = forms.ChoiceField(
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose how the call went.",
            "invalid_choice": "This outcome is no longer offered. Choose another one: nothing else is lost.",
        },
    )
    body = forms.CharField(
        label="Note", max_length=LONG, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    next_at = MomentField(label="Call again", required=False)
    phone = forms.ChoiceField(
        label="Number", required=False, choices=[("1", "First number"), ("2", "Second number")]
    )
    incoming = forms.BooleanField(label="They called us", required=False)
    explanation = forms.CharField(
        label="Why this person was called all the same", max_length=300, required=False
    )
    finish = forms.BooleanField(label="This was the follow-up that is due", required=False, initial=True)
    seen_at = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, book: Playbook | None = None, outcome: str = "", **kwargs: Any) -> None:
        """`outcome` is chosen beforehand, if it is the code of one that is offered."""
        super().__init__(*args, **kwargs)
        self.book = book or playbook()
        field = self.fields["outcome"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(card.code, card.label) for card in self.book.offered]
        self.initial.setdefault("seen_at", self.now.isoformat())
        if any(card.code == outcome for card in self.book.offered):
            self.initial.setdefault("outcome", outcome)

    @property
    def chosen(self) -> OutcomeCard:
        """The outcome; only after is_valid()."""
        return self.book.outcomes[self.cleaned_data["outcome"]]

    @property
    def buttons(self) -> list[tuple[OutcomeCard, BoundWidget]]:
        """The outcomes offered, each with its radio button."""
        return list(zip(self.book.offered, self["outcome"], strict=True))

    def clean_next_at(self) -> datetime | None:
        """A moment still to come."""
        return self.future("next_at")

    def clean(self) -> dict[str, Any]:
        """“Call back later” needs a time."""
        data = super().clean() or self.cleaned_data
        outcome = self.book.outcomes.get(data.get("outcome", ""))
        if outcome and outcome.asks_when and not data.get("next_at") and "next_at" not in self.errors:
            self.add_error("next_at", "Say when to call back.")
        return data


class NoteForm(WritesOnce):
    """A note on the lead."""

    body = forms.CharField(
        label="Note", max_length=LONG, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write the note first."},
    )  # fmt: skip


class FollowUpForm(InZone):
    """A promise: what, and when."""

    what = forms.CharField(
        label="What",
        max_length=200,
        error_messages={"required": "Say what you promised."},
        initial="Call back",
    )
    due_at = MomentField(label="When", error_messages={"required": "Choose a day and a time."})

    def clean_due_at(self) -> datetime | None:
        """A moment still to come."""
        return self.future("due_at")


class OptOutForm(WritesOnce):
    """The person asked us to stop: how, in which words, when. `now` is what “already past” is measured by."""

    channel = forms.ChoiceField(
        label="How", choices=list(CHANNELS.items()), error_messages={"required": "Say how they told us."}
    )
    words = forms.CharField(
        label="Their words", max_length=2_000, widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Write down what they said."},
    )  # fmt: skip
    received_at = MomentField(label="When", error_messages={"required": "Say when they told us."})

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"received_at": timezone.localtime(now), "channel": "call"})
        super().__init__(*args, **kwargs)
        self.now = now

    def clean_received_at(self) -> datetime:
        """A moment that has come, agency time. The form tells minutes, so the present one counts as come."""
        moment: datetime = self.cleaned_data["received_at"]
        if moment > self.now:
            raise forms.ValidationError("This time is still to come. Say when they told us.")
        return moment


class ZoneForm(forms.Form):
    """By which clock a person lives, and how that is known."""

    zone = forms.ChoiceField(
        label="They live by", choices=[("", "Not known"), *ZONE_NAMES.items()], required=False
    )
    reason = forms.CharField(
        label="How do you know?", max_length=200,
        error_messages={"required": "Say how you know, for example “asked on the phone”."},
    )  # fmt: skip


class StageForm(forms.Form):
    """Move the lead. `seen` is the stage the page showed, so that nobody overwrites what they did not see."""

    seen = forms.ChoiceField(choices=LeadStatus.choices, widget=forms.HiddenInput)
    to = forms.ChoiceField(label="Stage", error_messages={"required": "Choose a stage."})
    reason = forms.CharField(label="Why", max_length=200, required=False)

    def __init__(self, *args: Any, status: str, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"seen": status})
        super().__init__(*args, **kwargs)
        # Offered from where the lead stands; whatever was offered when the page was drawn is still understood.
        stages = [choice for choice in LeadStatus.choices if choice[0] in by_hand(status)]
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = LeadStatus.choices if self.is_bound else stages
