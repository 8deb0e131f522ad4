"""How checks are set: a form made from each check's parameters, and an overview on every source's page."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse

from compliance.admin.params import PREFIX, chosen, field_of_error, fields_for, in_words, values_of
from compliance.admin.trying import running_panel, try_setting
from compliance.check import Check
from compliance.checks import consent
from compliance.models import CheckMode, CheckSetting, OnUnknown
from compliance.policy import BadParams
from compliance.registry import CHECKS
from intake.admin import SourceDesk
from intake.admin.standing import PLACES
from intake.models import Source
from leadcrm.lib.admin.bases import AnyForm
from leadcrm.lib.admin.choosing import WordedFilter
from leadcrm.lib.admin.desk import Desk
from leadcrm.lib.admin.site import COMPLIANCE
from leadcrm.lib.admin.words import badge, page_of
from leadcrm.lib.keys import key_from

BY_NAME: Final = {check.name: check for check in CHECKS}
MODE_LEVELS = {
    CheckMode.ENFORCE: "good", CheckMode.REVIEW: "warn", CheckMode.OBSERVE: "info", CheckMode.OFF: "bad",
}  # fmt: skip
# What the later checks stand on: a post that cannot be read cannot be decided.
ALWAYS_ENFORCED: Final = frozenset({"fields"})


class CheckSettingForm(AnyForm):
    """One check of one source (or of the agency). Subclassed per check, with its parameters as fields."""

    check: ClassVar[Check]
    source: ClassVar[Source | None]

    class Meta:
        model = CheckSetting
        fields = ("mode", "on_unknown")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.inherited = values_of(self.check, _agency_params(self.check, self.source))
        if self.instance.pk is None:
            self.instance.source, self.instance.check_name = self.source, self.check.name
        values = {**self.inherited, **_readable(self.check, self.instance.params)}
        self.initial.update({PREFIX + name: value for name, value in values.items()})
        if self.check.name in ALWAYS_ENFORCED and "mode" in self.fields:
            mode: Any = self.fields["mode"]
            mode.choices = [(CheckMode.ENFORCE.value, CheckMode.ENFORCE.label)]

    def clean(self) -> dict[str, Any]:
        """Read the parameters as the decision will read them; keep what differs from the agency's."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            raw = {name.removeprefix(PREFIX): v for name, v in values.items() if name.startswith(PREFIX)}
            try:
                self.instance.params = chosen(self.check, raw, self.inherited)
            except BadParams as error:
                field = field_of_error(error)
                self.add_error(field if field in self.fields else None, str(error))
        return values


def _agency_params(check: Check, source: Source | None) -> dict[str, Any]:
    if source is None:
        return {}
    row = CheckSetting.objects.filter(source__isnull=True, check_name=check.name).first()
    return dict(row.params) if row else {}


def _readable(check: Check, params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values_of(check, params).items() if name in params}


@dataclass(frozen=True, slots=True)
class Line:
    """One check in an overview."""

    check: Check
    mode: str
    on_unknown: str
    words: str
    whose: str
    url: str


def overview(source: Source | None) -> list[Line]:
    """Every check in the order it is asked, as it is set for `source` (None: for the agency). One query."""
    rows = CheckSetting.objects.filter(source__isnull=True)
    if source is not None:
        rows = rows | CheckSetting.objects.filter(source=source)
    agency = {row.check_name: row for row in rows if row.source_id is None}
    own = {row.check_name: row for row in rows if row.source_id is not None}
    return [_line(check, source, agency.get(check.name), own.get(check.name)) for check in CHECKS]


def _line(check: Check, source: Source | None, agency: CheckSetting | None, own: CheckSetting | None) -> Line:
    row = own or agency
    mode = CheckMode(row.mode) if row else CheckMode.ENFORCE
    values = values_of(check, {**(agency.params if agency else {}), **(own.params if own else {})})
    here = own if source is not None else agency
    add = f"{reverse('admin:compliance_checksetting_add')}?" + urlencode(
        {"check_name": check.name, **({"source": source.pk} if source else {})}
    )
    return Line(
        check=check,
        mode=badge(mode.label, MODE_LEVELS[mode]),
        on_unknown=OnUnknown(row.on_unknown).label if row else OnUnknown.BLOCK.label,
        words=in_words(check, values) or "as the product comes",
        whose="this source" if own else "the agency" if agency else "default",
        url=page_of(here) if here else add,
    )


def checks_panel(request: HttpRequest, source: Any) -> str:
    """The overview on a source's page."""
    user: Any = request.user
    context = {
        "lines": overview(source), "source": source, "heading": "Checks, in the order they are asked",
        "may_set": user.has_perm("compliance.change_checksetting"),
    }  # fmt: skip
    return render_to_string("admin/compliance/checks.html", context, request)


SourceDesk.panels = [*SourceDesk.panels, checks_panel]
PLACES["checks"] = lambda source: f"{page_of(source)}#checks-heading"
PLACES["consent"] = lambda source: next(
    line.url for line in overview(source) if line.check.name == consent.check.name
)


