"""Calling rules and the checklist: read with their sources, confirmed by a button, changed by a new version."""

from collections.abc import Iterable, Iterator
from datetime import time
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import mark_safe

from compliance.calling.rules import needs_confirming
from compliance.calling.ruling import (
    RULE_FIELDS,
    AlreadyReplaced,
    add_rule,
    confirm_rule,
    replace_rule,
    retire_rule,
)
from compliance.models import CallingRule, ChecklistRule, Confidence
from compliance.models.calling import FEDERAL
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.admin.bases import AnyForm
from leadcrm.lib.admin.desk import Desk, KeptMixin
from leadcrm.lib.admin.site import COMPLIANCE, Notice, waits_for_a_person
from leadcrm.lib.admin.words import DASH, badge, day, moment
from leadcrm.lib.clock import short_time_words
from leadcrm.lib.keys import key_from
from leadcrm.models import User

NO_ADVICE: Final = (
    "These rules are data with a source and a date. They are not legal advice: have counsel read what you rely on, "
    "and confirm it here."
)
RULES: Final = "admin:compliance_callingrule_changelist"


def open_hours(starts: time | None, ends: time | None) -> str:
    """8 AM to 9 PM, or closed."""
    return f"{short_time_words(starts)} to {short_time_words(ends)}" if starts and ends else "closed"


def source_words(source: str) -> str:
    """A link under the host's name where the source begins with an address, else the words."""
    address, _, more = source.partition(" ")
    if not address.startswith("https://"):
        return source or DASH
    host = (urlsplit(address).hostname or "").removeprefix("www.")
    return format_html('<a href="{}" rel="noopener noreferrer">{}</a> {}', address, host, more)


def standing(row: CallingRule | ChecklistRule) -> str:
    """Where a row stands: retired, confirmed, to be confirmed, as shipped."""
    if row.retired_at:
        return badge("retired", "plain")
    if row.confirmed_at:
        return badge("confirmed", "good")
    return badge("not confirmed", "warn") if needs_confirming(row) else badge("as shipped", "info")


class StandingFilter(admin.SimpleListFilter):
    """In force (usual), not confirmed, retired."""

    title = "state of the row"
    parameter_name = "row"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Beside the usual choice."""
        return [("unconfirmed", "Not confirmed"), ("retired", "Retired")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """With the usual choice under its own name."""
        first, *others = super().choices(changelist)
        yield {**first, "display": "Not retired"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Without a choice, what is not retired."""
        if self.value() == "retired":
            return queryset.filter(retired_at__isnull=False)
        live = queryset.filter(retired_at__isnull=True)
        if self.value() == "unconfirmed":
            return live.filter(confidence=Confidence.LOW, confirmed_at__isnull=True)
        return live


def confirm(request: HttpRequest, row: Any) -> None:
    """Confirm a row in the name of the person who asks."""
    if not isinstance(request.user, User):
        return
    desk: Any = admin.site.get_model_admin(type(row))
    if confirm_rule(rule=row, by=request.user, now=timezone.now()):
        desk.log_change(request, row, "Confirmed")
    messages.success(request, "Confirmed in your name.")


def retire(request: HttpRequest, rule: Any) -> None:
    """Take a state's rule out of force."""
    if not isinstance(request.user, User):
        return
    desk: Any = admin.site.get_model_admin(CallingRule)
    if retire_rule(rule=rule, by=request.user, now=timezone.now()):
        desk.log_change(request, rule, "Retired")
    messages.success(request, "Retired: from now on the federal hours hold there.")


def start_change(request: HttpRequest, rule: Any) -> HttpResponse:
    """The form of the next version, filled in with this one."""
    query = urlencode({"replaces": rule.pk})
    return HttpResponseRedirect(f"{reverse('admin:compliance_callingrule_add')}?{query}")


