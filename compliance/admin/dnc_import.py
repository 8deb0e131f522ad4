"""Loading do-not-call files from the browser, up to a size that a request can carry; larger ones by command."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.admin.widgets import AdminDateWidget
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from compliance.dnc.imports import (
    ImportRefusedError,
    ImportResult,
    NeedsConfirmationError,
    import_changes,
    import_full,
)
from compliance.dnc.lists import KNOWN
from compliance.models import DncList, VersionKind
from leadcrm.lib.admin.words import page_of
from leadcrm.models import User

# A request must end within a minute. 64 MB are five million numbers, or forty million packed.
LARGEST_UPLOAD: Final = 64 * 1024 * 1024
COMMAND: Final = "python manage.py import_dnc FILE... --list CODE --version-date YYYY-MM-DD --san SAN"


class _Files(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or several files."""

    widget = _Files

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Each of them, together not larger than LARGEST_UPLOAD."""
        given = data if isinstance(data, list | tuple) else [data]
        files = [super(FilesField, self).clean(each, initial) for each in given or [None]]
        if sum(file.size for file in files) > LARGEST_UPLOAD:
            raise forms.ValidationError(
                f"More than {LARGEST_UPLOAD // 1024**2} MB. Load larger files on the server: {COMMAND}"
            )
        return files


class ImportForm(forms.Form):
    """What is loaded into which list."""

    code = forms.ChoiceField(label="List")
    kind = forms.ChoiceField(
        label="The files are", choices=VersionKind.choices, initial=VersionKind.FULL,
        help_text="A full list replaces the version in use; a change list (a column of A and D) is applied to it.",
    )  # fmt: skip
    uploads = FilesField(
        label="Files",
        help_text="Plain, .gz or .zip; lines AAA,NNNNNNN or AAANNNNNNN or (AAA) NNN-NNNN. Several at once if the "
        f"list comes by area code. At most {LARGEST_UPLOAD // 1024**2} MB together; larger on the server: {COMMAND}",
    )
    effective_on = forms.DateField(
        label="Version date", widget=AdminDateWidget, help_text="The publisher's date, not today's."
    )
    san = forms.CharField(
        label="Subscription account number", max_length=40, required=False,
        help_text="The SAN the files were fetched with; kept as evidence.",
    )  # fmt: skip
    covers_all = forms.BooleanField(
        label="These files are the whole country's", required=False,
        help_text="Full lists only: an area code in no file then has no listed number, instead of being unknown.",
    )  # fmt: skip
    confirm = forms.BooleanField(
        label="Load it although it looks like a mistake", required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = {code: known.name for code, known in KNOWN.items()}
        names |= dict(DncList.objects.values_list("code", "name"))
        code: Any = self.fields["code"]
        code.choices = sorted(names.items(), key=lambda item: (item[0] != "national", item[1]))

    def clean(self) -> dict[str, Any]:
        """Changes cannot cover a country."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("covers_all") and values.get("kind") == VersionKind.CHANGES:
            self.add_error("covers_all", "Only a full list can be the whole country's.")
        return values

    def offer_confirmation(self) -> None:
        """Show the tick that says: it is meant."""
        self.fields["confirm"].widget = forms.CheckboxInput()


def import_view(request: HttpRequest, desk: Any) -> HttpResponse:
    """The form; on POST the import, all or nothing. What is refused is told with file and line."""
    user = request.user
    if not isinstance(user, User) or not user.has_perm("compliance.add_dncversion"):
        raise PermissionDenied
    form = ImportForm(request.POST or None, request.FILES or None, initial={"code": request.GET.get("list")})
    if request.method == "POST" and form.is_valid():
        try:
            result = _load(form.cleaned_data, user)
        except NeedsConfirmationError as doubt:
            form.offer_confirmation()
            form.add_error(
                None, f"Nothing was changed: {doubt}. If it is right, choose the files again and confirm."
            )
        except ImportRefusedError as refusal:
            form.add_error(None, f"Nothing was changed: {refusal}.")
        else:
            return _done(request, desk, result)
    context = {
        **desk.admin_site.each_context(request), "opts": desk.opts, "title": "Load a do-not-call file",
        "form": form, "media": desk.media + form.media, "submit": "Check and load",
        "back": reverse("admin:compliance_dnclist_changelist"),
        "intro": "The files are checked as a whole first. Look-ups see the list as it was until all is in place.",
    }  # fmt: skip
    return TemplateResponse(request, "admin/act_form.html", context)


def _load(values: dict[str, Any], user: User) -> ImportResult:
    common: dict[str, Any] = {
        "files": values["uploads"], "list_code": values["code"], "effective_on": values["effective_on"],
        "san": values["san"], "imported_by": str(user)[:150], "user": user, "confirm": values["confirm"],
        "now": timezone.now(),
    }  # fmt: skip
    if values["kind"] == VersionKind.CHANGES:
        return import_changes(**common)
    return import_full(**common, covers_all=values["covers_all"])


def _done(request: HttpRequest, desk: Any, result: ImportResult) -> HttpResponse:
    version = result.version
    if result.already_loaded:
        messages.info(request, f"These files are loaded already: version {version.number}.")
    else:
        desk.log_addition(request, version, f"Loaded {version.numbers:,} numbers")
        messages.success(
            request,
            f"Version {version.number} is in use: {version.numbers:,} numbers, "
            f"{version.added:,} added, {version.removed:,} removed.",
        )
    return HttpResponseRedirect(page_of(version))
