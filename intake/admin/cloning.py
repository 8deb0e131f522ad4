"""“Clone” on a source's page: a new source with the same terms, for the same vendor or another."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from intake.cloning import clone_source
from intake.models import Source, Vendor
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.admin.widgets import PickOne

INTRO = (
    "A new source in test mode with the same kind of insurance, price, required fields, field rules, hours, checks, "
    "caps and networks. It gets no key, no posts and its own counters."
)


class CloneForm(forms.Form):
    """Whose the new source is, and its name."""

    vendor = forms.ModelChoiceField(
        Vendor.objects.all(), label="Vendor", empty_label=None, help_text="Type a part of the name.",
        widget=PickOne(Source._meta.get_field("vendor"), admin.site),
    )  # fmt: skip
    name = forms.CharField(max_length=120, label="Name", help_text="Once per vendor.")
    same_pools = forms.BooleanField(
        required=False, initial=True, label="Its leads go to the pools that name this source, too"
    )


def clone(request: HttpRequest, source: Any) -> HttpResponse | None:
    """Ask for vendor and name; then make it and go to its page."""
    desk: Any = admin.site.get_model_admin(Source)
    form = CloneForm(request.POST or None, initial={"vendor": source.vendor_id, "name": f"{source.name} 2"})
    if request.method == "POST" and form.is_valid():
        made = _make(request, source, form)
        if made is not None:
            return HttpResponseRedirect(desk.url_of(made))
    answer: HttpResponse = desk.act_page(
        request,
        source,
        "admin/act_form.html",
        form=form,
        title="Clone this source",
        intro=INTRO,
        submit="Clone",
    )
    return answer


def _make(request: HttpRequest, source: Source, form: CloneForm) -> Source | None:
    """The clone, with one line in its history that names its origin; None with the errors in the form."""
    desk: Any = admin.site.get_model_admin(Source)
    try:
        with transaction.atomic():
            made = clone_source(origin=source, **form.cleaned_data)
            desk.log_addition(request, made, f"Cloned from {source} ({source.pk})")
    except ValidationError as error:
        for field, said in error.message_dict.items():
            form.add_error(field if field in form.fields else None, said)
        return None
    messages.success(request, f"{made} is a clone of {source}, in test mode. It has no key yet.")
    return made


CLONE = Act(name="clone", label="Clone", run=clone, permission="intake.add_source", page=True)
