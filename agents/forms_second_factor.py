"""Forms of the second factor: the code at the log-in, and the same with the password where something is changed."""

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.http import HttpRequest

# As long as a backup code with its dashes, and some blanks.
LONGEST = 40


class CodeForm(forms.Form):
    """A code of the app, or a backup code where `backup` is chosen; either is taken in either case."""

    code = forms.CharField(
        label="Code", max_length=LONGEST, error_messages={"required": "Enter the code."},
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True, "spellcheck": "false"}
        ),
    )  # fmt: skip

    def __init__(self, *args: Any, backup: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if backup:
            self.fields["code"].label = "Backup code"
            self.fields["code"].widget.attrs |= {"inputmode": "text", "autocomplete": "off"}


class ProofForm(CodeForm):
    """The code and the password of who is logged in; a wrong password counts as one at the log-in does."""

    password = forms.CharField(
        label="Your password", strip=False, error_messages={"required": "Enter your password."},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip
    field_order = ["password", "code"]

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        del self.fields["code"].widget.attrs["autofocus"]

    def clean_password(self) -> str:
        """Right, or an error for people; the lock after too many wrong ones holds here too."""
        password = str(self.cleaned_data["password"])
        user: Any = self.request.user
        if authenticate(self.request, username=user.email, password=password) != user:
            raise forms.ValidationError("This is not your password.")
        return password