class RuleForm(AnyForm):
    """A new rule, or the next version of one."""

    replaces = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = CallingRule
        fields = ("state", *RULE_FIELDS)
        # Plain clocks: these times are the called party's, and have nothing to do with the server's.
        widgets: ClassVar = {
            name: forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
            for name in RULE_FIELDS
            if name.startswith(("weekday", "saturday", "sunday"))
        }

    def clean(self) -> dict[str, Any]:
        """A version is changed once, and stays in its state; a day is open to its end or not at all."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        for which in ("weekday", "saturday", "sunday"):
            starts, ends = values.get(f"{which}_from"), values.get(f"{which}_to")
            if (starts is None) != (ends is None) or (starts and ends and ends <= starts):
                self.add_error(
                    f"{which}_to", "Give a first moment and a later one that is too late, or neither."
                )
        if key := values.get("replaces"):
            old = CallingRule.objects.filter(pk=key, retired_at__isnull=True).first()
            if old is None:
                raise ValidationError(
                    "Somebody has changed this version in the meantime. Look at the list again."
                )
            if values.get("state") != old.state:
                self.add_error("state", "The next version stays in its state.")
            values["old"] = old
        return values


class LegalDesk(KeptMixin, Desk):
    """What rows with a source share."""

    group = COMPLIANCE
    notice = NO_ADVICE
    list_filter: ClassVar[Any] = (StandingFilter, "confidence")
    list_per_page = 100

    @admin.display(description="row")
    def standing(self, row: Any) -> str:
        """Confirmed or not, retired."""
        return standing(row)

    @admin.display(description="effective")
    def effective(self, row: Any) -> str:
        """First and last day."""
        if not (row.effective_from or row.effective_to):
            return "always"
        since = f"from {day(row.effective_from)}" if row.effective_from else ""
        until = f"until {day(row.effective_to)}" if row.effective_to else ""
        return f"{since} {until}".strip()

    @admin.display(description="made")
    def made(self, row: Any) -> str:
        """By whom, when (agency time)."""
        return f"{row.made_by or 'shipped'}, {moment(row.made_at)}"

    @admin.display(description="confirmed")
    def confirmed(self, row: Any) -> str:
        """By whom, when (agency time)."""
        return f"{row.confirmed_by}, {moment(row.confirmed_at)}" if row.confirmed_at else DASH

    @admin.display(description="retired")
    def retired(self, row: Any) -> str:
        """By whom, when (agency time)."""
        return f"{row.retired_by or 'the product'}, {moment(row.retired_at)}" if row.retired_at else DASH


@admin.register(CallingRule)
class CallingRuleDesk(LegalDesk):
    """Hours and limits by state."""

    rank = 32
    title = "Calling rules"
    blurb = "Hours, closed days, limits and emergency bans by state, each with its source. Not legal advice."
    form = RuleForm
    list_display = ("state", "standing", "hours", "also", "sure", "stands_in")
    list_select_related = ("made_by", "confirmed_by", "retired_by")
    search_fields = ("state", "citation")
    search_help_text = "State code or a word of the citation."
    acts = [
        Act(
            name="confirm", label="Confirm", run=confirm, permission="compliance.change_callingrule",
            when=lambda row: row.confirmed_at is None and row.retired_at is None,
            ask="Confirm only what you or counsel have read in the source. Your name and the time are kept.",
        ),
        Act(
            name="change", label="Change", run=start_change, permission="compliance.add_callingrule", page=True,
            when=lambda row: row.retired_at is None,
        ),
        Act(
            name="retire", label="Retire", run=retire, permission="compliance.change_callingrule", style="danger",
            when=lambda row: row.retired_at is None and row.state != FEDERAL,
            ask="From then on the federal hours alone hold in this state.",
        ),
    ]  # fmt: skip

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The form of a version; all that is known of an old one."""
        if obj is None:
            hours = (
                ("weekday_from", "weekday_to"), ("saturday_from", "saturday_to"), ("sunday_from", "sunday_to"),
            )  # fmt: skip
            return [
                (None, {"fields": ("replaces", "state", *hours, "holidays", "attempts", "emergency_ban")}),
                ("Where it stands", {"fields": (("effective_from", "effective_to"), "citation", "source",
                                                ("as_of", "confidence"), "note")}),
            ]  # fmt: skip
        shown = (
            ("state", "version", "standing"), ("weekdays", "saturday", "sunday"),
            ("holidays_open", "limit", "ban"), "effective", ("citation", "source"), ("as_of", "confidence"), "note",
            ("made", "confirmed", "retired"),
        )  # fmt: skip
        return [(None, {"fields": shown})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything of a version that is kept."""
        own = (
            "weekdays", "saturday", "sunday", "holidays_open", "limit", "ban", "effective", "made", "confirmed",
            "retired", "standing",
        )  # fmt: skip
        return () if obj is None else own

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The version to be replaced, for a change; as of today."""
        known: dict[str, Any] = dict(super().get_changeform_initial_data(request))
        key = str(known.get("replaces", ""))
        old = CallingRule.objects.filter(pk=key_from(key)).first()
        if old is not None:
            known |= {name: getattr(old, name) for name in ("state", *RULE_FIELDS)}
        return {**known, "as_of": timezone.localdate()}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The next version, or the first."""
        user: Any = request.user
        values = {name: form.cleaned_data[name] for name in RULE_FIELDS}
        old = form.cleaned_data.get("old")
        now = timezone.now()
        if old is not None:
            made = replace_rule(old=old, values=values, by=user, now=now)
        else:
            made = add_rule(state=obj.state, values=values, by=user, now=now)
        obj.pk, obj.version, obj.made_at, obj.made_by = made.pk, made.version, made.made_at, made.made_by

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Django's; what the use case refuses is told above the list."""
        try:
            return super().add_view(request, form_url, extra_context)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        except AlreadyReplaced as error:
            messages.error(request, f"{error}. Look at the list again.")
        return HttpResponseRedirect(reverse(RULES))

    @admin.display(description="hours, on their clock")
    def hours(self, rule: CallingRule) -> str:
        """All of the week, a line each where days differ."""
        week = [self.weekdays(rule), self.saturday(rule), self.sunday(rule)]
        if len(set(week)) == 1:
            return week[0]
        days = ["Mon\N{EN DASH}Fri", "Sat", "Sun"]
        if week[0] == week[1]:
            days, week = ["Mon\N{EN DASH}Sat", "Sun"], week[1:]
        return format_html_join(mark_safe("<br>"), "{} {}", zip(days, week, strict=True))

    @admin.display(description="also")
    def also(self, rule: CallingRule) -> str:
        """First and last day, holidays, limit, emergencies, as far as there is a rule."""
        said = [
            f"from {day(rule.effective_from)}" if rule.effective_from else "",
            f"until {day(rule.effective_to)}" if rule.effective_to else "",
            "" if rule.holidays else "closed on holidays",
            f"{rule.attempts} contacts in 24 h" if rule.attempts is not None else "",
            "closes in an emergency" if rule.emergency_ban else "",
        ]
        return ", ".join(filter(None, said)) or DASH

    @admin.display(description="citation and source", ordering="citation")
    def stands_in(self, rule: CallingRule) -> str:
        """The statute, and below it where it was read."""
        return format_html('{}<br><span class="quiet">{}</span>', rule.citation, source_words(rule.source))

    @admin.display(description="confidence, as of", ordering="confidence")
    def sure(self, rule: CallingRule) -> str:
        """How sure, and when it was read."""
        return format_html("{}<br>{}", rule.confidence.capitalize(), day(rule.as_of))

    @admin.display(description="Mon\N{EN DASH}Fri")
    def weekdays(self, rule: CallingRule) -> str:
        """Hours on the called party's clock."""
        return open_hours(rule.weekday_from, rule.weekday_to)

    @admin.display(description="Saturday")
    def saturday(self, rule: CallingRule) -> str:
        """Hours on the called party's clock."""
        return open_hours(rule.saturday_from, rule.saturday_to)

    @admin.display(description="Sunday")
    def sunday(self, rule: CallingRule) -> str:
        """Hours on the called party's clock."""
        return open_hours(rule.sunday_from, rule.sunday_to)

    @admin.display(description="holidays")
    def holidays_open(self, rule: CallingRule) -> str:
        """Open or closed."""
        return "open" if rule.holidays else "closed"

    @admin.display(description="limit")
    def limit(self, rule: CallingRule) -> str:
        """Calls and texts in any 24 hours."""
        return f"{rule.attempts} in 24 h" if rule.attempts is not None else "none"

    @admin.display(description="emergency")
    def ban(self, rule: CallingRule) -> str:
        """Whether an emergency closes the state."""
        return "closes" if rule.emergency_ban else DASH


@admin.register(ChecklistRule)
class ChecklistRuleDesk(LegalDesk):
    """What agents are reminded of."""

    rank = 33
    title = "Calling checklist"
    blurb = "What else is to be seen to, such as the Medicare scope of appointment. Shown, not enforced."
    list_display = ("code", "says", "effective", "citation", "as_of", "standing")
    list_select_related = ("made_by", "confirmed_by", "retired_by")
    fields = (
        ("code", "version", "standing"), "says", "medicare", "effective", ("citation", "source"),
        ("as_of", "confidence"), "note", ("made", "confirmed", "retired"),
    )  # fmt: skip
    readonly_fields = ("standing", "effective", "made", "confirmed", "retired")
    acts = [
        Act(
            name="confirm", label="Confirm", run=confirm, permission="compliance.change_checklistrule",
            when=lambda row: row.confirmed_at is None and row.retired_at is None,
            ask="Confirm only what you or counsel have read in the source. Your name and the time are kept.",
        ),
    ]  # fmt: skip

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They come with the product."""
        return False


def unconfirmed_rules(request: HttpRequest) -> Iterable[Notice]:
    """How many rules in force nobody has confirmed yet."""
    user: Any = request.user
    if not user.has_perm("compliance.change_callingrule"):
        return
    waiting = CallingRule.objects.filter(
        confidence=Confidence.LOW, confirmed_at__isnull=True, retired_at__isnull=True
    ).count()
    if waiting:
        what = "calling rule is not confirmed" if waiting == 1 else "calling rules are not confirmed"
        yield Notice(str(waiting), what, f"{reverse(RULES)}?row=unconfirmed", "info")


waits_for_a_person(unconfirmed_rules)
