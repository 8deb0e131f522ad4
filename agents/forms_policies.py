"""The form of a policy, and the filters of the list of clients."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q

from agents.forms import WritesOnce
from agents.models import Carrier, Policy, PolicyStatus, PremiumMode
from agents.policies import Terms
from intake.models import Vertical

NUMBERLESS = (PolicyStatus.APPLIED, PolicyStatus.DECLINED)


class PolicyForm(WritesOnce):
    """What was sold. With `policy` the form changes that one; `seen` is the version it was made of."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    carrier = forms.ModelChoiceField(
        Carrier.objects.none(), empty_label="Choose a carrier",
        error_messages={"required": "Choose the carrier."},
    )  # fmt: skip
    product = forms.ChoiceField(label="Product", error_messages={"required": "Choose the product."})
    number = forms.CharField(label="Policy number", max_length=40, required=False)
    status = forms.ChoiceField(label="Status", choices=PolicyStatus.choices)
    premium = forms.DecimalField(
        label="Premium, $", max_digits=9, decimal_places=2, min_value=Decimal(0),
        error_messages={
            "required": "Enter the premium.", "invalid": "The premium is an amount such as 54.20.",
            "min_value": "The premium cannot be negative.",
        },
    )  # fmt: skip
    mode = forms.ChoiceField(label="Paid", choices=PremiumMode.choices)
    effective_on = forms.DateField(
        label="Effective", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    renewal_on = forms.DateField(
        label="Renews", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, interest: str, policy: Policy | None = None, **kwargs: Any) -> None:
        if policy is None:
            kwargs.setdefault("initial", {"product": interest, "status": PolicyStatus.APPLIED})
        else:
            kwargs.setdefault("initial", {**_said(policy), "seen": policy.version})
        super().__init__(*args, **kwargs)
        carrier, product = self.fields["carrier"], self.fields["product"]
        assert isinstance(carrier, forms.ModelChoiceField)
        assert isinstance(product, forms.ChoiceField)
        offered = Q(active=True) | Q(pk=policy.carrier_id if policy else None)
        carrier.queryset = Carrier.objects.filter(offered)
        names = dict(Vertical.objects.values_list("code", "name"))
        product.choices = list(({(policy.product if policy else interest): ""} | names).items())
        product.choices = [(code, name or code) for code, name in product.choices]

    def clean_number(self) -> str:
        """With single blanks."""
        return " ".join(self.cleaned_data["number"].split())

    def clean(self) -> dict[str, Any]:
        """A number once it is issued; a renewal after the beginning."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("status") not in (None, *NUMBERLESS) and not data.get("number"):
            self.add_error("number", "A policy that was issued has a number.")
        begins, renews = data.get("effective_on"), data.get("renewal_on")
        if begins and renews and renews <= begins:
            self.add_error("renewal_on", "It renews after the day it becomes effective.")
        return data

    @property
    def terms(self) -> Terms:
        """What was typed; only after is_valid()."""
        data = self.cleaned_data
        return Terms(**{name: data[name] for name in Terms.__dataclass_fields__})


def _said(policy: Policy) -> dict[str, Any]:
    return {name: getattr(policy, name) for name in Terms.__dataclass_fields__}


class ClientFilter(forms.Form):
    """Which clients: those with a policy that fits everything chosen. `months` are (value, words)."""

    product = forms.ChoiceField(label="Product", required=False)
    carrier = forms.ModelChoiceField(Carrier.objects.all(), required=False, empty_label="Any carrier")
    status = forms.ChoiceField(
        label="Status", required=False, choices=[("", "Any status"), *PolicyStatus.choices]
    )
    renews = forms.ChoiceField(label="Renews in", required=False)

    def __init__(self, *args: Any, today: date, products: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        product, renews = self.fields["product"], self.fields["renews"]
        assert isinstance(product, forms.ChoiceField)
        assert isinstance(renews, forms.ChoiceField)
        product.choices = [("", "Any product"), *products.items()]
        renews.choices = [("", "Any month"), *_months(today)]

    @property
    def wanted(self) -> dict[str, Any]:
        """What is asked of a policy, as conditions; a choice that does not exist asks nothing."""
        if not self.is_bound:
            return {}
        self.is_valid()
        found = {name: value for name, value in self.cleaned_data.items() if value}
        if month := found.pop("renews", None):
            year, number = map(int, month.split("-"))
            found["renewal_on__gte"] = date(year, number, 1)
            found["renewal_on__lt"] = date(year + number // 12, number % 12 + 1, 1)
        return found


def _months(today: date) -> list[tuple[str, str]]:
    """The month before this one, this one, and the twelve after it."""
    start = today.year * 12 + today.month - 2
    days = [date(index // 12, index % 12 + 1, 1) for index in range(start, start + 14)]
    return [(f"{day:%Y-%m}", f"{day:%B %Y}") for day in days]
