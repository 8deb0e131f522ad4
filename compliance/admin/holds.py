"""Legal holds: placed by a form, lifted by a button, never edited."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from compliance.holds import lift_hold, place_hold
from compliance.models import LegalHold
from intake.admin.searching import ByPhone
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.admin.bases import AnyForm
from leadcrm.lib.admin.desk import BigDesk, KeptMixin
from leadcrm.lib.admin.site import COMPLIANCE
from leadcrm.lib.admin.words import badge, to_minute
from leadcrm.models import User


class HoldForm(AnyForm):
    """Which number, and what for."""

    phone = forms.CharField(max_length=40, help_text="In any notation.")

    class Meta:
        model = LegalHold
        fields = ("phone", "reason")

    by: User

    def _post_clean(self) -> None:
        """Place the hold where the form is whole: what the use case refuses is told at its field."""
        if self.errors:
            return
        try:
            self.instance = place_hold(**self.cleaned_data, by=self.by, now=timezone.now())
        except ValidationError as refusal:
            self.add_error(None, refusal)

    def save(self, commit: bool = True) -> Any:
        """The hold, which stands already."""
        return self.instance

    def save_m2m(self) -> None:
        """There is none."""


class LiftForm(forms.Form):
    """Why the hold ends."""

    why = forms.CharField(label="Why does it end?", max_length=200)


def lift(request: HttpRequest, hold: Any) -> HttpResponse | None:
    """Ask why, then end the hold in the name of the person who asks."""
    form = LiftForm(request.POST or None)
    desk: Any = admin.site.get_model_admin(LegalHold)
    if request.method != "POST" or not form.is_valid() or not isinstance(request.user, User):
        page: HttpResponse = desk.act_page(
            request, hold, "admin/act_form.html", form=form, title="Lift the hold"
        )
        return page
    if lift_hold(hold=hold, why=form.cleaned_data["why"], by=request.user, now=timezone.now()):
        desk.log_change(request, hold, "Lifted")
    messages.success(request, "Lifted: what is due is erased by the next nightly run.")
    return None


@admin.register(LegalHold)
class LegalHoldDesk(KeptMixin, ByPhone, BigDesk):
    """Numbers about which nothing may be erased."""

    group = COMPLIANCE
    rank = 97
    title = "Legal holds"
    blurb = "While a claim is made or expected, nothing about the number is erased, by request or by age."
    form = HoldForm
    list_display = ("phone_text", "reason", "state", "placed", "placed_by", "lifted")
    list_select_related = ("placed_by",)
    ordering = ("-id",)
    sortable_by = ()
    fields = ("phone", "reason")
    acts = [
        Act(
            name="lift", label="Lift", run=lift, permission="compliance.change_legalhold", style="danger",
            when=lambda hold: hold.lifted_at is None, page=True,
        ),
    ]  # fmt: skip

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """With the person who places it."""
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.by = request.user
        return form

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The form; of a hold, all there is."""
        return self.fields if obj is None else self.get_readonly_fields(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything of a hold."""
        shown = ("phone_text", "reason", "state", "placed", "placed_by", "lifted", "lifted_by", "lifted_why")
        return () if obj is None else shown

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """It stands."""

    @admin.display(description="state")
    def state(self, row: LegalHold) -> str:
        """Whether it stands."""
        return badge("lifted", "plain") if row.lifted_at else badge("stands", "warn")

    @admin.display(description="placed")
    def placed(self, row: LegalHold) -> str:
        """Agency time."""
        return to_minute(row.placed_at)

    @admin.display(description="lifted")
    def lifted(self, row: LegalHold) -> str:
        """Agency time."""
        return to_minute(row.lifted_at)
