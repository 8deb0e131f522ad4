"""A source's caps as they might be, tried beside the live ones."""

from typing import Any, Final

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from compliance.admin.caps import CapDesk
from compliance.admin.trying import refused, running_panel, started
from compliance.models import Cap, CapPeriod, CapUnit
from compliance.trials.starting import CannotTry, try_caps
from intake.admin import SourceDesk
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.admin.words import page_of

CHANGE_CAP: Final = "compliance.change_cap"


class CapsForm(forms.Form):
    """Every cap a source may have; empty is none."""

    def __init__(self, *args: Any, source: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.source = source
        limit: Any = Cap._meta.get_field("limit")
        live = {(cap.period, cap.unit): cap.limit for cap in source.caps.all()}
        for period in CapPeriod:
            for unit in CapUnit:
                field = limit.formfield(
                    required=False, min_value=0, label=f"{unit.label} per {period.label.lower()}"
                )
                field.initial = live.get((period.value, unit.value))
                self.fields[f"{period}_{unit}"] = field

    def caps(self) -> list[Cap]:
        """The caps as rows that are not there."""
        return [
            Cap(source=self.source, period=period, unit=unit, limit=self.cleaned_data[f"{period}_{unit}"])
            for period in CapPeriod
            for unit in CapUnit
            if self.cleaned_data[f"{period}_{unit}"] is not None
        ]


def show_caps(request: HttpRequest, source: Any) -> HttpResponse:
    """The form; on POST the trial."""
    desk: Any = admin.site.get_model_admin(type(source))
    form = CapsForm(request.POST if request.method == "POST" else None, source=source)
    user: Any = request.user
    if form.is_valid():
        try:
            trial = try_caps(source_id=source.pk, caps=form.caps(), by=user, now=timezone.now())
        except CannotTry as reason:
            return refused(request, reason, request.path)
        return started(request, trial)
    page: HttpResponse = desk.act_page(
        request, source, "admin/act_form.html", form=form, title="Try other caps",
        submit="Try them beside the live caps",
        intro="Nothing is changed for the vendor. Write the caps as they would all be; an empty field is no cap.",
    )  # fmt: skip
    return page


SourceDesk.acts = [
    *SourceDesk.acts,
    Act(name="try-caps", label="Try other caps", run=show_caps, permission=CHANGE_CAP, page=True),
]
CapDesk.acts = [
    *CapDesk.acts,
    Act(
        name="try-caps", label="Try another limit", permission=CHANGE_CAP, page=True,
        run=lambda request, cap: HttpResponseRedirect(f"{page_of(cap.source).removesuffix('change/')}do/try-caps/"),
    ),
]  # fmt: skip

SourceDesk.panels = [*SourceDesk.panels, running_panel]
