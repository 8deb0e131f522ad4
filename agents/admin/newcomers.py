"""The form that takes an agent on."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password

from agents.models import Agent
from leadcrm.lib.admin.bases import AnyForm
from leadcrm.models import User


class NewAgentForm(AnyForm):
    """An agent with a login: one that exists, or one made in the same step."""

    email = forms.EmailField(
        required=False, label="E-mail address", help_text="The login. Leave empty to use one that exists."
    )
    first_name = forms.CharField(required=False, max_length=150)
    last_name = forms.CharField(required=False, max_length=150)
    password = forms.CharField(
        required=False, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 12 characters. Empty: no log-in until a password is set on the login's page.",
    )  # fmt: skip

    class Meta:
        model = Agent
        fields = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user: Any = self.fields.get("user")
        if user is not None:
            user.required, user.label = False, "Or an existing login"
            user.queryset = User.objects.filter(agent__isnull=True, is_active=True)

    def clean(self) -> dict[str, Any]:
        """Either an existing login, or all that a new one takes."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if bool(values.get("user")) == bool(values.get("email")):
            raise forms.ValidationError("Give an e-mail address for a new login, or choose an existing one.")
        if values.get("email"):
            self._check_new(values)
        return values

    def _check_new(self, values: dict[str, Any]) -> None:
        values["email"] = str(values["email"]).lower()
        if User.objects.filter(email=values["email"]).exists():
            self.add_error("email", "This login exists. Choose it below instead.")
        if not (values.get("first_name") or values.get("last_name")):
            self.add_error("first_name", "An agent needs a name.")
        if values.get("password"):
            names = {name: values.get(name, "") for name in ("email", "first_name", "last_name")}
            try:
                validate_password(values["password"], User(**names))
            except forms.ValidationError as error:
                self.add_error("password", error)
