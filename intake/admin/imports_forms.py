"""The forms of an import: the file, and the terms on which its leads are taken."""

from typing import Any

from django import forms

from intake.models import ImportGive, Source
from leadcrm.models import User


class UploadForm(forms.Form):
    """A file, and whose leads it holds."""

    source = forms.ModelChoiceField(
        Source.objects.select_related("vendor"), label="Source",
        help_text="Its field rules, required fields and checks are asked of each line. For leads of another system "
        "make a source of their own, so that their numbers stand apart.",
    )  # fmt: skip
    file = forms.FileField(
        label="File",
        help_text="CSV (UTF-8, UTF-16 or Windows-1252; commas, semicolons, tabs or bars) or XLSX, of which the first "
        "sheet that is not hidden is read. The first line names the columns.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx"}),
    )  # fmt: skip


class DateForm(forms.Form):
    """The one term that decides what a line is, and so what a dry run of it says."""

    generated_on = forms.DateField(
        required=False, label="Made on", widget=forms.DateInput(attrs={"type": "date"}),
        help_text="The day of the enquiry, for lines that do not say when it was. The law counts from it how long a "
        "person may be called: never later than the truth.",
    )  # fmt: skip


class TermsForm(DateForm):
    """How the leads are taken. The usual answers are those for leads that the agency has bought long ago."""

    give = forms.ChoiceField(
        choices=ImportGive.choices, initial=ImportGive.NOBODY, label="The leads go", widget=forms.RadioSelect,
        help_text="Quietly: no banner, no mail, no clock, no webhook; limits and turns of live leads are not touched; "
        "in the queue they stand behind everything that waits. Only whoever is licensed for a lead's state gets it.",
    )  # fmt: skip
    owner = forms.ModelChoiceField(
        User.objects.none(), required=False, label="That agent", empty_label="(none)",
        help_text="Only where all go to one agent.",
    )  # fmt: skip
    price = forms.DecimalField(
        required=False, min_value=0, max_digits=9, decimal_places=2, initial=0, label="Price of a lead in dollars",
        help_text="0 for leads that were paid before. Empty: what the source's contract says.",
    )  # fmt: skip
    count_caps = forms.BooleanField(
        required=False, label="They count against the source's caps, and stop where these are full"
    )

    field_order = ("give", "owner", "price", "count_caps", "generated_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner: Any = self.fields["owner"]
        owner.queryset = User.objects.filter(is_active=True).order_by("first_name", "last_name", "pk")

    def terms(self) -> dict[str, Any]:
        """What `start_import` takes."""
        return {**self.cleaned_data, "give": ImportGive(self.cleaned_data["give"])}