class CheckFilter(WordedFilter):
    """By check, under its name."""

    def said(self, code: str) -> str:
        """As everywhere; one that is gone by its code."""
        check = BY_NAME.get(code)
        return check.label if check else code


@admin.register(CheckSetting)
class CheckSettingDesk(Desk):
    """Settings of checks: for the agency, and for sources that differ."""

    group = COMPLIANCE
    rank = 10
    title = "Check settings"
    blurb = "How each check works: refuse, hold, record only, off; windows, proofs, filters. Per agency or source."
    list_display = ("check_label", "source_name", "mode_badge", "on_unknown", "settings_text")
    list_display_links = ("check_label",)
    list_select_related = ("source__vendor",)
    list_filter = (("check_name", CheckFilter), "mode")
    search_fields = ("source__name", "source__vendor__name")
    search_help_text = "Name of a source or vendor."
    ordering = ("check_name", "source__vendor__name", "source__name")
    readonly_fields = ("check_label", "source_name", "settings_text")
    panels = [running_panel]

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the names of their sources."""
        return super().get_queryset(request).select_related("source__vendor")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The check's own form."""
        check, source = _meant(request, obj)
        own: dict[str, Any] = {"check": check, "source": source, **fields_for(check)}
        form: Any = type("CheckForm", (CheckSettingForm,), own)
        return super().get_form(request, obj, change=change, form=form, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What it does, then its parameters."""
        check, source = _meant(request, obj)
        whose = "Values equal to the agency's are not stored and follow them." if source else (
            "For every source that has no setting of its own; values equal to the product's defaults follow them."
        )  # fmt: skip
        sets = [
            ("Check", {"fields": ("check_label", "source_name")}),
            ("What a refusal does", {"fields": ("mode", "on_unknown")}),
        ]
        if obj is not None and not self.has_change_permission(request, obj):
            return [*sets, ("What it asks", {"fields": ("settings_text",)})]
        if params := [*fields_for(check)]:
            sets.append(("What it asks", {"fields": params, "description": whose}))  # type: ignore[dict-item]
        return sets

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """First the choice of source and check; straight to the row if it exists. 403 for who may set none."""
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied
        if request.GET.get("check_name") not in BY_NAME or not _source_known(request):
            return self._choose(request)
        check, source = _meant(request, None)
        row = CheckSetting.objects.filter(source=source, check_name=check.name).first()
        if row is not None and request.method == "GET":
            return HttpResponseRedirect(page_of(row))
        return self._tried(request, row) or super().add_view(request, form_url, extra_context)

    def _tried(self, request: HttpRequest, row: CheckSetting | None) -> HttpResponse | None:
        """What is not to be saved but tried; None for everything else, and for a form with errors."""
        if request.method != "POST" or "_try" not in request.POST:
            return None
        return try_setting(self, request, row)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The check's form. A row of a check that the product no longer has can only be deleted, in the list."""
        row = self.get_object(request, unquote(object_id))
        if row is not None and row.check_name not in BY_NAME:
            messages.warning(
                request, f"There is no check {row.check_name} any more. Delete its setting here."
            )
            return HttpResponseRedirect(reverse("admin:compliance_checksetting_changelist"))
        return self._tried(request, row) or super().change_view(request, object_id, form_url, extra_context)

    def _choose(self, request: HttpRequest) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "title": "Set a check",
            "checks": CHECKS, "sources": Source.objects.select_related("vendor"),
            "lines": overview(None), "heading": "The agency's settings", "may_set": True,
        }  # fmt: skip
        return TemplateResponse(request, "admin/compliance/choose_check.html", context)

    @admin.display(description="check", ordering="check_name")
    def check_label(self, setting: CheckSetting) -> str:
        """In words."""
        check = BY_NAME.get(setting.check_name)
        return check.label if check else f"{setting.check_name} (no longer a check)"

    @admin.display(description="for", ordering="source")
    def source_name(self, setting: CheckSetting) -> str:
        """The source, or all."""
        return str(setting.source) if setting.source else "every source without a setting of its own"

    @admin.display(description="mode", ordering="mode")
    def mode_badge(self, setting: CheckSetting) -> str:
        """What a refusal does."""
        mode = CheckMode(setting.mode)
        return badge(mode.label, MODE_LEVELS[mode])

    @admin.display(description="settings")
    def settings_text(self, setting: CheckSetting) -> str:
        """What this row sets."""
        check = BY_NAME.get(setting.check_name)
        return in_words(check, {**values_of(check, {}), **_readable(check, setting.params)}) if check else ""


def _source_known(request: HttpRequest) -> bool:
    given = request.GET.get("source", "")
    return not given or Source.objects.filter(pk=key_from(given)).exists()


def _meant(request: HttpRequest, obj: Any) -> tuple[Check, Source | None]:
    """The check and the source that a page is about: those of its row, or those in its address."""
    if obj is not None:
        return BY_NAME[obj.check_name], obj.source
    given = request.GET.get("source", "")
    source = Source.objects.select_related("vendor").filter(pk=key_from(given)).first()
    return BY_NAME[request.GET["check_name"]], source
